package pkgclient_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest/pkgclient"
)

func artifactPath(t tree) string { return "/artifact/" + t.hash().String() }

func askedArtifacts(r *pkgclient.Report) string {
	var list []string
	for _, p := range r.Paths() {
		if strings.HasPrefix(p, "/artifact/") {
			list = append(list, p)
		}
	}
	return strings.Join(list, " ")
}

func TestArtifactChoice(t *testing.T) {
	for platform, want := range map[string]tree{
		"":                             oilLinux,
		"x86_64-linux-gnu":             oilLinux,
		"x86_64-w64-mingw32":           oilWindows,
		"x86_64-linux-gnu-cuda+12.1":   oilCUDA,
		"aarch64-linux-gnu":            nil,
		"x86_64-linux-musl":            nil,
		"x86_64-linux-gnu-cxx11":       oilLinux,
		"x86_64-w64-mingw32-cuda+12.1": oilWindows,
	} {
		s := newServer(t)
		c := s.client(t, "1.12.6")
		c.Platform = platform
		report, err := c.Add(t.Context(), "Oil_jll")
		if err != nil {
			t.Fatalf("%s: %v", platform, err)
		}
		path := ""
		if want != nil {
			path = artifactPath(want)
		}
		if got := askedArtifacts(report); got != path {
			t.Errorf("%q: asked for %s, want %s", platform, got, path)
		}
	}
}

func TestArtifactHook(t *testing.T) {
	s := newServer(t)
	hooked := oilSource().with(tree{".pkg/select_artifacts.jl": "# looks for a GPU\n"})
	r := registryTree()
	r["jll/O/Oil_jll/Versions.toml"] = "[\"1.2.3+1\"]\ngit-tree-sha1 = \"" + hooked.hash().String() + "\"\n"
	s.source(oil, hooked)
	s.registry(general, r)
	c := s.client(t, "1.12.6")
	c.Augmented = "x86_64-linux-gnu-cuda+12.1"
	report, err := c.Add(t.Context(), "Oil_jll")
	if err != nil || askedArtifacts(report) != artifactPath(oilCUDA) {
		t.Errorf("asked for %s, want %s; error %v", askedArtifacts(report), artifactPath(oilCUDA), err)
	}
}

// TestArtifacts damages an artifact. 1.5 takes note of a wrong one and carries on without it.
func TestArtifacts(t *testing.T) {
	path := artifactPath(oilLinux)
	escape := []pkgclient.Escape{{What: "artifact", Name: "Oil_jll/Oil", How: "download", URL: "https://far.example/Oil.v1.2.3.x86_64-linux-gnu.tar.gz"}}
	tests := []struct {
		name   string
		damage func(s *server)
		env    map[string]string
		reason works
		absent works // whether it is missing in spite of success
	}{
		{"none", func(*server) {}, nil, always, always},
		{"not there", func(s *server) { s.remove(path) }, nil, func(int) error { return pkgclient.ErrDownload }, nil},
		{"another one", func(s *server) { s.put(path, gzipped(oilWindows.tar(""))) }, nil, func(minor int) error {
			if minor == 5 {
				return nil
			}
			return pkgclient.ErrHash
		}, func(int) error { return pkgclient.ErrHash }},
		{"another one, hashes ignored", func(s *server) { s.put(path, gzipped(oilWindows.tar(""))) },
			map[string]string{"JULIA_PKG_IGNORE_HASHES": "1"}, func(minor int) error {
				if minor == 4 {
					return pkgclient.ErrHash
				}
				return nil
			}, until(5, pkgclient.ErrHash)},
		{"empty folders", func(s *server) { s.put(path, gzipped(oilLinux.with(tree{"share/": "", "share/doc/": ""}).tar(""))) }, nil, always, always},
		{"link points elsewhere", func(s *server) {
			s.put(path, gzipped(oilLinux.with(tree{"lib/liboil.so@": "../bin/oil"}).tar("")))
		}, nil, func(minor int) error {
			if minor == 5 {
				return nil
			}
			return pkgclient.ErrHash
		}, func(int) error { return pkgclient.ErrHash }},
		{"wrapped", func(s *server) { s.put(path, gzipped(gzipped(oilLinux.tar("")))) }, nil, func(int) error { return pkgclient.ErrArchive }, nil},
		{"zstd", func(s *server) { s.put(path, zstded(oilLinux.tar(""))) }, nil, until(12, pkgclient.ErrArchive), always},
	}
	for _, test := range tests {
		for _, version := range profiles {
			t.Run(test.name+"/"+version, func(t *testing.T) {
				s := newServer(t)
				test.damage(s)
				dir := t.TempDir()
				c := pkgclient.New(pkgclient.Julia(version), s.URL, dir)
				c.Env = test.env
				report, err := c.Add(t.Context(), "Oil_jll")
				minor := minorOf(version)
				if reason := test.reason(minor); reason != nil {
					if !errors.Is(err, reason) || !errors.Is(err, pkgclient.ErrEscape) {
						t.Fatalf("error %v, want %v", err, reason)
					}
					if diff := cmp.Diff(escape, report.Escapes); diff != "" {
						t.Errorf("escapes (-want +got):\n%s", diff)
					}
					return
				}
				if err != nil || len(report.Escapes) > 0 {
					t.Fatalf("error %v, escapes %v", err, report.Escapes)
				}
				_, err = os.Stat(filepath.Join(dir, "artifacts", oilLinux.hash().String()))
				if absent := test.absent(minor) != nil; absent != (err != nil) || absent == (len(report.Artifacts) == 1) {
					t.Errorf("absent %t, want %t; artifacts %v", err != nil, absent, report.Artifacts)
				}
			})
		}
	}
}

func TestLazyArtifact(t *testing.T) {
	for _, version := range profiles {
		t.Run(version, func(t *testing.T) {
			s := newServer(t)
			dir := t.TempDir()
			c := pkgclient.New(pkgclient.Julia(version), s.URL, dir)
			report, err := c.Add(t.Context(), "Oil_jll")
			if err != nil || askedArtifacts(report) != artifactPath(oilLinux) {
				t.Fatalf("add asks for %s: %v", askedArtifacts(report), err)
			}
			c = pkgclient.New(pkgclient.Julia(version), s.URL, dir) // used in another session
			report, err = c.UseLazy(t.Context(), "Oil_jll", "Perfume")
			if err != nil || askedArtifacts(report) != artifactPath(perfume) || len(report.Artifacts) != 1 || !report.Artifacts[0].Installed {
				t.Errorf("first use asks for %s: %v, %v", askedArtifacts(report), err, report.Artifacts)
			}
			content, err := os.ReadFile(filepath.Join(dir, "artifacts", perfume.hash().String(), "scent.bin"))
			if err != nil || string(content) != "rose" {
				t.Errorf("it is %q: %v", content, err)
			}
			report, err = c.UseLazy(t.Context(), "Oil_jll", "Perfume")
			if err != nil || len(report.Requests) > 0 {
				t.Errorf("second use: %v, %v", report.Paths(), err)
			}
			if _, err := c.UseLazy(t.Context(), "Oil_jll", "Soap"); !errors.Is(err, pkgclient.ErrNotFound) {
				t.Errorf("there is no Soap: %v", err)
			}
		})
	}
}

func TestLazyArtifactMissing(t *testing.T) {
	s := newServer(t)
	c := s.client(t, "1.13.0")
	if _, err := c.Add(t.Context(), "Oil_jll"); err != nil {
		t.Fatal(err)
	}
	s.remove(artifactPath(perfume))
	report, err := c.UseLazy(t.Context(), "Oil_jll", "Perfume")
	if !errors.Is(err, pkgclient.ErrEscape) || len(report.Escapes) != 1 || report.Escapes[0].URL != "https://far.example/perfume.tar.gz" {
		t.Errorf("error %v, escapes %v", err, report.Escapes)
	}
}

// TestLazyArtifactWrong: 1.5 believes what it got until it is used.
func TestLazyArtifactWrong(t *testing.T) {
	for _, version := range profiles {
		s := newServer(t)
		c := s.client(t, version)
		if _, err := c.Add(t.Context(), "Oil_jll"); err != nil {
			t.Fatal(err)
		}
		s.put(artifactPath(perfume), gzipped(oilWindows.tar("")))
		report, err := c.UseLazy(t.Context(), "Oil_jll", "Perfume")
		if !errors.Is(err, pkgclient.ErrHash) || (len(report.Escapes) == 0) != (version == "1.5.3") || len(report.Artifacts) > 0 {
			t.Errorf("Julia %s: %v, escapes %v, artifacts %v", version, err, report.Escapes, report.Artifacts)
		}
	}
}
