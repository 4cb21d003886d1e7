package pkgclient_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest/pkgclient"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// works tells for each profile whether a command has to succeed: nil, or with which error not.
type works func(minor int) error

func always(int) error { return nil }

func from(minor int, err error) works {
	return func(m int) error {
		if m >= minor {
			return err
		}
		return nil
	}
}

func until(minor int, err error) works {
	return func(m int) error {
		if m <= minor {
			return err
		}
		return nil
	}
}

func minorOf(version string) (minor int) {
	_, err := fmt.Sscanf(version, "1.%d", &minor)
	must(err)
	return minor
}

// TestRegistries damages the registry in ways that some versions notice.
func TestRegistries(t *testing.T) {
	packed := func(t tree) []byte { return gzipped(t.tar("")) }
	tests := []struct {
		name   string
		damage func(s *server, path string)
		want   works
	}{
		{"none", func(*server, string) {}, always},
		{"other content under the hash", func(s *server, path string) {
			s.put(path, packed(registryTree().with(tree{"README.md": "changed on the way"})))
		}, from(9, pkgclient.ErrHash)},
		{"empty folder left out", func(s *server, path string) {
			less := registryTree()
			delete(less, ".ci/")
			s.put(path, packed(less))
		}, from(9, pkgclient.ErrHash)},
		{"./ before names", func(s *server, path string) {
			s.put(path, gzipped(registryTree().tar("./")))
		}, from(7, pkgclient.ErrRegistry)},
		{"a wrapping folder", func(s *server, path string) {
			s.put(path, gzipped(registryTree().tar("General-1234567/")))
		}, func(minor int) error {
			if minor >= 9 {
				return pkgclient.ErrHash
			}
			return pkgclient.ErrRegistry
		}},
		{"compressed by the web server once more", func(s *server, path string) {
			s.put(path, gzipped(packed(registryTree())))
		}, func(int) error { return pkgclient.ErrArchive }},
		{"not compressed", func(s *server, path string) {
			s.put(path, registryTree().tar(""))
		}, func(int) error { return pkgclient.ErrArchive }},
		{"zstd", func(s *server, path string) {
			s.put(path, zstded(registryTree().tar("")))
		}, until(12, pkgclient.ErrArchive)},
		{"truncated", func(s *server, path string) {
			whole := packed(registryTree())
			s.put(path, whole[:len(whole)-9])
		}, func(int) error { return pkgclient.ErrArchive }},
		{"empty", func(s *server, path string) {
			s.put(path, nil)
		}, func(int) error { return pkgclient.ErrArchive }},
		{"not there", func(s *server, path string) {
			s.remove(path)
		}, func(int) error { return pkgclient.ErrDownload }},
		{"no repo", func(s *server, path string) {
			r := registryTree()
			r["Registry.toml"] = strings.Replace(r["Registry.toml"], "repo = ", "home = ", 1)
			s.registry(general, r)
		}, until(6, pkgclient.ErrRegistry)},
		{"no Registry.toml", func(s *server, path string) {
			r := registryTree()
			delete(r, "Registry.toml")
			s.registry(general, r)
		}, func(int) error { return pkgclient.ErrRegistry }},
		{"broken Registry.toml", func(s *server, path string) {
			s.registry(general, registryTree().with(tree{"Registry.toml": "name = "}))
		}, func(int) error { return pkgclient.ErrRegistry }},
		{"overlapping tables", func(s *server, path string) {
			s.registry(general, registryTree().with(tree{"L/Lantern/Deps.toml": fmt.Sprintf("[0]\nWick = %q\n[\"0-1\"]\nWick = %q\n", wick, wick)}))
		}, func(minor int) error {
			if minor >= 7 && minor <= 12 {
				return pkgclient.ErrRegistry
			}
			return nil
		}},
		{"name differs in Package.toml", func(s *server, path string) {
			s.registry(general, registryTree().with(tree{"W/Wick/Package.toml": "name = \"Candle\"\n"}))
		}, func(int) error { return pkgclient.ErrRegistry }},
		{"malformed line", func(s *server, path string) {
			s.put("/registries", []byte(path+"\n/registry/not-a-uuid/"+strings.Repeat("0", 40)+"\n"))
		}, func(int) error { return pkgclient.ErrList }},
		{"hash too short", func(s *server, path string) {
			s.put("/registries", []byte(path[:len(path)-1]+"\n"))
		}, func(int) error { return pkgclient.ErrList }},
		{"other lines", func(s *server, path string) {
			s.put("/registries", []byte("# comment\n\n/meta\n/registry/a/b/c\n"+path+"\n/registry//x\n"))
		}, always},
		{"not listed", func(s *server, path string) {
			s.list(general, "")
		}, func(int) error { return pkgclient.ErrEscape }},
		{"no list", func(s *server, path string) {
			s.remove("/registries")
		}, func(int) error { return pkgclient.ErrEscape }},
	}
	for _, test := range tests {
		for _, version := range profiles {
			t.Run(test.name+"/"+version, func(t *testing.T) {
				s := newServer(t)
				test.damage(s, s.registry(general, registryTree()))
				report, err := s.client(t, version).Add(t.Context(), "Lantern")
				want := test.want(minorOf(version))
				if !errors.Is(err, want) {
					t.Fatalf("error %v, want %v", err, want)
				}
				if want == nil && len(report.Escapes) > 0 {
					t.Errorf("escapes %v", report.Escapes)
				}
				if want != nil && len(report.Packages) > 0 {
					t.Errorf("installed %v in spite of %v", report, err)
				}
			})
		}
	}
}

// TestRegistryAdd looks at what is in the depot afterwards.
func TestRegistryAdd(t *testing.T) {
	second := registryTree()
	second["Registry.toml"] = strings.NewReplacer(`"General"`, `"Night"`, general.String(), night.String()).Replace(second["Registry.toml"])
	for _, version := range profiles {
		t.Run(version, func(t *testing.T) {
			s := newServer(t)
			dir := t.TempDir()
			c := pkgclient.New(pkgclient.Julia(version), s.URL+"/", dir)
			s.registry(night, second)
			if version == "1.13.0" {
				path := fmt.Sprintf("/registry/%s/%s", night, second.sums().Full)
				s.put(path, zstded(second.tar("")))
			}
			report, err := c.RegistryAdd(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]bool{}
			for _, r := range report.Registries {
				files[r.Name+" "+r.File+" "+r.Tree.String()] = true
			}
			want := map[string]bool{"General registries/General.tar.gz " + registryTree().sums().Full.String(): true}
			switch minor := minorOf(version); {
			case minor == 4:
				want = map[string]bool{"General registries/General " + registryTree().sums().Full.String(): true}
			case minor < 7:
				want = map[string]bool{"General registries/General " + registryTree().sums().Full.String(): true, "Night registries/Night " + second.sums().Full.String(): true}
			case minor == 13:
				want["Night registries/Night.tar.zst "+second.sums().Full.String()] = true
			default:
				want["Night registries/Night.tar.gz "+second.sums().Full.String()] = true
			}
			if !maps.Equal(files, want) {
				t.Errorf("installed %v, want %v", files, want)
			}
			if entries, _ := os.ReadDir(filepath.Join(dir, "temp")); len(entries) > 0 {
				t.Errorf("%d temporary files are left", len(entries))
			}
			again, err := c.RegistryAdd(t.Context(), night)
			if err != nil || len(again.Escapes) > 0 {
				t.Errorf("add of one by UUID: %v, escapes %v", err, again.Escapes)
			}
			if _, err := c.RegistryAdd(t.Context(), uuid.MustParse("33333333-aaaa-4bbb-8ccc-000000000000")); !errors.Is(err, pkgclient.ErrRegistry) {
				t.Errorf("add of one that the server lacks: %v", err)
			}
		})
	}
}

func TestUnpackedRegistry(t *testing.T) {
	s := newServer(t)
	s.put(s.registry(general, registryTree()), gzipped(registryTree().with(tree{"README.md": "changed"}).tar("./")))
	c := s.client(t, "1.12.6")
	c.Env = map[string]string{"JULIA_PKG_UNPACK_REGISTRY": "true"}
	report, err := c.Add(t.Context(), "Wick")
	if err != nil {
		t.Fatalf("unpacked registries are believed and may have ./: %v", err)
	}
	if got := report.Registries[0].File; got != "registries/General" {
		t.Errorf("it is in %s", got)
	}
}

// TestRegistryUpdate goes to a newer state and back.
func TestRegistryUpdate(t *testing.T) {
	newer := registryTree()
	newer["W/Wick/Versions.toml"] += fmt.Sprintf("[\"2.1.0\"]\ngit-tree-sha1 = \"%s\"\n", source("Wick", "2.1.0").hash())
	for _, version := range profiles {
		t.Run(version, func(t *testing.T) {
			s := newServer(t)
			c := s.client(t, version)
			s.source(wick, source("Wick", "2.1.0"))
			steps := []struct {
				registry tree
				run      func() (*pkgclient.Report, error)
				want     string
			}{
				{registryTree(), func() (*pkgclient.Report, error) { return c.Add(t.Context(), "Wick") }, "Wick 2.0.0"},
				{newer, func() (*pkgclient.Report, error) { return c.Update(t.Context()) }, "Wick 2.1.0"},
				{newer, func() (*pkgclient.Report, error) { return c.RegistryUpdate(t.Context()) }, "Wick 2.1.0"},
				{registryTree(), func() (*pkgclient.Report, error) { return c.RegistryUpdate(t.Context()) }, "Wick 2.1.0"},
				{registryTree(), func() (*pkgclient.Report, error) { return c.Update(t.Context()) }, "Wick 2.0.0"},
			}
			for i, step := range steps {
				s.registry(general, step.registry)
				report, err := step.run()
				if err != nil {
					t.Fatalf("step %d: %v", i, err)
				}
				if report.String() != step.want || report.Registries[0].Tree != step.registry.sums().Full {
					t.Errorf("step %d: %s with registry %v, want %s with %s", i, report, report.Registries, step.want, step.registry.sums().Full)
				}
			}
		})
	}
}

// TestUpdateFails serves a list that is ahead of the tarballs.
func TestUpdateFails(t *testing.T) {
	for _, version := range profiles {
		t.Run(version, func(t *testing.T) {
			s := newServer(t)
			c := s.client(t, version)
			if _, err := c.RegistryAdd(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.remove(s.registry(general, registryTree().with(tree{"README.md": "new"})))
			report, err := c.RegistryUpdate(t.Context())
			if minorOf(version) < 7 {
				if !errors.Is(err, pkgclient.ErrDownload) {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil || len(report.Warnings) != 1 || report.Registries[0].Tree != registryTree().sums().Full {
				t.Errorf("error %v, warnings %v, registries %v", err, report.Warnings, report.Registries)
			}
		})
	}
}

// TestCooldown: 1.9 and later leave a registry alone for a day after they updated it; 1.13
// counts its installation.
func TestCooldown(t *testing.T) {
	states := []tree{registryTree(), registryTree().with(tree{"README.md": "2"}), registryTree().with(tree{"README.md": "3"})}
	for _, version := range profiles {
		t.Run(version, func(t *testing.T) {
			s := newServer(t)
			dir := t.TempDir()
			add := func(state tree, wait time.Duration) *pkgclient.Report {
				s.registry(general, state)
				c := pkgclient.New(pkgclient.Julia(version), s.URL, dir)
				if wait > 0 {
					if _, err := c.UseLazy(t.Context(), "Nothing", "at all"); err == nil {
						t.Fatal("there is no such thing")
					}
					c.Wait(wait)
				}
				report, err := c.Add(t.Context(), "Wick")
				if err != nil {
					t.Fatal(err)
				}
				return report
			}
			add(states[0], 0)
			minor := minorOf(version)
			for i, wait := range []time.Duration{0, 0, 25 * time.Hour} {
				state := states[min(i+1, 2)]
				followed := add(state, wait).Registries[0].Tree == state.sums().Full
				want := minor < 9 || i == 0 && minor < 13 || i == 2
				if followed != want {
					t.Errorf("add %d, %v later: the registry was updated: %t, want %t", i+1, wait, followed, want)
				}
			}
		})
	}
}

// TestEncodedByServer has a web server that compresses for whoever sends Accept-Encoding, as one with
// "gzip on" for all types does: only 1.13 asks for it, and breaks.
func TestEncodedByServer(t *testing.T) {
	for _, version := range profiles {
		s := newServer(t)
		s.respond = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || r.URL.Path == "/registries" {
				return false
			}
			s.mu.Lock()
			body := s.files[r.URL.Path]
			s.mu.Unlock()
			var out bytes.Buffer
			g := gzip.NewWriter(&out)
			_, _ = g.Write(body)
			_ = g.Close()
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(out.Bytes())
			return true
		}
		_, err := s.client(t, version).Add(t.Context(), "Wick")
		if want := from(13, pkgclient.ErrArchive)(minorOf(version)); !errors.Is(err, want) {
			t.Errorf("Julia %s: %v, want %v", version, err, want)
		}
	}
}
