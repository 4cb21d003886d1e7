package localserver_test

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/localserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

func TestPackageServer(t *testing.T) {
	c := newCompany(t)
	s := serveSite(t, c.config())
	if n := c.public.Count(""); n != 0 {
		t.Errorf("%d requests before anybody has asked", n)
	}
	want := []string{line(c.corp), line(c.public.Registry)}
	slices.Sort(want)
	for _, path := range []string{"/registries", "/registries.conservative", "/registries.eager", "//registries/", "/julia/registries", "/registries?x=1"} {
		if diff := cmp.Diff(want, s.list(path)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	secret, _ := c.corp.Release("Secret", "1.0.0")
	example, _ := c.public.Release("Example", "0.5.3")
	zlib, _ := c.public.Release("Zlib_jll", "1.3.1+2")
	for range 2 { // made or fetched, then from the store
		for _, path := range []string{line(c.corp), line(c.public.Registry)} {
			if got := s.tree(path, treehash.Full); got.String() != path[len(path)-40:] {
				t.Errorf("%s has the tree %s", path, got)
			}
		}
		for _, r := range []juliatest.Release{secret, example, zlib} {
			if got := s.tree("/"+r.Path, treehash.GitTools); got != r.Tree {
				t.Errorf("%s has the tree %s", r.Path, got)
			}
		}
		artifact := zlib.Artifacts[0]
		if got := s.tree("/"+artifact.Path, treehash.GitTools); got != artifact.Tree {
			t.Errorf("%s has the tree %s", artifact.Path, got)
		}
	}
	for path, want := range map[string]int{example.Path: 1, zlib.Path: 1, zlib.Artifacts[0].Path: 1, secret.Path: 0, "registry/" + c.public.UUID().String(): 1} {
		if got := c.public.Count(path); got != want {
			t.Errorf("%d requests for %s, want %d", got, path, want)
		}
	}
	m := s.meta()
	if m.Version != "offmirror/1.2.3" || !m.Current || m.Registries != 2 || m.Packages != 3 || m.Artifacts != 1 || m.state("git") != "current" || m.state("server") != "current" {
		t.Errorf("meta: %+v", m)
	}
}

func TestStorageServer(t *testing.T) {
	c := newCompany(t)
	cfg := c.config()
	cfg.PkgServer = ""
	s := serveSite(t, cfg)
	if diff := cmp.Diff([]string{line(c.corp)}, s.list("/registries")); diff != "" {
		t.Error(diff)
	}
	example, _ := c.public.Release("Example", "0.5.3")
	s.get("/"+example.Path, http.StatusNotFound)
	zlib, _ := c.public.Release("Zlib_jll", "1.3.1+2")
	s.get("/"+zlib.Artifacts[0].Path, http.StatusNotFound)
	if n := c.public.Count(""); n != 0 {
		t.Errorf("%d requests to a server that is not configured", n)
	}
}

func TestForwardingOnly(t *testing.T) {
	c := newCompany(t, juliatest.WithoutFlavors())
	cfg := c.config()
	cfg.LocalRegistry = nil
	s := serveSite(t, cfg)
	for _, path := range []string{"/registries", "/registries.eager"} {
		if diff := cmp.Diff([]string{line(c.public.Registry)}, s.list(path)); diff != "" {
			t.Error(diff)
		}
	}
	example, _ := c.public.Release("Example", "0.5.3")
	s.tree("/"+example.Path, treehash.GitTools)
	s.get("/package/"+example.UUID.String()+"/0000000000000000000000000000000000000000", http.StatusNotFound)
}

// A package server asks HEAD first and wants to know the length.
func TestHeadAsPackageServersAsk(t *testing.T) {
	c := newCompany(t)
	s := serveSite(t, c.config())
	secret, _ := c.corp.Release("Secret", "1.0.0")
	zlib, _ := c.public.Release("Zlib_jll", "1.3.1+2")
	for _, path := range []string{line(c.corp), line(c.public.Registry), "/" + secret.Path, "/" + zlib.Path, "/" + zlib.Artifacts[0].Path} {
		head, body := s.ask(http.MethodHead, path)
		if head.StatusCode != http.StatusOK || len(body) > 0 || head.Header.Get("Content-Type") != "application/x-gzip" {
			t.Fatalf("HEAD %s: %d, %v", path, head.StatusCode, head.Header)
		}
		_, body = s.ask(http.MethodGet, path)
		if head.Header.Get("Content-Length") != strconv.Itoa(len(body)) {
			t.Errorf("HEAD %s: length %q of %d", path, head.Header.Get("Content-Length"), len(body))
		}
		again, part := s.ask(http.MethodGet, path, "Range", "bytes=1-9")
		if again.StatusCode != http.StatusPartialContent || !bytes.Equal(part, body[1:10]) || again.Header.Get("Etag") == "" {
			t.Errorf("range of %s: %d, %d bytes, %v", path, again.StatusCode, len(part), again.Header)
		}
	}
	if a, _ := s.ask(http.MethodHead, "/artifact/0000000000000000000000000000000000000000"); a.StatusCode != http.StatusNotFound {
		t.Errorf("HEAD of nothing: %d", a.StatusCode)
	}
	if a, _ := s.ask(http.MethodPost, "/registries"); a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d", a.StatusCode)
	}
}

func TestFlavors(t *testing.T) {
	c := newCompany(t)
	c.public.Freeze("registries.conservative")
	old := line(c.public.Registry)
	c.public.Publish("Example", juliatest.Version{Number: "0.5.4"})
	s := serveSite(t, c.config())
	lists := func(old, now string) map[string][]string {
		return map[string][]string{old: {line(c.corp), old}, now: {line(c.corp), now}}
	}(old, line(c.public.Registry))
	for _, tc := range []struct {
		header []string
		want   string
	}{
		{nil, old},
		{[]string{"Julia-Registry-Preference", "eager"}, line(c.public.Registry)},
		{[]string{"Julia-Registry-Preference", "conservative", "Julia-CI-Variables", "CI=t"}, old},
		{[]string{"Julia-CI-Variables", "APPVEYOR=n;CI=t;GITHUB_ACTIONS=n"}, line(c.public.Registry)},
		{[]string{"Julia-CI-Variables", "APPVEYOR=n;CI=n"}, old},
	} {
		a, body := s.ask(http.MethodGet, "/registries", tc.header...)
		want := lists[tc.want]
		slices.Sort(want)
		got := string(body)
		if a.StatusCode != http.StatusOK || got != want[0]+"\n"+want[1]+"\n" {
			t.Errorf("%v: %d\n%s", tc.header, a.StatusCode, got)
		}
	}
}

// What somebody outside lists under the UUID of a private registry does not take its place.
func TestPrivateRegistriesGoFirst(t *testing.T) {
	c := newCompany(t)
	c.public.AddRegistry("Corp", c.corp.UUID()).Publish("Evil", juliatest.Version{Number: "6.6.6"})
	s := serveSite(t, c.config())
	if !slices.Contains(s.list("/registries"), line(c.corp)) {
		t.Error("the private registry is not listed as it is")
	}
}

func TestSeveralRegistries(t *testing.T) {
	c := newCompany(t)
	second := c.private.AddRegistry("Lab", [16]byte{1, 2, 3})
	second.Publish("Tool", juliatest.Version{Number: "2.0.0"})
	c.push()
	cfg := c.config()
	cfg.LocalRegistry = append(cfg.LocalRegistry, c.git+"/Lab.git")
	s := serveSite(t, cfg)
	want := []string{line(c.corp), line(second), line(c.public.Registry)}
	slices.Sort(want)
	if diff := cmp.Diff(want, s.list("/registries")); diff != "" {
		t.Error(diff)
	}
	tool, _ := second.Release("Tool", "2.0.0")
	s.tree("/"+tool.Path, treehash.GitTools)
	if m := s.meta(); len(m.Sources) != 4 || m.Sources[1].Name != "Lab" {
		t.Errorf("%+v", m.Sources)
	}
}

// A new version is there as soon as somebody asks for the list, and not before the time between
// updates is over.
func TestNewVersions(t *testing.T) {
	c := newCompany(t)
	cfg := c.config()
	cfg.MinTime = 60
	now := newClock()
	s := serveSite(t, cfg, ticking(now))
	old := s.list("/registries")
	before := line(c.corp)
	v2 := c.corp.Publish("Secret", juliatest.Version{Number: "2.0.0"})
	c.push()
	now.forward(59 * time.Second)
	if diff := cmp.Diff(old, s.list("/registries")); diff != "" {
		t.Errorf("asked too soon: %s", diff)
	}
	asked := c.public.Count("registries")
	now.forward(time.Second)
	if list := s.list("/registries"); !slices.Contains(list, line(c.corp)) {
		t.Errorf("not asked again: %v", list)
	}
	if n := c.public.Count("registries"); n != asked+1 {
		t.Errorf("%d requests for the list", n-asked)
	}
	s.tree("/"+v2.Path, treehash.GitTools)
	s.tree(before, treehash.Full) // who has read the older list
	s.tree(line(c.corp), treehash.Full)
}

// Any state of the registry can be had, also one that no list named while the server ran.
func TestOlderStates(t *testing.T) {
	c := newCompany(t)
	before := line(c.corp)
	c.corp.Publish("Secret", juliatest.Version{Number: "2.0.0"})
	c.push()
	cfg := c.config()
	s := serveSite(t, cfg)
	s.list("/registries")
	if got := s.tree(before, treehash.Full); got.String() != before[len(before)-40:] {
		t.Errorf("tree %s", got)
	}
	// A tree of the repository that is no state of it is not a registry.
	secret, _ := c.corp.Release("Secret", "1.0.0")
	s.get("/registry/"+c.corp.UUID().String()+"/"+secret.Tree.String(), http.StatusNotFound)
}

// Who knows a version by other means need not ask for a list first.
func TestWithoutAskingForAList(t *testing.T) {
	c := newCompany(t)
	s := serveSite(t, c.config())
	secret, _ := c.corp.Release("Secret", "1.0.0")
	s.tree("/"+secret.Path, treehash.GitTools)
	s.tree(line(c.corp), treehash.Full)
}

func TestSubdirectoriesAndVersionsThatWereRemoved(t *testing.T) {
	c := newCompany(t)
	p := c.corp.AddPackage(juliatest.Package{Name: "Inner", Repo: "file://" + c.git + "/Mono.git", Subdir: "lib/Inner"})
	inner := p.Publish(juliatest.Version{Number: "1.0.0"})
	gone := p.Publish(juliatest.Version{Number: "1.1.0"})
	c.corp.Drop("Inner", "1.1.0")
	c.push()
	s := serveSite(t, c.config())
	for _, r := range []juliatest.Release{inner, gone} {
		if got := s.tree("/"+r.Path, treehash.GitTools); got != r.Tree {
			t.Errorf("%s: tree %s", r.Path, got)
		}
	}
}

func TestTarballsDoNotDependOnTheServer(t *testing.T) {
	c := newCompany(t)
	v := c.corp.Publish("Attributes", juliatest.Version{Number: "1.0.0", Content: juliatest.Tree{
		Files:       map[string]string{".gitattributes": "hidden.txt export-ignore\nid.txt export-subst\n*.txt text eol=crlf\n", "hidden.txt": "here\n", "id.txt": "$Format:%H$\n"},
		Executables: map[string]string{"run.sh": "#!/bin/sh\n"},
		Symlinks:    map[string]string{"link": "id.txt"},
	}})
	c.push()
	var first []byte
	for range 2 {
		s := serveSite(t, c.config(), func(o *localserver.Options) { o.Version = time.Now().String() })
		if got := s.tree("/"+v.Path, treehash.GitTools); got != v.Tree {
			t.Errorf("tree %s, want %s", got, v.Tree)
		}
		body := s.get("/"+v.Path, http.StatusOK)
		if first == nil {
			first = body
		}
		if !bytes.Equal(first, body) {
			t.Error("another server made other bytes")
		}
	}
}

func TestPathsThatAreNone(t *testing.T) {
	c := newCompany(t)
	s := serveSite(t, c.config())
	for _, path := range []string{
		"/", "/registry", "/registries.other", "/package/..%2f..%2fstate%2flocalserver.json", "/state/localserver.json", "/store", "/artifact/../meta/",
		"/artifact/%2e%2e/%2e%2e/etc/passwd", "/registry/" + c.corp.UUID().String() + "/" + c.corp.Hash().String() + "-" + c.corp.Hash().String(),
		"/package/" + c.corp.UUID().String() + "/ABCDEF0000000000000000000000000000000000",
	} {
		if a, body := s.ask(http.MethodGet, path); a.StatusCode != http.StatusNotFound || len(body) > 1200 {
			t.Errorf("%s: %d, %d bytes", path, a.StatusCode, len(body))
		}
	}
	if n := c.public.Count(""); n != 0 {
		t.Errorf("%d requests were made for them", n)
	}
}
