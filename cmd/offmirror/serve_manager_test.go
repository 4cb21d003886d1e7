//go:build unix

package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// service is offmirror serve as systemd runs it, with one socket and Type=notify.
type service struct {
	t       *testing.T
	cmd     *exec.Cmd
	url     string // of the socket
	manager *net.UnixConn
	stderr  strings.Builder
}

func startService(t *testing.T, socketName string, environ ...string) *service {
	t.Helper()
	s := &service{t: t}
	dir, err := os.MkdirTemp("", "n") // names of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	root := filepath.Join(dir, "mirror")
	if err := os.MkdirAll(filepath.Join(root, "snapshots"), 0o755); err != nil {
		t.Fatal(err)
	}
	address := &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"}
	if s.manager, err = net.ListenUnixgram("unixgram", address); err != nil {
		t.Fatal(err)
	}
	if err := s.manager.SetReadDeadline(time.Now().Add(time.Minute)); err != nil { // rather than hang
		t.Fatal(err)
	}
	t.Cleanup(func() { s.manager.Close() })
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s.url = "http://" + l.Addr().String()
	socket, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	// The variable holds the process id, which the shell knows and keeps.
	s.cmd = exec.CommandContext(t.Context(), "sh", "-c", `LISTEN_PID=$$ exec offmirror serve "$0"`, root)
	s.cmd.ExtraFiles = []*os.File{socket}
	s.cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+address.Name, "LISTEN_FDS=1", "LISTEN_FDNAMES="+socketName)
	s.cmd.Env = append(s.cmd.Env, environ...)
	s.cmd.Stderr = &s.stderr
	stdout, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = s.cmd.Wait()
		t.Fatalf("no base URL: %v\n%s", err, &s.stderr)
	}
	if strings.TrimSpace(line) != s.url {
		t.Errorf("it listens at %q, not at the socket %s", line, s.url)
	}
	return s
}

// next returns the next note that is not of the watchdog.
func (s *service) next() string {
	s.t.Helper()
	for {
		if note := s.any(); note != "WATCHDOG=1" {
			return note
		}
	}
}

func (s *service) any() string {
	s.t.Helper()
	b := make([]byte, 4096)
	n, err := s.manager.Read(b)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b[:n])
}

func (s *service) signal(sig os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

func (s *service) want(note string) {
	s.t.Helper()
	if got := s.next(); got != note && !strings.HasPrefix(got, note+"\n") {
		s.t.Errorf("the manager was told %q, want %q", got, note)
	}
}

func TestServiceUnderSystemd(t *testing.T) {
	s := startService(t, "http")
	s.want("READY=1")
	resp, err := http.Get(s.url + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || string(body) != "ok\n" {
		t.Errorf("%q, %v", body, err)
	}
	for range 2 {
		s.signal(syscall.SIGHUP)
		s.want("RELOADING=1")
		s.want("READY=1")
	}
	s.signal(syscall.SIGTERM)
	s.want("STOPPING=1")
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &s.stderr)
	}
}

func TestServiceWithWatchdog(t *testing.T) {
	s := startService(t, "", "WATCHDOG_USEC=20000")
	seen := map[string]int{}
	for seen["WATCHDOG=1"] < 3 || seen["READY=1"] < 1 {
		seen[s.any()]++
	}
	s.signal(syscall.SIGTERM)
	s.want("STOPPING=1")
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &s.stderr)
	}
}
