package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
)

const demoPrompt = "$"

// story is the stage of the demo: an upstream, a folder, and what happened so far.
type story struct {
	p      *program
	folder string // in which commands run
	prompt string // that stands before them
	detail bytes.Buffer

	up     *hexpmtest.Upstream
	server *http.Server
	url    string // of the upstream
	served string // base URL of the mirror while a client looks at it
	first  string // id of the first snapshot

	julia     *juliatest.Upstream
	stopJulia func()

	justmr project
}

func newStory(ctx context.Context, p *program, folder string) (*story, error) {
	up := hexpmtest.New()
	up.Publish("mime", "2.0.6")
	up.Publish("plug_crypto", "2.1.0")
	up.Publish("telemetry", "1.3.0", hexpmtest.BuiltWith(hexpmtest.Rebar3))
	up.Publish("plug", "1.15.3", hexpmtest.Dep("mime", "~> 2.0"), hexpmtest.Dep("plug_crypto", "~> 2.0"), hexpmtest.Dep("telemetry", "~> 1.0"))
	up.Publish("jason", "1.4.4")
	up.Publish("unrelated", "0.1.0")
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &story{p: p, folder: folder, prompt: demoPrompt, up: up, url: "http://" + listener.Addr().String()}
	s.server = &http.Server{Handler: up, ReadHeaderTimeout: 15 * time.Second}
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

func (s *story) close() {
	_ = s.server.Close()
	if s.stopJulia != nil {
		s.stopJulia()
	}
	if s.justmr.stop != nil {
		s.justmr.stop()
	}
}

// inner is this program again, seeing nothing of the world but the demo's folder.
func (s *story) inner(stdout, stderr io.Writer) *program {
	return &program{
		stdout: stdout, stderr: stderr,
		environment: func(string) string { return "" },
		folder:      s.folder,
		ecosystems:  s.p.ecosystems,
	}
}

func (s *story) configure(context.Context) error {
	files := map[string]string{
		"hexpm.pem": string(s.up.PublicKey().PEM()),
		"offmirror.toml": `[hex]
upstream = "` + s.url + `"
public_key = "hexpm.pem"
packages = ["plug ~> 1.15"]
installs = "none"
`,
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(s.folder, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	for line := range strings.Lines(files["offmirror.toml"]) {
		s.say("%s", strings.TrimRight(line, "\n"))
	}
	return nil
}

func (s *story) plan(ctx context.Context) error {
	said, err := s.offmirror(ctx, exitComplete, "plan")
	if err != nil {
		return err
	}
	return expect(said, "tarballs/plug-1.15.3.tar", "tarballs/mime-2.0.6.tar", "packages/plug_crypto")
}

func (s *story) firstSync(ctx context.Context) error {
	said, err := s.offmirror(ctx, exitComplete, "sync")
	if err != nil {
		return err
	}
	if err := expect(said, "published snapshot"); err != nil {
		return err
	}
	if s.up.Count("tarballs/unrelated-0.1.0.tar") > 0 {
		return errors.New("a package was fetched that nobody asked for")
	}
	s.first, err = s.current()
	return err
}

func (s *story) verify(ctx context.Context) error {
	said, err := s.offmirror(ctx, exitComplete, "verify")
	if err != nil {
		return err
	}
	return expect(said, "is whole")
}

func (s *story) secondSync(ctx context.Context) error {
	s.up.ResetLog()
	said, err := s.offmirror(ctx, exitComplete, "sync")
	if err != nil {
		return err
	}
	var asked []string
	for _, r := range s.up.Requests() {
		asked = append(asked, fmt.Sprintf("%s %s: %d", r.Method, r.Path, r.Status))
		if r.Status != http.StatusNotModified {
			return fmt.Errorf("%s %s was answered with %d", r.Method, r.Path, r.Status)
		}
	}
	s.say("upstream saw: %s", strings.Join(asked, ", "))
	if len(asked) != 2 {
		return fmt.Errorf("%d requests instead of two", len(asked))
	}
	return expect(said, "unchanged")
}

func (s *story) update(ctx context.Context) error {
	s.up.Publish("mime", "2.0.7")
	s.up.ResetLog()
	said, err := s.offmirror(ctx, exitComplete, "sync")
	if err != nil {
		return err
	}
	if n := s.up.Count("tarballs/"); n != 1 {
		return fmt.Errorf("%d tarballs were asked for instead of one", n)
	}
	if err := expect(said, "published snapshot"); err != nil {
		return err
	}
	said, err = s.offmirror(ctx, exitComplete, "snapshot", "diff", s.first[:12])
	if err != nil {
		return err
	}
	return expect(said, "+ tarballs/mime-2.0.7.tar", "~ packages/mime")
}

func (s *story) tampered(ctx context.Context) error {
	before, err := s.current()
	if err != nil {
		return err
	}
	s.up.Publish("telemetry", "1.3.1", hexpmtest.BuiltWith(hexpmtest.Rebar3))
	s.up.Tamper("tarballs/telemetry-1.3.1.tar", func(data []byte) []byte {
		data = bytes.Clone(data)
		data[len(data)/2] ^= 1
		return data
	})
	said, err := s.offmirror(ctx, exitFailed, "sync")
	if err != nil {
		return err
	}
	if err := expect(said, "telemetry 1.3.1", "nothing published"); err != nil {
		return err
	}
	after, err := s.current()
	if err == nil && after != before {
		err = errors.New("something was published all the same")
	}
	return err
}

func (s *story) recovered(ctx context.Context) error {
	s.up.Tamper("tarballs/telemetry-1.3.1.tar", nil)
	said, err := s.offmirror(ctx, exitComplete, "sync")
	if err != nil {
		return err
	}
	return expect(said, "published snapshot")
}

func (s *story) rollback(ctx context.Context) error {
	if _, err := s.offmirror(ctx, exitComplete, "snapshot", "rollback", "hex", s.first[:12]); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(s.folder, "mirror/hex/tarballs/mime-2.0.7.tar")); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("a release of the newer snapshot is still there: %w", err)
	}
	_, err := s.offmirror(ctx, exitComplete, "verify")
	return err
}

func (s *story) rot(ctx context.Context) error {
	file := filepath.Join(s.folder, "mirror/hex/tarballs/plug-1.15.3.tar")
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	data[len(data)/2] ^= 1
	if err := os.Chmod(file, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return err
	}
	said, err := s.offmirror(ctx, exitDamage, "verify")
	if err != nil {
		return err
	}
	return expect(said, "damaged tarballs/plug-1.15.3.tar")
}

// current is the id of the published snapshot.
func (s *story) current() (string, error) {
	return os.Readlink(filepath.Join(s.folder, "mirror/snapshots/hex/current"))
}
