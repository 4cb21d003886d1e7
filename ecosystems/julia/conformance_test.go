package julia_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

func TestConformance(t *testing.T) {
	for name, set := range map[string]func(*julia.Options){
		"everything": func(*julia.Options) {},
		"a pruned selection": func(o *julia.Options) {
			o.Packages, o.Platforms, o.LazyArtifacts = []string{"JSON@0.21"}, []string{"x86_64-linux-gnu"}, false
		},
		"both flavors and all registries, zstd too": func(o *julia.Options) {
			o.Flavor, o.Registries, o.Zstd = "both", []string{"*"}, true
		},
		"packages in the classic layout too": func(o *julia.Options) {
			o.Classic, o.MirrorName = []string{"packages"}, "mirror"
		},
		"another registry, and an empty General": func(o *julia.Options) {
			o.Registries, o.EmptyGeneral = []string{"Site"}, true
		},
	} {
		t.Run(name, func(t *testing.T) {
			ecosystemtest.Run(t, ecosystemtest.Suite{
				Ecosystem: julia.Ecosystem(),
				Upstream: func(t *testing.T) ecosystemtest.Upstream {
					return examined(t, set)
				},
			})
		})
	}
}

// examined starts an upstream with something of everything, and describes it to the
// conformance suite.
func examined(t *testing.T, set func(*julia.Options)) ecosystemtest.Upstream {
	var active sync.WaitGroup // answers under way: they are in the log only when they have ended
	var up *juliatest.Upstream
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		active.Add(1)
		defer active.Done()
		up.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	// The URL is part of what is published, and must be the same each time.
	up = juliatest.New()
	up.Publish("Parsers", juliatest.Version{Number: "2.8.0"})
	up.Publish("JSON", juliatest.Version{Number: "0.20.0"})
	up.Publish("JSON", juliatest.Version{Number: "0.21.4", Deps: []string{"Dates", "Parsers 2", "Zlib_jll"}})
	up.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu", "aarch64-apple-darwin")
	up.Publish("Data", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{{Name: "data", Lazy: true}}})
	site := up.AddRegistry("Site", uuid.UUID{})
	site.Publish("Secret", juliatest.Version{Number: "1.0.0", Deps: []string{"JSON"}})

	o := julia.Ecosystem().Options().(*julia.Options)
	o.Upstream = server.URL
	set(o)
	return ecosystemtest.Upstream{
		Options: o,
		Requests: func() []string {
			active.Wait()
			var paths []string
			for _, r := range up.Requests() {
				if r.Method == http.MethodGet {
					paths = append(paths, r.Path)
				}
			}
			return paths
		},
		Index: func(path string) bool { return strings.HasPrefix(path, "registr") },
		Publish: func(*testing.T) {
			up.Publish("JSON", juliatest.Version{Number: "0.21.5"})
			site.Publish("Secret", juliatest.Version{Number: "1.1.0"})
		},
		// Names become paths in the tarballs of registries only.
		Attack: func(*testing.T) {
			up.Publish("JSON", juliatest.Version{Number: "0.21.6"})
			site.Publish("Secret", juliatest.Version{Number: "1.2.0"})
			for _, r := range []*juliatest.Registry{up.Registry, site} {
				up.TamperTar(pkgserver.RegistryPath(r.UUID(), r.Hash()), juliatest.RenameMembers(func(name string) string { return "../" + name }))
			}
		},
	}
}

// Registries and packages in git make requests that are no HTTP.
func TestConformanceOfGit(t *testing.T) {
	ecosystemtest.Run(t, ecosystemtest.Suite{
		Ecosystem: julia.Ecosystem(),
		Upstream: func(t *testing.T) ecosystemtest.Upstream {
			dir := t.TempDir()
			up := juliatest.New(juliatest.WithRepos("file://" + dir))
			write := func(t *testing.T) {
				if err := up.WriteGit(t.Context(), dir); err != nil {
					t.Fatal(err)
				}
			}
			corp := up.AddRegistry("Corp", uuid.UUID{})
			corp.Publish("Tools", juliatest.Version{Number: "1.0.0"})
			corp.Publish("Models", juliatest.Version{Number: "0.3.0", Deps: []string{"Dates", "Tools 1"}})
			write(t)
			o := julia.Ecosystem().Options().(*julia.Options)
			o.Upstream, o.Registries, o.EmptyGeneral, o.Zstd = "", nil, true, true
			o.Registry = []julia.GitRegistry{{URL: "file://" + dir + "/Corp.git"}}
			return ecosystemtest.Upstream{
				Options:  o,
				Requests: func() []string { return nil },
				Index:    func(string) bool { return true },
				Publish: func(t *testing.T) {
					corp.Publish("Models", juliatest.Version{Number: "0.4.0"})
					write(t)
				},
			}
		},
	})
}
