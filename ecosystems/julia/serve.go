package julia

import (
	"net/http"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// Serve implements [ecosystems.Driver].
//
// What is named by its content never changes and may be cached for ever. The types are
// those of package servers; clients look at neither. Those that ask for zstd (Julia
// 1.13) get the variant beside a tarball, if the mirror keeps it; whoever asks for the
// length by HEAD, as package servers do of their upstream, learns it.
//
// Differences between states, registry/UUID/NEW-OLD, were once proposed and never asked
// for. They are not there, like anything else that is no file of the tree. The bare
// repositories of the classic layout are served to git as such.
//
// Where the list of the preferred flavor is here too, it is the answer to who sends
// Julia-Registry-Preference. Package servers redirect to it; not all proxies like that.
func (d *driver) Serve(view layout.View) http.Handler {
	static := serve.Static(view, policy, serve.ContentTypes(contentType), serve.ZstdVariants(isObject))
	return gitrepo.Serve(view, serveJulias(view, serveFlavor(view, static)))
}

// preference is a header that clients make of JULIA_PKG_SERVER_REGISTRY_PREFERENCE.
const preference = "Julia-Registry-Preference"

// serveFlavor lets clients choose among lists.
func serveFlavor(view layout.View, next http.Handler) http.Handler {
	_, conservative := view.Lookup(pkgserver.Conservative.Path())
	_, eager := view.Lookup(pkgserver.Eager.Path())
	if !conservative || !eager {
		return next
	}
	isChoice := func(path string) bool { return path == pkgserver.RegistriesPath }
	return serve.Before(next, isChoice, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if serve.NativePath(r.URL.Path) != pkgserver.RegistriesPath {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Vary", preference)
		switch flavor := pkgserver.Flavor(r.Header.Get(preference)); flavor {
		case pkgserver.Conservative, pkgserver.Eager:
			u := *r.URL
			u.Path, u.RawPath = "/"+flavor.Path(), ""
			r = r.WithContext(r.Context())
			r.URL = &u
		}
		next.ServeHTTP(w, r)
	}))
}

// isObject reports whether a path is that of a tarball which is named by its content.
func isObject(path string) bool {
	_, err := pkgserver.ParsePath(path)
	return err == nil
}

// policy tells what is named by its content.
func policy(path string) serve.Class {
	if isObject(strings.TrimSuffix(path, serve.ZstdSuffix)) {
		return serve.Immutable
	}
	if f, ok := classic.ParsePackageFile(strings.TrimPrefix(path, classicRoot)); ok && !f.Tree.IsZero() {
		return serve.Immutable // made of a tree in a normal form, whenever
	}
	return serve.Revalidate
}

func contentType(path string) string {
	switch {
	case isList(path):
		return "text/plain; charset=utf-8"
	case path == metaPath || strings.HasSuffix(path, ".json"):
		return "application/json"
	case isObject(path):
		return "application/x-gzip"
	}
	if object, variant := strings.CutSuffix(path, serve.ZstdSuffix); variant && isObject(object) {
		return "application/zstd"
	}
	return ""
}

// isList reports whether a path is that of a list of registries.
func isList(path string) bool {
	return path == pkgserver.RegistriesPath || path == pkgserver.Conservative.Path() || path == pkgserver.Eager.Path()
}
