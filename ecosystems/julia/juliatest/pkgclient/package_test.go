package pkgclient_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest/pkgclient"
)

// wickEscapes is where Julia would look for Wick 2.0.0 if the server did not have it.
func wickEscapes() []pkgclient.Escape {
	return []pkgclient.Escape{
		{What: "package", Name: "Wick 2.0.0", How: "download", URL: "https://api.github.com/repos/night/Wick.jl/tarball/" + source("Wick", "2.0.0").hash().String()},
		{What: "package", Name: "Wick 2.0.0", How: "git clone", URL: "https://github.com/night/Wick.jl.git"},
	}
}

// TestPackages damages a package. All versions of Julia go on to GitHub.
func TestPackages(t *testing.T) {
	content := source("Wick", "2.0.0")
	tests := []struct {
		name   string
		damage func(s *server, path string)
		want   works // nil: installed
		reason works
	}{
		{"none", func(*server, string) {}, always, always},
		{"not there", func(s *server, path string) { s.remove(path) }, nil, func(int) error { return pkgclient.ErrDownload }},
		{"one byte", func(s *server, path string) {
			s.put(path, gzipped(content.with(tree{"src/Wick.jl": "module Wack\nend\n"}).tar("")))
		}, nil, func(int) error { return pkgclient.ErrHash }},
		{"not executable", func(s *server, path string) {
			changed := content.with(tree{"deps/build.sh": "#!/bin/sh\n"})
			delete(changed, "deps/build.sh*")
			s.put(path, gzipped(changed.tar("")))
		}, nil, func(int) error { return pkgclient.ErrHash }},
		{"a flipped bit of the gzip", func(s *server, path string) {
			body := gzipped(content.tar(""))
			body[len(body)-6] ^= 1 // in the checksum: all of the content is right
			s.put(path, body)
		}, nil, func(int) error { return pkgclient.ErrArchive }},
		{"a wrapping folder", func(s *server, path string) {
			s.put(path, gzipped(content.tar("night-Wick-1234567/")))
		}, nil, func(int) error { return pkgclient.ErrHash }},
		{"a file outside", func(s *server, path string) {
			s.put(path, gzipped(content.with(tree{"../../evil": "x"}).tar("")))
		}, nil, func(int) error { return pkgclient.ErrArchive }},
		{"./ before names", func(s *server, path string) { s.put(path, gzipped(content.tar("./"))) }, always, always},
		{"empty folders and .git", func(s *server, path string) {
			s.put(path, gzipped(content.with(tree{"docs/": "", "docs/img/": "", ".git": "gitdir: elsewhere"}).tar("")))
		}, always, always},
		{"zstd", func(s *server, path string) { s.put(path, zstded(content.tar(""))) }, from(13, nil), until(12, pkgclient.ErrArchive)},
	}
	for _, test := range tests {
		for _, version := range profiles {
			t.Run(test.name+"/"+version, func(t *testing.T) {
				s := newServer(t)
				test.damage(s, fmt.Sprintf("/package/%s/%s", wick, content.hash()))
				report, err := s.client(t, version).Add(t.Context(), "Wick")
				reason := test.reason(minorOf(version))
				if reason == nil {
					if err != nil || len(report.Escapes) > 0 || report.String() != "Wick 2.0.0" {
						t.Fatalf("%s: error %v, escapes %v", report, err, report.Escapes)
					}
					return
				}
				if !errors.Is(err, reason) || !errors.Is(err, pkgclient.ErrEscape) {
					t.Fatalf("error %v, want %v", err, reason)
				}
				if diff := cmp.Diff(wickEscapes(), report.Escapes); diff != "" {
					t.Errorf("escapes (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestUnlistedRegistry: the depot has a registry that the server has ceased to list.
func TestUnlistedRegistry(t *testing.T) {
	for _, version := range profiles {
		t.Run(version, func(t *testing.T) {
			s := newServer(t)
			c := s.client(t, version)
			if _, err := c.RegistryAdd(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.list(general, "")
			report, err := c.Add(t.Context(), "Wick")
			asked := slices.ContainsFunc(report.Paths(), func(p string) bool { return strings.HasPrefix(p, "/package/") })
			if minorOf(version) < 8 {
				if err != nil || !asked {
					t.Errorf("error %v, asked the server: %t", err, asked)
				}
				return
			}
			if !errors.Is(err, pkgclient.ErrEscape) || asked {
				t.Errorf("error %v, asked the server: %t", err, asked)
			}
			if diff := cmp.Diff(wickEscapes(), report.Escapes); diff != "" {
				t.Errorf("escapes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestParallel holds answers back until eight requests are there, which never happens if the client
// makes fewer at once.
func TestParallel(t *testing.T) {
	s := newServer(t)
	r := registryTree()
	var names []string
	for i := range 12 {
		name := fmt.Sprintf("Lamp%d", i)
		id := strings.Replace(wick.String(), "1111", fmt.Sprintf("%04d", i), 1)
		r["Registry.toml"] += fmt.Sprintf("%s = { name = %q, path = \"L/%s\" }\n", id, name, name)
		r["L/"+name+"/Package.toml"] = fmt.Sprintf("name = %q\nuuid = %q\n", name, id)
		r["L/"+name+"/Versions.toml"] = fmt.Sprintf("[\"1.0.0\"]\ngit-tree-sha1 = \"%s\"\n", source(name, "1.0.0").hash())
		s.put("/package/"+id+"/"+source(name, "1.0.0").hash().String(), gzipped(source(name, "1.0.0").tar("")))
		names = append(names, name)
	}
	s.registry(general, r)
	var now, most atomic.Int32
	full := make(chan struct{})
	s.respond = func(_ http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/package/") {
			return false
		}
		n := now.Add(1)
		defer now.Add(-1)
		if n == 8 {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		if n > most.Load() {
			most.Store(n)
		}
		<-full
		return false
	}
	report, err := s.client(t, "1.10.9").Add(t.Context(), names...)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Packages) != 12 || most.Load() > 8 {
		t.Errorf("%d packages, %d at once", len(report.Packages), most.Load())
	}
}

func TestRedirects(t *testing.T) {
	s := newServer(t)
	target := "/elsewhere"
	s.respond = func(w http.ResponseWriter, r *http.Request) bool {
		rest, ok := strings.CutPrefix(r.URL.Path, "/prefix")
		if ok {
			http.Redirect(w, r, target+rest, http.StatusFound)
			return true
		}
		if rest, ok := strings.CutPrefix(r.URL.Path, "/elsewhere"); ok {
			s.mu.Lock()
			defer s.mu.Unlock()
			_, _ = w.Write(s.files[rest])
			return true
		}
		return false
	}
	report, err := pkgclient.New(pkgclient.Julia("1.12.6"), s.URL+"/prefix", t.TempDir()).Add(t.Context(), "Wick")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Requests {
		if len(r.Hops) != 1 || r.Hops[0] != s.URL+"/elsewhere"+r.Path || r.Status != http.StatusOK {
			t.Errorf("request %s: hops %v, status %d", r.Path, r.Hops, r.Status)
		}
	}
	target = "https://storage.far.example"
	report, err = pkgclient.New(pkgclient.Julia("1.12.6"), s.URL+"/prefix", t.TempDir()).RegistryAdd(t.Context())
	if !errors.Is(err, pkgclient.ErrEscape) || len(report.Escapes) == 0 || report.Escapes[0].URL != "https://storage.far.example/registries" {
		t.Errorf("redirect to another site: %v, escapes %v", err, report.Escapes)
	}
}

func TestToken(t *testing.T) {
	s := newServer(t)
	dir := t.TempDir()
	host := strings.TrimPrefix(s.URL, "http://")
	file := filepath.Join(dir, "servers", strings.ReplaceAll(host, ":", "_"), "auth.toml")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("access_token = \"open sesame\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pkgclient.New(pkgclient.Julia("1.12.6"), s.URL, dir).Add(t.Context(), "Wick"); err != nil {
		t.Fatal(err)
	}
	for _, r := range s.asked {
		if got := r.Header.Get("Authorization"); got != "Bearer open sesame" {
			t.Errorf("%s: Authorization %q", r.URL.Path, got)
		}
	}
}

// rewriter plays a machine with another name.
type rewriter struct{ to string }

func (rw rewriter) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(rw.to, "http://")
	return http.DefaultTransport.RoundTrip(r)
}

func TestTokenNeedsSecurity(t *testing.T) {
	for server, sent := range map[string]bool{"http://mirror.example": false, "https://mirror.example": true, "mirror.example/julia": true} {
		s := newServer(t)
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "servers", "mirror.example"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "servers", "mirror.example", "auth.toml"), []byte("access_token = \"t\"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		c := pkgclient.New(pkgclient.Julia("1.10.9"), server, dir)
		c.Transport = rewriter{s.URL}
		report, _ := c.RegistryAdd(t.Context())
		if got := s.asked[0].Header.Get("Authorization") != ""; got != sent {
			t.Errorf("%s: token sent: %t, want %t", server, got, sent)
		}
		warned := slices.ContainsFunc(report.Warnings, func(w string) bool { return strings.Contains(w, "insecure") })
		if warned == sent {
			t.Errorf("%s: warnings %v", server, report.Warnings)
		}
	}
}
