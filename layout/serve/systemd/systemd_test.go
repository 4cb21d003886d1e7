//go:build unix

package systemd

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// manager listens for notes.
func manager(t *testing.T, name string) (socket string, next func() string) {
	t.Helper()
	socket = name
	if socket == "" {
		dir, err := os.MkdirTemp("", "n") // short: names of sockets have 108 bytes
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		socket = filepath.Join(dir, "notify")
	}
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return socket, func() string {
		t.Helper()
		b := make([]byte, 4096)
		n, err := c.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

func TestNotify(t *testing.T) {
	names := []string{""}
	if runtime.GOOS == "linux" {
		names = append(names, fmt.Sprintf("@offmirror-test-%d", os.Getpid()))
	}
	for _, name := range names {
		socket, next := manager(t, name)
		n := NewNotifier(environment("NOTIFY_SOCKET", socket), 1)
		if !n.Managed() {
			t.Error("not managed")
		}
		for _, note := range []string{Ready, Stopping} {
			if err := n.Notify(note); err != nil {
				t.Fatal(err)
			}
			if got := next(); got != note {
				t.Errorf("%q arrived as %q", note, got)
			}
		}
		if err := n.Notify(Reloading); err != nil {
			t.Fatal(err)
		}
		if got := next(); !regexp.MustCompile(`^RELOADING=1\nMONOTONIC_USEC=[0-9]+$`).MatchString(got) {
			t.Errorf("reloading arrived as %q", got)
		}
	}
}

func TestNobodyToNotify(t *testing.T) {
	n := NewNotifier(environment("WATCHDOG_USEC", "1000"), 1)
	if n.Managed() || n.Notify(Ready) != nil {
		t.Error("somebody was notified")
	}
	n.Watch(t.Context(), func() bool { t.Error("looked whether it is alive"); return true })
	gone := NewNotifier(environment("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "gone")), 1)
	if err := gone.Notify(Ready); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a manager that is gone: %v", err)
	}
}

func TestWatchdog(t *testing.T) {
	socket, next := manager(t, "")
	n := NewNotifier(environment("NOTIFY_SOCKET", socket, "WATCHDOG_USEC", "2000", "WATCHDOG_PID", "7"), 7)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	alive := make(chan bool)
	go func() {
		n.Watch(ctx, func() bool { return <-alive })
		close(ended)
	}()
	for range 3 {
		alive <- true
		if got := next(); got != "WATCHDOG=1" {
			t.Errorf("%q", got)
		}
	}
	alive <- false // of which nobody hears
	alive <- false
	close(alive) // it never is again
	cancel()
	<-ended
	if err := n.Notify(Stopping); err != nil {
		t.Fatal(err)
	}
	if got := next(); got != Stopping {
		t.Errorf("%q was said of a service that is not alive", got)
	}
}

func TestWhoseWatchdog(t *testing.T) {
	for _, c := range []struct {
		usec, pid string
		want      time.Duration
	}{
		{"3000000", "7", 3 * time.Second}, {"3000000", "", 3 * time.Second}, {"3000000", "8", 0},
		{"", "", 0}, {"-1", "", 0}, {"x", "", 0}, {"9223372036854775807", "", 0},
	} {
		n := NewNotifier(environment("NOTIFY_SOCKET", "x", "WATCHDOG_USEC", c.usec, "WATCHDOG_PID", c.pid), 7)
		if n.watchdog != c.want {
			t.Errorf("%+v: %v", c, n.watchdog)
		}
	}
}

// handed returns the number of the first of several file descriptors in a row, each a listening socket.
func handed(t *testing.T, count int) (first int, addresses []string) {
	t.Helper()
	first = 200
	for i := range count {
		l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		f, err := l.File()
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.Dup2(int(f.Fd()), first+i); err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, l.Addr().String())
		f.Close()
		l.Close()
	}
	return first, addresses
}

func TestSockets(t *testing.T) {
	first, addresses := handed(t, 3)
	var forgotten []string
	got, err := sockets(environment("LISTEN_PID", "7", "LISTEN_FDS", "3", "LISTEN_FDNAMES", "https:http"), 7,
		func(v string) { forgotten = append(forgotten, v) }, first)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"https", "http", ""} {
		if got[i].Name != name || got[i].Addr().String() != addresses[i] {
			t.Errorf("socket %d: %q at %v, want %q at %s", i, got[i].Name, got[i].Addr(), name, addresses[i])
		}
		go func() {
			if c, err := net.Dial("tcp", addresses[i]); err == nil {
				c.Close()
			}
		}()
		c, err := got[i].Accept()
		if err != nil {
			t.Errorf("socket %d: %v", i, err)
			continue
		}
		c.Close()
		got[i].Close()
	}
	slices.Sort(forgotten)
	if strings.Join(forgotten, " ") != "LISTEN_FDNAMES LISTEN_FDS LISTEN_PID" {
		t.Errorf("forgotten are %q", forgotten)
	}
}

func TestNoSockets(t *testing.T) {
	forget := func(string) { t.Error("something of another process was forgotten") }
	for _, e := range [][]string{{}, {"LISTEN_FDS", "1"}, {"LISTEN_PID", "8", "LISTEN_FDS", "1"}, {"LISTEN_PID", "7"}} {
		if got, err := Sockets(environment(e...), 7, forget); err != nil || got != nil {
			t.Errorf("%q: %v, %v", e, got, err)
		}
	}
	for _, n := range []string{"x", "-1", "257", "99999999999999999999"} {
		if _, err := Sockets(environment("LISTEN_PID", "7", "LISTEN_FDS", n), 7, func(string) {}); err == nil {
			t.Errorf("%s sockets", n)
		}
	}
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Dup2(int(file.Fd()), 210); err != nil {
		t.Fatal(err)
	}
	file.Close()
	if _, err := sockets(environment("LISTEN_PID", "7", "LISTEN_FDS", "1", "LISTEN_FDNAMES", "odd"), 7, func(string) {}, 210); err == nil || !strings.Contains(err.Error(), "odd") {
		t.Errorf("a file is a socket: %v", err)
	}
}

func FuzzEnvironment(f *testing.F) {
	f.Add("1", "3000000", "a:b")
	f.Add("-0", "1e9", "")
	f.Fuzz(func(t *testing.T, count, usec, names string) {
		n := NewNotifier(environment("NOTIFY_SOCKET", "x", "WATCHDOG_USEC", usec), 7)
		if n.watchdog < 0 || n.watchdog >= 24*time.Hour {
			t.Errorf("%q: %v", usec, n.watchdog)
		}
		got, err := sockets(environment("LISTEN_PID", "7", "LISTEN_FDS", count, "LISTEN_FDNAMES", names), 7, func(string) {}, 1<<20)
		if len(got) > 0 {
			t.Errorf("%d sockets out of nothing, %v", len(got), err)
		}
	})
}
