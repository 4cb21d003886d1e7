package gitrepo

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// ServeOptions bound what clients may cost. The zero ServeOptions are fine.
type ServeOptions struct {
	Concurrency int           // transfers at once; default 32
	PerClient   int           // transfers at once of one client; default 16
	Wait        time.Duration // for room; default 15 s. Who has waited so long is told to come again
	Timeout     time.Duration // of one answer; default 1 hour
	Stall       time.Duration // in which a client takes a piece of 64 KiB of it; default 2 minutes
	MaxAnswer   int64         // bytes of one answer; default 64 GiB
	MaxRequest  int64         // bytes of a request as sent; default 64 MiB
}

// Handler serves the repositories below root to git clients over smart HTTP, read only: the paths
// are /HOST/PATH.git/info/refs and /HOST/PATH.git/git-upload-pack, so whoever mounts it
// elsewhere strips the prefix. The transfer itself is git's own ("git http-backend").
//
// Any object may be asked for by its id, which is how a commit that upstream has since
// rewritten is fetched. Pushing is refused with 403, everything else is 404; nothing is
// served that lies outside of root, whatever links there are. It never dials out. The
// caller keeps root open.
func Handler(git *Git, root *os.Root, o ServeOptions) (http.Handler, error) {
	dir, err := filepath.Abs(root.Name())
	if err != nil {
		return nil, err
	}
	o = o.withDefaults()
	return &handler{git: git, root: root, dir: dir, o: o, turnstile: newTurnstile(o)}, nil
}

type handler struct {
	git       *Git
	root      *os.Root
	dir       string
	o         ServeOptions
	turnstile *turnstile
}

// service is one kind of request that git clients make.
type service struct {
	method, suffix, contentType string
}

var services = []service{
	{http.MethodGet, "/info/refs", ""},
	{http.MethodPost, "/git-upload-pack", "application/x-git-upload-pack-request"},
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/git-receive-pack") || r.URL.Query().Get("service") == "git-receive-pack" {
		refuse(w, http.StatusForbidden, "this mirror is read only")
		return
	}
	s, name, ok := route(r)
	if !ok || !h.isRepository(name) {
		refuse(w, http.StatusNotFound, "not found")
		return
	}
	h.serve(w, r, &s, func() (string, error) { return name, nil })
}

// serve answers a request of one service with the repository that prepare names, relative
// to the handler's folder. It is prepared once the request has been looked at and is let in.
func (h *handler) serve(w http.ResponseWriter, r *http.Request, s *service, prepare func() (name string, err error)) {
	switch {
	case r.Method != s.method:
		w.Header().Set("Allow", s.method)
		refuse(w, http.StatusMethodNotAllowed, "want "+s.method)
		return
	case s.contentType != "" && r.Header.Get("Content-Type") != s.contentType:
		refuse(w, http.StatusUnsupportedMediaType, "want "+s.contentType)
		return
	case s.suffix == "/info/refs" && r.URL.Query().Get("service") != "git-upload-pack":
		refuse(w, http.StatusNotFound, "only smart HTTP is served: git-upload-pack")
		return
	case r.ContentLength > h.o.MaxRequest:
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("more than %d bytes", h.o.MaxRequest))
		return
	}
	leave, ok := h.turnstile.enter(r.Context(), r.RemoteAddr)
	if !ok {
		w.Header().Set("Retry-After", "5")
		refuse(w, http.StatusServiceUnavailable, "too many transfers at once, try again in a moment")
		return
	}
	defer leave()
	name, err := prepare()
	if err != nil {
		slog.Error("cannot serve a repository", "path", r.URL.Path, "error", err)
		refuse(w, http.StatusInternalServerError, "git cannot serve this repository")
		return
	}
	if err := h.backend(w, r, s, name); err != nil {
		if bad, ok := errors.AsType[*requestError](err); ok {
			refuse(w, bad.status, bad.Error())
			return
		}
		if _, unanswered := errors.AsType[*unansweredError](err); unanswered {
			refuse(w, http.StatusInternalServerError, "git cannot serve this repository")
			return
		}
		panic(http.ErrAbortHandler) // the client must not take it for the whole
	}
}

func refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Cache-Control", "no-cache")
	http.Error(w, text, status)
}

// route finds the repository that a request is about.
func route(r *http.Request) (s service, name string, ok bool) {
	p := path.Clean("/" + r.URL.Path)
	for _, s := range services {
		if name, ok := strings.CutSuffix(p, s.suffix); ok && len(name) > 1 {
			return s, name[1:], true
		}
	}
	return service{}, "", false
}

// isRepository tells whether a name is that of a repository below root.
func (h *handler) isRepository(name string) bool {
	if !strings.HasSuffix(name, Suffix) || strings.HasPrefix(name, ".") || strings.ContainsAny(name, "\\\x00\n") || len(name) > maxName {
		return false
	}
	head, err := h.root.Stat(path.Join(name, "HEAD"))
	if err != nil || !head.Mode().IsRegular() {
		return false
	}
	objects, err := h.root.Stat(path.Join(name, "objects"))
	return err == nil && objects.IsDir()
}
