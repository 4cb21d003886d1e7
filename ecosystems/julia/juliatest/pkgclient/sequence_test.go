package pkgclient_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest/pkgclient"
)

// TestSequences compares what each version asks for with what its source says, and Julia 1.5 with
// what it was seen to do.
func TestSequences(t *testing.T) {
	const packages = "package package package"
	for version, want := range map[string][3]string{
		// a fresh depot, the same again in a new session, an update in a third
		"1.4.2":  {"registries registry package package package artifact", "registries", "registries"},
		"1.5.3":  {"registries registries registry package package package artifact", "registries", "registries"},
		"1.6.7":  {"registries registries registry " + packages + " artifact", "registries", "registries"},
		"1.7.3":  {"registries registries registry registries " + packages + " artifact", "registries", "registries"},
		"1.8.5":  {"registries registries registry registries registries " + packages + " artifact", "registries", "registries"},
		"1.9.4":  {"registries registries registry registries registries " + packages + " artifact", "registries", "registries"},
		"1.12.6": {"registries registries registry registries registries " + packages + " artifact", "registries", "registries"},
		"1.13.0": {"registries registries registry registries registries " + packages + " registries artifact", "registries registries", "registries"},
	} {
		t.Run(version, func(t *testing.T) {
			s := newServer(t)
			dir := t.TempDir()
			session := func() *pkgclient.Client { return pkgclient.New(pkgclient.Julia(version), s.URL, dir) }
			first, err := session().Add(t.Context(), "Lantern@1.0")
			if err != nil {
				t.Fatal(err)
			}
			second, err := session().Add(t.Context(), "Lantern@1.0")
			if err != nil {
				t.Fatal(err)
			}
			third, err := session().RegistryUpdate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got := [3]string{classes(first.Paths()), classes(second.Paths()), classes(third.Paths())}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if n := len(first.Misses()) + len(first.Escapes) + len(first.Warnings); n > 0 {
				t.Errorf("%d misses, escapes and warnings: %v %v %v", n, first.Misses(), first.Escapes, first.Warnings)
			}
			if diff := cmp.Diff("Lantern 1.0.0, Oil_jll 1.2.3+0, Wick 0.3.1", first.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	common := []string{"Accept", "Julia-Ci-Variables", "Julia-Interactive", "Julia-Pkg-Protocol", "Julia-System", "Julia-Version", "User-Agent"}
	for version, more := range map[string][]string{
		"1.4.2":  nil,
		"1.5.3":  nil,
		"1.6.7":  {"Julia-Pkg-Server", "Julia-Registry-Preference"},
		"1.12.6": {"Julia-Pkg-Server", "Julia-Registry-Preference"},
		"1.13.0": {"Julia-Pkg-Server", "Julia-Registry-Preference"},
	} {
		t.Run(version, func(t *testing.T) {
			s := newServer(t)
			c := s.client(t, version)
			c.Env = map[string]string{"JULIA_PKG_SERVER_REGISTRY_PREFERENCE": "eager", "CI": "yes", "TRAVIS": "perhaps"}
			if _, err := c.Add(t.Context(), "Lantern"); err != nil {
				t.Fatal(err)
			}
			for _, r := range s.asked {
				var got []string
				for name := range r.Header {
					if name != "Accept-Encoding" {
						got = append(got, name)
					}
				}
				slices.Sort(got)
				if diff := cmp.Diff(slices.Sorted(slices.Values(append(slices.Clone(common), more...))), got); diff != "" {
					t.Errorf("%s: headers (-want +got):\n%s", r.URL.Path, diff)
				}
				want := ""
				if version == "1.13.0" && r.URL.Path != "/registries" {
					want = "zstd, gzip"
				}
				if got := r.Header.Get("Accept-Encoding"); got != want {
					t.Errorf("%s: Accept-Encoding %q, want %q", r.URL.Path, got, want)
				}
				if got := r.Header.Get("Julia-CI-Variables"); !strings.HasPrefix(got, "APPVEYOR=n;CI=t;CI_SERVER=n;") || !strings.HasSuffix(got, ";TRAVIS=o") {
					t.Errorf("Julia-CI-Variables: %s", got)
				}
				if got := r.Header.Get("Julia-Version"); got != version {
					t.Errorf("Julia-Version %q, want %q", got, version)
				}
			}
		})
	}
}

// TestWindows: there 1.13 does not ask for registries in zstd.
func TestWindows(t *testing.T) {
	s := newServer(t)
	c := s.client(t, "1.13.0")
	c.Platform = "x86_64-w64-mingw32"
	if _, err := c.Add(t.Context(), "Oil_jll"); err != nil {
		t.Fatal(err)
	}
	for _, r := range s.asked {
		want := strings.HasPrefix(r.URL.Path, "/package/") || strings.HasPrefix(r.URL.Path, "/artifact/")
		if got := r.Header.Get("Accept-Encoding") != ""; got != want {
			t.Errorf("%s: Accept-Encoding sent: %t, want %t", r.URL.Path, got, want)
		}
	}
}
