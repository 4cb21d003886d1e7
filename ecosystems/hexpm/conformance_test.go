package hexpm_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
	"github.com/offmirror/offmirror/ecosystems/hexpm"
	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

func TestConformance(t *testing.T) {
	for name, set := range map[string]func(*hexpm.Options){
		"everything": func(*hexpm.Options) {},
		"a filtered selection": func(o *hexpm.Options) {
			o.Packages, o.Index, o.Docs = []string{"plug ~> 1.15", "jason"}, "filtered", true
		},
	} {
		t.Run(name, func(t *testing.T) {
			ecosystemtest.Run(t, ecosystemtest.Suite{
				Ecosystem: hexpm.Ecosystem(),
				Upstream: func(t *testing.T) ecosystemtest.Upstream {
					w := newSerialWorld(t)
					set(w.options)
					if w.options.Index == "filtered" {
						w.options.SigningKey = w.siteKey()
					}
					return w.suite()
				},
			})
		})
	}
}

// suite describes the world to the conformance suite, with something of
// everything in it.
func (w *world) suite() ecosystemtest.Upstream {
	w.small()
	w.PublishDocs("jason", "1.4.1", "documentation")
	w.PublishInstaller(hexpmtest.Installer{Tool: "hex", Version: "2.2.1", Elixir: []string{"1.18.0"}, OTP: "27", Data: []byte("archive")})
	w.options.Installs = "latest"
	acme := w.AddRepository("acme", "")
	acme.Publish("secret", "1.0.0", hexpmtest.Dependency(registry.Dependency{Package: "jason", Requirement: "~> 1.0", Repository: "hexpm"}))
	w.options.Repositories = []hexpm.Repository{{Name: "acme"}}
	return ecosystemtest.Upstream{
		Options: w.options,
		Requests: func() []string {
			var paths []string
			for _, r := range w.Requests() {
				if r.Method == "GET" {
					paths = append(paths, r.Path)
				}
			}
			return paths
		},
		Index: func(path string) bool {
			return !slices.ContainsFunc([]string{"tarballs/", "docs/", ".ez"}, func(s string) bool { return strings.Contains(path, s) })
		},
		Publish: func(*testing.T) { w.Publish("jason", "1.4.2") },
		Attack: func(*testing.T) {
			names := registry.Names{Repository: "hexpm", Packages: []registry.NamedPackage{{Name: "..", UpdatedAt: w.root.Now()}}}
			w.Tamper("names", func([]byte) []byte { return w.seal(names.Marshal()) })
		},
	}
}
