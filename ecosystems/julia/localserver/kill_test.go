package localserver_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/localserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch/stream"
)

// With this variable the test binary is a server: its value is the registry, the Pkg server and the two
// folders, as a list in JSON.
const serverVariable = "LOCALSERVER_TEST_CONFIG"

func TestMain(m *testing.M) {
	if text := os.Getenv(serverVariable); text != "" {
		fmt.Fprintln(os.Stderr, beServer(text))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func beServer(text string) error {
	var words [4]string
	if err := json.Unmarshal([]byte(text), &words); err != nil {
		return err
	}
	cfg := localserver.DefaultConfig()
	cfg.LocalRegistry, cfg.PkgServer, cfg.CacheDir, cfg.GitClonesDir = localserver.URLs{words[0]}, words[1], words[2], words[3]
	s, err := localserver.Open(context.Background(), localserver.Options{Config: cfg, Fetch: quick()})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	return http.Serve(l, localserver.Site{Server: s})
}

// startProcess starts a server of its own and returns its URL and what kills it, as kill -9 does.
func startProcess(t *testing.T, cfg localserver.Config) (url string, kill func()) {
	t.Helper()
	text, err := json.Marshal([4]string{cfg.LocalRegistry[0], cfg.PkgServer, cfg.CacheDir, cfg.GitClonesDir})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), serverVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line), kill
}

// A process that is killed in the middle of everything leaves folders with which the next one goes on.
func TestKilledProcess(t *testing.T) {
	c := newCompany(t)
	big := c.public.Publish("Huge", juliatest.Version{Number: "1.0.0", Content: juliatest.Tree{Files: map[string]string{"data.bin": noise(4 << 20)}}})
	goOn := c.dribble(big.Path)
	secret, _ := c.corp.Release("Secret", "1.0.0")
	cfg := c.config()
	url, kill := startProcess(t, cfg)
	for _, path := range []string{"/registries", "/" + secret.Path} {
		a, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, a.Body)
		a.Body.Close()
		if a.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", path, a.StatusCode)
		}
	}
	a, err := http.Get(url + "/" + big.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, _ := c.public.File(big.Path)
	if _, err := io.ReadFull(a.Body, make([]byte, len(body)/2-stream.HeldBack-128<<10)); err != nil {
		t.Fatal(err)
	}
	kill()
	if rest, err := io.ReadAll(a.Body); err == nil {
		t.Errorf("the client took %d more bytes for the whole", len(rest))
	}
	goOn <- false
	c.public.Intercept(nil)

	s := serveSite(t, cfg) // the lock is free
	if m := s.meta(); m.Packages != 1 || m.Registries != 2 || m.state("git") != "last-known" {
		t.Errorf("%+v", m)
	}
	for _, r := range []juliatest.Release{big, secret} {
		if got := s.tree("/"+r.Path, treehash.GitTools); got != r.Tree {
			t.Errorf("%s: tree %s", r.Path, got)
		}
	}
}
