//go:build e2e

package e2e

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A mirror is a root folder and how it is filled.
type mirror struct {
	t         testing.TB
	root      string
	ecosystem string   // hex or julia
	env       []string // beside HOME and PATH
	sync      []string // the words after `offmirror sync ECOSYSTEM` that every run of it takes
	enclave   *enclave // where its commands run
}

// newMirror makes a mirror of a repository that is handed out at url. It is empty
// until it is synced. Words are further flags for sync.
func newMirror(t testing.TB, url string, r repository, words ...string) mirror {
	t.Helper()
	root := filepath.Join(newFolder(t), "mirror")
	flags := []string{"--upstream", url, "--public-key", r.publicKey, "--name", r.name, "--installs", "none"}
	return mirror{t: t, root: root, ecosystem: "hex", sync: append(flags, words...)}
}

// offmirror runs a command of the binary under test on the mirror.
func (m mirror) offmirror(words ...string) result {
	m.t.Helper()
	argv := append([]string{binary}, words...)
	return execute(m.t, m.command(words...), m.enclave.inside(append(argv, "--root", m.root))...)
}

func (m mirror) command(words ...string) command {
	home := filepath.Dir(m.root)
	return command{dir: home, env: append([]string{"HOME=" + home, "PATH=/usr/bin:/bin"}, m.env...), show: append([]string{"offmirror"}, words...)}
}

// update runs `offmirror sync`.
func (m mirror) update(words ...string) result {
	m.t.Helper()
	return m.offmirror(append(append([]string{"sync", m.ecosystem}, m.sync...), words...)...)
}

// synced returns the mirror after a successful sync.
func (m mirror) synced(words ...string) mirror {
	m.t.Helper()
	m.update(words...).ok()
	return m
}

// with returns the same mirror for use by another test.
func (m mirror) with(t testing.TB) mirror {
	m.t = t
	return m
}

// tamper changes one byte in the middle of a file of the native tree, and so in
// the object behind it, leaving its size and times alone.
func (m mirror) tamper(name string) {
	m.t.Helper()
	info, err := os.Stat(m.file(name))
	if err != nil {
		m.t.Fatal(err)
	}
	flipByte(m.t, m.file(name), info.Size()/2)
}

// current is the id of the published snapshot.
func (m mirror) current() string {
	m.t.Helper()
	name, err := os.Readlink(filepath.Join(m.root, "snapshots", m.ecosystem, "current"))
	if err != nil {
		m.t.Fatal(err)
	}
	return filepath.Base(name)
}

// file is the path of a file of the native tree.
func (m mirror) file(name string) string { return filepath.Join(m.root, m.ecosystem, name) }

// serve starts `offmirror serve` and returns a tap in front of its ecosystem. The server ends with the test, and must end well.
func (m mirror) serve(words ...string) *tap {
	m.t.Helper()
	return newTap(m.t, m.start(words...)+"/"+m.ecosystem)
}

// plain hands the native tree out as it lies on the disk, what is damaged too, as offmirror does not.
func (m mirror) plain() *tap {
	m.t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := m.file(filepath.FromSlash(path.Clean("/" + r.URL.Path)))
		if data, err := os.ReadFile(name); err == nil {
			w.Header().Set("Etag", fmt.Sprintf(`"%x"`, sha256.Sum256(data))) // which rebar3 wants
			w.Header().Set("Content-Type", "application/octet-stream")
		}
		http.ServeFile(w, r, name)
	}))
	m.t.Cleanup(s.Close)
	return newTap(m.t, s.URL)
}

// refuses fails the test unless `offmirror serve` refuses to hand out a file.
func (m mirror) refuses(name string) {
	m.t.Helper()
	resp, err := http.Get(m.serve().URL + "/" + name)
	if err != nil {
		return // cut off before the end of a large file, or of its head
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); resp.StatusCode == http.StatusOK && err == nil {
		m.t.Errorf("%s is damaged, and served all the same", name)
	}
}

// start starts `offmirror serve` and returns its base URL.
func (m mirror) start(words ...string) string {
	m.t.Helper()
	c := m.command()
	if !slices.Contains(words, "--listen") {
		words = append([]string{"--listen", "127.0.0.1:0"}, words...)
	}
	argv := m.enclave.inside(append([]string{binary, "serve", "--root", m.root}, words...))
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = c.dir, c.env
	stderr := &strings.Builder{}
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	hung := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	first, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		m.t.Fatalf("offmirror serve: no base URL on stdout: %v\n%s", err, stderr)
	}
	m.t.Cleanup(func() {
		defer hung.Stop()
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			m.t.Errorf("offmirror serve, after SIGTERM: %v\n%s", err, stderr)
		}
	})
	return strings.TrimSpace(first)
}

// holds returns the files below a folder of the native tree, sorted.
func (m mirror) holds(folder string) []string {
	m.t.Helper()
	var names []string
	for _, name := range listFiles(m.t, m.file(folder)) {
		names = append(names, folder+"/"+name)
	}
	return names
}
