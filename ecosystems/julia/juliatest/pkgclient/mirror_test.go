package pkgclient_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest/pkgclient"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/layout"
)

// mirrored is a mirror of an upstream, below /julia of a web server.
type mirrored struct {
	up      *juliatest.Upstream
	options *julia.Options
	root    *ecosystemtest.Root
	url     string
}

func newMirror(t *testing.T, set func(*julia.Options)) *mirrored {
	m := &mirrored{up: juliatest.New(), root: ecosystemtest.NewRoot(t, julia.Ecosystem())}
	publish(m.up)
	upstream := httptest.NewServer(m.up)
	t.Cleanup(upstream.Close)
	m.options = julia.Ecosystem().Options().(*julia.Options)
	m.options.Upstream = upstream.URL
	set(m.options)
	web := httptest.NewServer(http.StripPrefix("/julia", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.root.Current(func(view layout.View) { m.driver(t).Serve(view).ServeHTTP(w, r) })
	})))
	t.Cleanup(web.Close)
	m.url = web.URL + "/julia"
	return m
}

func (m *mirrored) driver(t *testing.T) ecosystems.Driver {
	d, err := julia.New(m.options)
	if err != nil {
		t.Error(err)
	}
	return d
}

func (m *mirrored) sync(t *testing.T) {
	t.Helper()
	if o := m.root.Sync(m.driver(t), ecosystems.Selection{AllowRollback: true}); o.Err != nil {
		t.Fatal(o.Err)
	}
}

// clean fails unless a command got all that it wanted from the mirror.
func clean(t *testing.T, r *pkgclient.Report, err error) {
	t.Helper()
	if err != nil || len(r.Escapes)+len(r.Misses())+len(r.Warnings) > 0 {
		t.Errorf("%v\nescapes: %v\nmisses: %v\nwarnings: %v", err, r.Escapes, r.Misses(), r.Warnings)
	}
}

// TestMirror has every version install, update and follow back from mirrors, whole and pruned.
func TestMirror(t *testing.T) {
	for name, set := range map[string]func(*julia.Options){
		"whole":       func(*julia.Options) {},
		"pruned":      func(o *julia.Options) { o.Packages = []string{"JSON@0.21", "Data"} },
		"one machine": func(o *julia.Options) { o.Platforms = []string{"x86_64-linux-gnu"} },
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t, set)
			m.sync(t)
			sessions := map[string]*pkgclient.Client{}
			for _, version := range []string{"1.4.2", "1.5.3", "1.7.3", "1.9.4", "1.12.6", "1.13.0"} {
				c := pkgclient.New(pkgclient.Julia(version), m.url, t.TempDir())
				sessions[version] = c
				report, err := c.Add(t.Context(), "JSON", "Data")
				clean(t, report, err)
				if p, _ := report.Package("JSON"); p.Version.String() != "0.21.4" {
					t.Errorf("Julia %s: installed %s", version, report)
				}
				report, err = c.UseLazy(t.Context(), "Data", "lazy")
				clean(t, report, err)
				file, err := c.Manifest()
				if err != nil {
					t.Fatal(err)
				}
				report, err = pkgclient.New(pkgclient.Julia(version), m.url, t.TempDir()).Instantiate(t.Context(), file)
				clean(t, report, err)
			}
			m.up.Publish("JSON", juliatest.Version{Number: "0.21.5", Deps: []string{"Parsers 2"}})
			m.sync(t)
			for version, c := range sessions {
				report, err := c.Update(t.Context())
				clean(t, report, err)
				if p, _ := report.Package("JSON"); p.Version.String() != "0.21.5" || !p.Installed {
					t.Errorf("Julia %s: updated to %s", version, report)
				}
			}
			m.up.RollBack(1)
			m.sync(t)
			for version, c := range sessions {
				report, err := c.Update(t.Context())
				clean(t, report, err)
				if p, _ := report.Package("JSON"); p.Version.String() != "0.21.4" || p.Installed {
					t.Errorf("Julia %s: rolled back to %s", version, report)
				}
			}
		})
	}
}

// TestPruned: what the mirror lacks is not found by the resolver, and nobody is asked for it.
func TestPruned(t *testing.T) {
	m := newMirror(t, func(o *julia.Options) { o.Packages = []string{"JSON@0.21"} })
	m.sync(t)
	for _, version := range profiles {
		for _, spec := range []string{"JSON@0.20", "Data"} {
			report, err := pkgclient.New(pkgclient.Julia(version), m.url, t.TempDir()).Add(t.Context(), spec)
			if !errors.Is(err, pkgclient.ErrUnsatisfiable) || len(report.Escapes) > 0 || strings.Contains(classes(report.Paths()), "package") {
				t.Errorf("Julia %s, %s: %v, escapes %v after %v", version, spec, err, report.Escapes, report.Paths())
			}
		}
	}
}

// TestMirrorZstd: of a mirror with both variants 1.13 gets zstd, and all others gzip.
func TestMirrorZstd(t *testing.T) {
	m := newMirror(t, func(o *julia.Options) { o.Zstd = true })
	m.up.Serve(juliatest.ServeAsked)
	m.sync(t)
	for version, file := range map[string]string{"1.5.3": "General", "1.12.6": "General.tar.gz", "1.13.0": "General.tar.zst"} {
		c := pkgclient.New(pkgclient.Julia(version), m.url, t.TempDir())
		report, err := c.Add(t.Context(), "JSON", "Data")
		clean(t, report, err)
		if got := report.Registries[0].File; got != "registries/"+file {
			t.Errorf("Julia %s keeps the registry in %s", version, got)
		}
	}
}

// TestMirrorOfAnotherRegistry: without General a first use ends at GitHub; an empty one is enough.
func TestMirrorOfAnotherRegistry(t *testing.T) {
	for _, general := range []bool{false, true} {
		m := newMirror(t, func(o *julia.Options) { o.Registries, o.EmptyGeneral = []string{"Site"}, general })
		m.up.AddRegistry("Site", uuid.UUID{}).Publish("Secret", juliatest.Version{Number: "1.0.0", Deps: []string{"Dates"}})
		m.sync(t)
		for _, version := range profiles {
			c := pkgclient.New(pkgclient.Julia(version), m.url, t.TempDir())
			if minorOf(version) == 4 { // it installs by itself nothing but General
				continue
			}
			report, err := c.Add(t.Context(), "Secret")
			if !general {
				if !errors.Is(err, pkgclient.ErrEscape) || len(report.Escapes) != 1 || report.Escapes[0].How != "git clone" {
					t.Errorf("Julia %s without General: %v, escapes %v", version, err, report.Escapes)
				}
				continue
			}
			clean(t, report, err)
			if report.String() != "Secret 1.0.0" || len(report.Registries) != 2 {
				t.Errorf("Julia %s: %s from %v", version, report, report.Registries)
			}
		}
	}
}
