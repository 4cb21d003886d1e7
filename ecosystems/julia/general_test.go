package julia_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest/pkgclient"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// someJulias are versions that deal with servers in different ways.
var someJulias = []string{"1.4.2", "1.5.3", "1.6.7", "1.7.3", "1.8.5", "1.9.4", "1.10.10", "1.12.6", "1.13.0"}

// newSite is a world whose mirror has another registry than General.
func newSite(t *testing.T) (*world, *juliatest.Registry) {
	w := newWorld(t)
	w.Publish("Public", juliatest.Version{Number: "1.0.0"})
	site := w.AddRegistry("Site", uuid.UUID{})
	site.Publish("Base64Tools", juliatest.Version{Number: "0.9.0"})
	site.Publish("Secret", juliatest.Version{Number: "1.0.0", Deps: []string{"Base64Tools 0.9"}})
	w.options.Registries = []string{"Site"}
	return w, site
}

func TestEmptyGeneralKeepsClientsHere(t *testing.T) {
	w, _ := newSite(t)
	w.options.EmptyGeneral = true
	w.mustSync()
	if n := w.listed("registries", registry.General).Len(); n != 0 {
		t.Errorf("the empty General has %d packages", n)
	}
	w.served(func(url string) {
		for _, v := range someJulias {
			c := pkgclient.New(pkgclient.Julia(v), url, t.TempDir())
			ids := []uuid.UUID(nil)
			if v == "1.4.2" { // does not add what the server lists
				ids = []uuid.UUID{registry.General, w.siteUUID()}
			}
			if r, err := c.RegistryAdd(t.Context(), ids...); err != nil || len(r.Registries) != 2 {
				t.Errorf("Julia %s: registries %+v, error %v", v, r.Registries, err)
				continue
			}
			r, err := c.Add(t.Context(), "Secret")
			if err != nil || len(r.Escapes) > 0 || len(r.Misses()) > 0 || r.String() != "Base64Tools 0.9.0, Secret 1.0.0" {
				t.Errorf("Julia %s: %v with escapes %v, misses %v, error %v", v, r, r.Escapes, r.Misses(), err)
			}
			if _, err := c.Update(t.Context()); err != nil {
				t.Errorf("Julia %s: update: %v", v, err)
			}
		}
	})
}

// siteUUID returns the UUID of the registry that is not General.
func (w *world) siteUUID() uuid.UUID {
	w.t.Helper()
	for path := range w.root.Files() {
		if o, err := pkgserver.ParsePath(path); err == nil && o.Kind == "registry" && o.UUID != registry.General {
			return o.UUID
		}
	}
	w.t.Fatal("only General is published")
	return uuid.UUID{}
}

func TestWithoutGeneralClientsLookElsewhere(t *testing.T) {
	w, _ := newSite(t)
	o := w.mustSync()
	if n, ok := o.Notice("no-general"); !ok || !strings.Contains(n.Text, "empty_general = true") {
		t.Errorf("notices: %+v", o.Notices)
	}
	w.served(func(url string) {
		c := pkgclient.New(pkgclient.Julia("1.10.10"), url, t.TempDir())
		if r, err := c.RegistryAdd(t.Context()); !errors.Is(err, pkgclient.ErrEscape) {
			t.Errorf("got %v, error %v, which the notice says otherwise", r, err)
		}
	})
}

func TestGeneralIsNeverReplacedByAnEmptyOne(t *testing.T) {
	w, _ := newSite(t)
	w.options.EmptyGeneral = true
	w.mustSync()
	empty := w.listed("registries", registry.General).Hash()
	w.options.Registries = []string{"*"}
	o := w.mustSync()
	if _, ok := o.Notice("no-general"); ok {
		t.Error("a notice about General although it is here")
	}
	if r := w.listed("registries", registry.General); r.Hash() != w.Hash() {
		t.Errorf("General is listed as %s, upstream has %s", r.Hash(), w.Hash())
	}
	w.want(true, pkgserver.RegistryPath(registry.General, empty)) // which the older snapshot lists
}

func TestEmptyGeneralInAllLists(t *testing.T) {
	w, _ := newSite(t)
	w.options.EmptyGeneral, w.options.Flavor = true, "both"
	w.mustSync()
	for _, list := range []string{"registries", "registries.conservative", "registries.eager"} {
		w.listed(list, registry.General)
	}
	if o := w.sync(ecosystems.Selection{}); o.Err != nil || !o.Unchanged {
		t.Errorf("unchanged %v, error %v", o.Unchanged, o.Err)
	}
}
