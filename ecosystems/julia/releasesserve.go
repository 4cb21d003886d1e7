package julia

import (
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// serveJulias answers for the lists that name the mirror's own URL, which is the one that
// the client has asked for, and leaves the rest to next. A static web server has these lists only if
// base_url is set.
func serveJulias(view layout.View, next http.Handler) http.Handler {
	local := &localLists{
		view:     view,
		versions: sync.OnceValues(func() (*releases.Index, error) { return mirroredVersions(view) }),
	}
	isList := func(path string) bool { return path == localVersionsPath || path == nightliesPath }
	return serve.Before(next, isList, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		var data []byte
		var err error
		switch path := serve.NativePath(r.URL.Path); path {
		case localVersionsPath:
			data, err = local.versionsAt(serve.BaseURL(r))
		case nightliesPath:
			data, err = local.nightliesAt(serve.BaseURL(r))
		}
		switch {
		case err != nil:
			slog.Error("cannot serve a list; offmirror verify names all damaged files", "path", r.URL.Path, "error", err)
			http.Error(w, "this list is damaged on the mirror", http.StatusInternalServerError)
		case data == nil:
			next.ServeHTTP(w, r)
		default:
			serve.Made(w, r, "application/json", data)
		}
	}))
}

type localLists struct {
	view     layout.View
	versions func() (*releases.Index, error) // of what is here; nil without releases
}

func (l *localLists) versionsAt(base string) ([]byte, error) {
	ix, err := l.versions()
	if err != nil || ix == nil {
		return nil, err
	}
	return ix.Rewrite(base, func(releases.Release, releases.File) bool { return true })
}

func (l *localLists) nightliesAt(base string) ([]byte, error) {
	data, err := readEntry(l.view, nightliesPath, maxVersions)
	if err != nil || data == nil {
		return nil, err
	}
	return releases.RewriteNightlies(data, base, func(path string) bool {
		_, here := l.view.Lookup(path)
		return here
	})
}

// mirroredVersions reads the list of releases and reduces it to what is here, which is
// little beside the whole.
func mirroredVersions(view layout.View) (*releases.Index, error) {
	data, err := readEntry(view, releases.VersionsPath, maxVersions)
	if err != nil || data == nil {
		return nil, err
	}
	ix, err := releases.Parse(data)
	if err != nil {
		return nil, err
	}
	data, err = ix.Rewrite(releases.Server, func(_ releases.Release, f releases.File) bool {
		e, ok := view.Lookup(f.Path)
		return ok && e.Object.String() == f.SHA256.Hex
	})
	if err != nil {
		return nil, err
	}
	return releases.Parse(data)
}

// readEntry reads a file of a snapshot whole. There may be none: then there are no bytes.
func readEntry(view layout.View, path string, most int64) ([]byte, error) {
	e, ok := view.Lookup(path)
	if !ok || e.IsLink() {
		return nil, nil
	}
	if e.Size > most {
		return nil, fmt.Errorf("%s has %d bytes, and %d are allowed", path, e.Size, most)
	}
	f, err := view.Open(e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, e.Size)
}
