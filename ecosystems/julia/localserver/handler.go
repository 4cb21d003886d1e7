package localserver

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/fetch/stream"
	"github.com/offmirror/offmirror/layout/serve"
)

const (
	tarballType = "application/x-gzip"
	listType    = "text/plain; charset=utf-8"

	// What clients say about themselves; see flavorOf.
	preferenceHeader = "Julia-Registry-Preference"
	ciHeader         = "Julia-CI-Variables"
)

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		serve.Refuse(w, http.StatusMethodNotAllowed, "only GET and HEAD are possible")
		return
	}
	switch path := serve.NativePath(r.URL.Path); path {
	case pkgserver.RegistriesPath:
		w.Header().Set("Vary", preferenceHeader+", "+ciHeader)
		s.serveList(w, r, flavorOf(r))
	case pkgserver.Conservative.Path():
		s.serveList(w, r, pkgserver.Conservative)
	case pkgserver.Eager.Path():
		s.serveList(w, r, pkgserver.Eager)
	case "meta":
		s.serveMeta(w, r)
	default:
		o, err := pkgserver.ParsePath(path)
		if err != nil {
			serve.NotFound(w, r)
			return
		}
		s.serveObject(w, r, o)
	}
}

// flavorOf is the choice of package servers: what the client says, or else the eager flavor for what
// seems to be a CI job, and the conservative one for everybody else.
func flavorOf(r *http.Request) pkgserver.Flavor {
	switch flavor := pkgserver.Flavor(r.Header.Get(preferenceHeader)); flavor {
	case pkgserver.Conservative, pkgserver.Eager:
		return flavor
	}
	if strings.Contains(r.Header.Get(ciHeader), "=t") {
		return pkgserver.Eager
	}
	return pkgserver.Conservative
}

func (s *Server) serveList(w http.ResponseWriter, r *http.Request, flavor pkgserver.Flavor) {
	list, err := s.list(r.Context(), flavor)
	if r.Context().Err() != nil {
		return
	}
	if err != nil {
		s.log.Warn("no list of registries", "error", err)
		w.Header().Set("Retry-After", "10")
		serve.Refuse(w, http.StatusServiceUnavailable, serve.Reason(err))
		return
	}
	serve.Made(w, r, listType, pkgserver.FormatRegistries(list))
}

// serveObject answers with what is here, or with what is being fetched as it arrives.
func (s *Server) serveObject(w http.ResponseWriter, r *http.Request, o pkgserver.Object) {
	path := o.Path()
	if s.shelf.ready(r.Context(), path) {
		s.static.ServeHTTP(w, r)
		return
	}
	if err := s.failures.recent(path, s.extent()); err != nil {
		s.explain(w, err)
		return
	}
	err := s.obtaining(o).Answer(w, r, http.Header{
		"Content-Type":           {tarballType},
		"Cache-Control":          {"public, max-age=31536000, immutable"},
		"X-Content-Type-Options": {"nosniff"},
		"X-Cache-Miss":           {"miss"}, // as package servers have it
	})
	switch {
	case err == nil, r.Context().Err() != nil:
	case errors.Is(err, stream.ErrWhole):
		s.static.ServeHTTP(w, r)
	default:
		s.explain(w, err)
	}
}

// explain answers with why an object cannot be had. Clients go on to their next source after any of these.
func (s *Server) explain(w http.ResponseWriter, err error) {
	switch {
	case absent(err):
		serve.Refuse(w, http.StatusNotFound, serve.Reason(err))
	case errors.Is(err, stream.ErrBusy), errors.Is(err, stream.ErrClosed):
		w.Header().Set("Retry-After", "5")
		serve.Refuse(w, http.StatusServiceUnavailable, serve.Reason(err))
	case ours(err):
		serve.Refuse(w, http.StatusInternalServerError, "this server cannot keep it; its log says why")
	default:
		serve.Refuse(w, http.StatusBadGateway, serve.Reason(err))
	}
}

// ours reports whether it is this machine that fails, whose paths are nobody's business.
func ours(err error) bool {
	_, file := errors.AsType[*fs.PathError](err)
	return file || fetch.IsLocal(err) || errors.Is(err, store.ErrFull)
}
