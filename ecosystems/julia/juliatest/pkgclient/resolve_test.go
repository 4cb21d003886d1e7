package pkgclient_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest/pkgclient"
	"github.com/offmirror/offmirror/ecosystems/julia/manifest"
)

func TestResolve(t *testing.T) {
	tests := []struct {
		version string
		specs   string
		want    string // packages, or part of the error
		err     error
	}{
		{"1.12.6", "Lantern", "Lantern 1.1.0, Oil_jll 1.2.3+0, Wick 1.0.0", nil}, // 1.2.0 is yanked
		{"1.5.3", "Lantern", "Lantern 1.0.0, Oil_jll 1.2.3+0, Wick 0.3.1", nil},  // 1.1.0 wants Julia 1.6
		{"1.12.6", "Lantern@0", "Lantern 0.9.0, Wick 2.0.0", nil},                // says nothing about Wick
		{"1.12.6", "Lantern Wick@0.3.0", "Lantern 1.1.0, Oil_jll 1.2.3+0, Wick 0.3.0", nil},
		{"1.12.6", "Wick@2 Lantern", "Lantern 0.9.0, Wick 2.0.0", nil},                                // turns back
		{"1.12.6", "Lantern@1.1 Moth", "Lantern 1.1.0, Moth 1.0.0, Oil_jll 1.2.3+0, Wick 1.0.0", nil}, // weak compat
		{"1.8.5", "Lantern@1.1 Moth", "Lantern 1.1.0, Moth 2.0.0, Oil_jll 1.2.3+0, Wick 1.0.0", nil},  // not known yet
		{"1.12.6", "Dates Wick", "Wick 2.0.0", nil},
		{"1.12.6", wick.String(), "Wick 2.0.0", nil},
		{"1.12.6", "Wick=" + wick.String() + "@0.3-1", "Wick 1.0.0", nil},
		{"1.12.6", "Wick@2 Lantern@1", "Wick", pkgclient.ErrUnsatisfiable},
		{"1.12.6", "Lantern@1.2", "no version of Lantern", pkgclient.ErrUnsatisfiable},
		{"1.12.6", "Wick@0.1", "no version of Wick for Julia 1.12.6, the user wants 0.1", pkgclient.ErrUnsatisfiable},
		{"1.5.3", "Lantern@1.1", "no version of Lantern", pkgclient.ErrUnsatisfiable},
		{"1.12.6", "Candle", "Candle", pkgclient.ErrNotFound},
		{"1.5.3", "Artifacts", "Artifacts", pkgclient.ErrNotFound}, // comes with Julia from 1.6
	}
	for _, test := range tests {
		t.Run(test.version+" "+test.specs, func(t *testing.T) {
			s := newServer(t)
			report, err := s.client(t, test.version).Add(t.Context(), strings.Fields(test.specs)...)
			if test.err == nil && (err != nil || report.String() != test.want) {
				t.Fatalf("%s, %v; want %s", report, err, test.want)
			}
			if test.err == nil {
				return
			}
			if !errors.Is(err, test.err) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %v with %q", err, test.err, test.want)
			}
			if strings.Contains(classes(report.Paths()), "package") || len(report.Escapes) > 0 {
				t.Errorf("asked for %v, escapes %v", report.Paths(), report.Escapes)
			}
		})
	}
}

func TestBadSpecs(t *testing.T) {
	c := newServer(t).client(t, "1.12.6")
	for _, spec := range []string{"Wick@", "Wick@new", "Wick=1", ""} {
		if _, err := c.Add(t.Context(), spec); err == nil {
			t.Errorf("%q is accepted", spec)
		}
	}
}

// TestNames: a dependency that no registry knows is fatal as soon as it can be reached.
func TestNames(t *testing.T) {
	stranger := strings.Replace(wick.String(), "1111", "9999", 1)
	in := func(file, table string) tree {
		r := registryTree()
		r[file] += fmt.Sprintf("\n[%q]\nStranger = %q\n", table, stranger)
		return r
	}
	tests := []struct {
		name     string
		registry tree
		want     works
	}{
		{"of the newest", in("L/Lantern/Deps.toml", "1.1.0"), func(int) error { return pkgclient.ErrName }},
		{"of an old version", in("L/Lantern/Deps.toml", "0.9.0"), func(int) error { return pkgclient.ErrName }},
		{"weak", in("L/Lantern/WeakDeps.toml", "1.0.0"), from(9, pkgclient.ErrName)},
		{"of a yanked version", in("L/Lantern/Deps.toml", "1.2.0"), func(minor int) error {
			if minor == 4 || minor == 13 {
				return pkgclient.ErrName
			}
			return nil
		}},
		{"of a version that is not there", in("L/Lantern/Deps.toml", "3.0.0"), func(minor int) error {
			if minor == 4 || minor == 13 {
				return pkgclient.ErrName
			}
			return nil
		}},
		{"of another package", in("M/Moth/Deps.toml", "0-9"), from(9, pkgclient.ErrName)}, // Moth is a weak dependency
	}
	for _, test := range tests {
		for _, version := range profiles {
			t.Run(test.name+"/"+version, func(t *testing.T) {
				s := newServer(t)
				s.registry(general, test.registry)
				_, err := s.client(t, version).Add(t.Context(), "Lantern")
				want := test.want(minorOf(version))
				if !errors.Is(err, want) {
					t.Fatalf("error %v, want %v", err, want)
				}
				if want != nil && !strings.Contains(err.Error(), stranger) {
					t.Errorf("the error does not name it: %v", err)
				}
			})
		}
	}
}

// TestKeeps: what is there stays when something is added, and goes when it must.
func TestKeeps(t *testing.T) {
	s := newServer(t)
	dir := t.TempDir()
	for i, step := range []struct{ add, want string }{
		{"Wick@0.3.0", "Wick 0.3.0"},
		{"Lantern", "Lantern 1.1.0, Oil_jll 1.2.3+0, Wick 0.3.0"},
		{"Wick@1", "Lantern 1.1.0, Oil_jll 1.2.3+0, Wick 1.0.0"},
	} {
		c := pkgclient.New(pkgclient.Julia("1.10.9"), s.URL, dir)
		report, err := c.Add(t.Context(), step.add)
		if err != nil || report.String() != step.want {
			t.Errorf("step %d: %s, want %s: %v", i, report, step.want, err)
		}
		if p, ok := report.Package("Wick"); !ok || p.Installed != (i != 1) {
			t.Errorf("step %d: %+v", i, p)
		}
	}
}

// TestInstantiate takes the manifest of one machine to another, in the format of each version.
func TestInstantiate(t *testing.T) {
	for _, version := range profiles {
		t.Run(version, func(t *testing.T) {
			s := newServer(t)
			first := s.client(t, version)
			want, err := first.Add(t.Context(), "Lantern@1.0", "Dates")
			if err != nil {
				t.Fatal(err)
			}
			file, err := first.Manifest()
			if err != nil {
				t.Fatal(err)
			}
			m, err := manifest.Parse("Manifest.toml", file)
			if err != nil {
				t.Fatalf("%v\n%s", err, file)
			}
			if major := min(2, 1+minorOf(version)/7); m.Major != major {
				t.Errorf("format %d.%d, want %d", m.Major, m.Minor, major)
			}
			if !bytes.Contains(file, []byte("deps = [\"Dates\", \"Oil_jll\", \"Wick\"]")) {
				t.Errorf("the manifest lacks dependencies:\n%s", file)
			}
			second := s.client(t, version)
			report, err := second.Instantiate(t.Context(), file)
			if err != nil || report.String() != want.String() || len(report.Escapes)+len(report.Misses()) > 0 {
				t.Errorf("%s, want %s: %v", report, want, err)
			}
			if len(report.Artifacts) != 1 {
				t.Errorf("artifacts %v", report.Artifacts)
			}
			again, err := second.Instantiate(t.Context(), file)
			if err != nil || strings.Contains(classes(again.Paths()), "package") {
				t.Errorf("again: %v, %v", again.Paths(), err)
			}
		})
	}
}

func TestInstantiateFails(t *testing.T) {
	yanked := fmt.Sprintf("[[Lantern]]\nuuid = %q\nversion = \"1.2.0\"\ngit-tree-sha1 = %q\n", lantern, source("Lantern", "1.2.0").hash())
	s := newServer(t)
	if report, err := s.client(t, "1.6.7").Instantiate(t.Context(), []byte(yanked)); err != nil || report.String() != "Lantern 1.2.0" {
		t.Errorf("what is yanked can be pinned: %s, %v", report, err)
	}
	unknown := strings.Replace(yanked, "1111", "9999", 1)
	report, err := s.client(t, "1.6.7").Instantiate(t.Context(), []byte(unknown))
	if !errors.Is(err, pkgclient.ErrNotFound) || classes(report.Paths()) != "registries registries registry registries" {
		t.Errorf("unregistered: %v after %v", err, report.Paths())
	}
	newer := "manifest_format = \"2.0\"\n[deps]\n"
	if _, err := s.client(t, "1.5.3").Instantiate(t.Context(), []byte(newer)); !errors.Is(err, pkgclient.ErrManifest) {
		t.Errorf("1.5 reads format 2: %v", err)
	}
	if _, err := s.client(t, "1.6.7").Instantiate(t.Context(), []byte("[[")); !errors.Is(err, pkgclient.ErrManifest) {
		t.Errorf("broken: %v", err)
	}
}

// TestManifestRegistries: 1.13 installs what the manifest names if the server lists it, and would
// clone it otherwise.
func TestManifestRegistries(t *testing.T) {
	other := registryTree()
	other["Registry.toml"] = strings.NewReplacer(`"General"`, `"Night"`, general.String(), night.String()).Replace(other["Registry.toml"])
	for _, version := range []string{"1.12.6", "1.13.0"} {
		s := newServer(t)
		first := s.client(t, version)
		if _, err := first.Add(t.Context(), "Wick"); err != nil {
			t.Fatal(err)
		}
		file, err := first.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		file = append(file, fmt.Sprintf("\n[registries.Night]\nuuid = %q\nurl = \"https://git.example/Night.git\"\n", night)...)
		s.registry(night, other)
		for _, listed := range []bool{true, false} {
			c := s.client(t, version)
			if _, err := c.RegistryAdd(t.Context(), general); err != nil {
				t.Fatal(err)
			}
			if !listed {
				s.list(night, "")
			}
			report, err := c.Instantiate(t.Context(), file)
			want, escapes := 1, 0
			if version == "1.13.0" && listed {
				want = 2
			} else if version == "1.13.0" {
				escapes = 1
			}
			if len(report.Registries) != want || len(report.Escapes) != escapes || (err != nil) != (escapes > 0) {
				t.Errorf("Julia %s, listed %t: registries %v, escapes %v, %v", version, listed, report.Registries, report.Escapes, err)
			}
			if escapes > 0 && (report.String() != "Wick 2.0.0" || report.Escapes[0].URL != "https://git.example/Night.git") {
				t.Errorf("installed %s, escapes %v", report, report.Escapes)
			}
		}
	}
}

// TestSameNames: a package in two registries is one, two packages of a name are not.
func TestSameNames(t *testing.T) {
	s := newServer(t)
	twin := strings.Replace(wick.String(), "1111", "2222", 1)
	other := registryTree()
	other["Registry.toml"] = strings.NewReplacer(`"General"`, `"Night"`, general.String(), night.String(), moth.String(), twin, `"Moth"`, `"Wick"`, "M/Moth", "W/Wick2").Replace(other["Registry.toml"])
	other["W/Wick2/Package.toml"] = fmt.Sprintf("name = \"Wick\"\nuuid = %q\n", twin)
	other["W/Wick2/Versions.toml"] = fmt.Sprintf("[\"5.0.0\"]\ngit-tree-sha1 = %q\n", source("Wick", "5.0.0").hash())
	s.put("/package/"+twin+"/"+source("Wick", "5.0.0").hash().String(), gzipped(source("Wick", "5.0.0").tar("")))
	s.registry(night, other)
	c := s.client(t, "1.12.6")
	if _, err := c.Add(t.Context(), "Wick"); !errors.Is(err, pkgclient.ErrNotFound) || !strings.Contains(err.Error(), "2 packages") {
		t.Errorf("two of a name: %v", err)
	}
	if report, err := c.Add(t.Context(), twin); err != nil || report.String() != "Wick 5.0.0" {
		t.Errorf("%s, %v", report, err)
	}
	if report, err := c.Add(t.Context(), "Oil_jll"); err != nil || report.String() != "Oil_jll 1.2.3+0, Wick 5.0.0" {
		t.Errorf("%s, %v", report, err)
	}
}

// TestAllEscapes: packages that are missing together are reported together, in order, in one line.
func TestAllEscapes(t *testing.T) {
	s := newServer(t)
	first := s.client(t, "1.12.6")
	if _, err := first.Add(t.Context(), "Lantern"); err != nil {
		t.Fatal(err)
	}
	file, err := first.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	for path := range worldFiles() {
		if strings.HasPrefix(path, "/package/") {
			s.remove(path)
		}
	}
	report, err := s.client(t, "1.12.6").Instantiate(t.Context(), file)
	if !errors.Is(err, pkgclient.ErrEscape) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "(and 2 more)") {
		t.Errorf("error %v", err)
	}
	var names []string
	for _, e := range report.Escapes {
		names = append(names, e.Name+" by "+e.How)
	}
	if got := strings.Join(names, ", "); got != "Lantern 1.1.0 by download, Lantern 1.1.0 by git clone, Oil_jll 1.2.3+0 by download, Oil_jll 1.2.3+0 by git clone, Wick 1.0.0 by download, Wick 1.0.0 by git clone" {
		t.Errorf("escapes %s", got)
	}
	if len(report.Packages) > 0 {
		t.Errorf("the environment has %s", report)
	}
}
