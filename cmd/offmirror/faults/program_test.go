package faults

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// site is a folder with a configuration, and the mirror root that it is for.
type site struct {
	t      testing.TB
	folder string
	root   string
	up     *upstream
}

// atOnce is how many requests a run has under way at once.
const atOnce = 16

// newSite makes a site that mirrors a repository as a whole. More lines of the
// configuration belong to its section [hex].
func newSite(t testing.TB, up *upstream, lines ...string) *site {
	t.Helper()
	return newSiteOf(t, up, up.url, quick, lines...)
}

// quick are the lines of [fetch] by which an upstream that fails is given up soon.
const quick = "retries = 1\nbackoff = '1ms'\nbackoff_max = '2ms'"

// newSiteOf makes a site whose upstream is at a URL of its own.
func newSiteOf(t testing.TB, up *upstream, url, fetch string, lines ...string) *site {
	t.Helper()
	s := emptySite(t)
	s.up = up
	s.write("hexpm.pem", up.PublicKey().PEM())
	s.configure(fetch, append([]string{"[hex]", "upstream = '" + url + "'", "public_key = 'hexpm.pem'", "installs = 'none'"}, lines...)...)
	return s
}

// configure writes the configuration: lines of [fetch], and further sections.
func (s *site) configure(fetch string, lines ...string) {
	s.t.Helper()
	s.write("offmirror.toml", []byte("root = 'mirror'\n"+
		"[fetch]\nconcurrency = "+strconv.Itoa(atOnce)+"\n"+fetch+"\n"+strings.Join(lines, "\n")))
}

// emptySite makes a site without a configuration.
func emptySite(t testing.TB) *site {
	t.Helper()
	s := &site{t: t, folder: t.TempDir()}
	s.root = filepath.Join(s.folder, "mirror")
	if err := os.Mkdir(s.root, 0o755); err != nil {
		t.Fatal(err)
	}
	if privileged() {
		if err := os.Chmod(filepath.Dir(s.folder), 0o755); err != nil { //nolint:gosec // the program runs as somebody else
			t.Fatal(err)
		}
		for _, folder := range []string{s.folder, s.root} {
			if err := os.Chown(folder, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

func (s *site) write(name string, data []byte) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.folder, name), data, 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// outcome is how a program ended.
type outcome struct {
	code           int // negative: by a signal
	stdout, stderr string
}

// command prepares a run of the program.
func (s *site) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(s.t.Context(), offmirror, args...)
	cmd.Dir = s.folder
	cmd.Env = []string{"HOME=" + s.folder, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + s.folder, "OFFMIRROR_CONFIG=" + filepath.Join(s.folder, "offmirror.toml")}
	if privileged() { // permissions mean nothing to root
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return cmd
}

const nobody = 65534

func privileged() bool { return os.Geteuid() == 0 }

// run runs the program to its end.
func (s *site) run(args ...string) outcome {
	s.t.Helper()
	cmd := s.command(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		s.t.Fatal(err)
	}
	o := outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	o.sane(s.t)
	return o
}

// must runs the program and wants a certain exit code.
func (s *site) must(code int, args ...string) outcome {
	s.t.Helper()
	o := s.run(args...)
	if o.code != code {
		s.t.Fatalf("offmirror %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), o.code, code, o.stdout, o.stderr)
	}
	return o
}

// sane checks what holds for every run: no panic, and nothing that only a
// developer understands.
func (o outcome) sane(t testing.TB) {
	t.Helper()
	for _, bad := range []string{"panic:", "goroutine ", "fatal error:", "runtime error", "DATA RACE", "%!", "<nil>"} {
		if strings.Contains(o.stderr, bad) || strings.Contains(o.stdout, bad) {
			t.Fatalf("the program said %q:\n%s%s", bad, o.stdout, o.stderr)
		}
	}
}

// complaint returns the one line that says why the program failed.
func (o outcome) complaint(t testing.TB) string {
	t.Helper()
	var found []string
	for line := range strings.Lines(o.stderr) {
		if text, ok := strings.CutPrefix(line, "offmirror: "); ok {
			found = append(found, strings.TrimSuffix(text, "\n"))
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d lines begin with offmirror:, want one\n%s", len(found), o.stderr)
	}
	return found[0]
}

// says fails the test unless the complaint holds all of words.
func (o outcome) says(t testing.TB, words ...string) {
	t.Helper()
	line := o.complaint(t)
	for _, word := range words {
		if !strings.Contains(line, word) {
			t.Errorf("the complaint does not say %q: %s", word, line)
		}
	}
}

// serve runs `offmirror serve` until the end of the test and returns its base URL.
func (s *site) serve() string {
	s.t.Helper()
	base, o := s.tryServe()
	if base == "" {
		s.t.Fatalf("serve ended with %d\n%s", o.code, o.stderr)
	}
	return base
}

// tryServe is serve for a mirror that perhaps cannot be served; then the base URL is empty.
func (s *site) tryServe() (string, outcome) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, offmirror, "serve", "--listen", "127.0.0.1:0", s.root)
	like := s.command()
	cmd.Dir, cmd.Env, cmd.SysProcAttr = like.Dir, like.Env, like.SysProcAttr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	line, err := out.ReadString('\n')
	if err != nil {
		_ = cmd.Wait()
		cancel()
		o := outcome{code: cmd.ProcessState.ExitCode(), stderr: stderr.String()}
		o.sane(s.t)
		return "", o
	}
	s.t.Cleanup(func() {
		cancel()
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 0 {
			s.t.Errorf("serve ended with %d\n%s", code, stderr.String())
		}
		outcome{stderr: stderr.String()}.sane(s.t)
	})
	return strings.TrimSuffix(strings.TrimSpace(line), "/"), outcome{}
}
