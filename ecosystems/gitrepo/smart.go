package gitrepo

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// Serve answers git clients for the bare repositories that are part of a snapshot, as
// [Repo.Export] makes them, over smart HTTP and read only:
//
//	…/NAME.git/info/refs?service=git-upload-pack
//	…/NAME.git/git-upload-pack
//
// Pushing is refused with 403. Everything else is for static, the repositories' files too, which
// is all that git needs where it finds no smart server. If this machine has no git, that is
// what happens to all requests, and the log says so once.
//
// Of the snapshot, only HEAD, packed-refs and the packs are shown to git, and never its config, hooks and
// alternates: it may come from anybody. All handlers of a process share the bounds of the zero
// [ServeOptions].
func Serve(view layout.View, static http.Handler) http.Handler { return shared.Serve(view, static) }

var shared = NewSmart(Options{}, ServeOptions{})

// Smart is what the handlers of several snapshots have in common: the git program, which is looked
// for when the first client comes, and the bounds.
type Smart struct {
	o         ServeOptions
	turnstile *turnstile
	find      func() *Git // nil without git
}

// NewSmart returns a Smart that calls git as o says.
func NewSmart(o Options, bounds ServeOptions) *Smart {
	bounds = bounds.withDefaults()
	return &Smart{o: bounds, turnstile: newTurnstile(bounds), find: sync.OnceValue(func() *Git {
		git, err := New(context.Background(), o)
		if err != nil {
			slog.Warn("repositories are served as plain files only, which some git clients do not understand", "error", err)
			return nil
		}
		return git
	})}
}

func (o ServeOptions) withDefaults() ServeOptions {
	o.Concurrency = cmp.Or(o.Concurrency, 32)
	o.PerClient = cmp.Or(o.PerClient, min(16, o.Concurrency))
	o.Wait = cmp.Or(o.Wait, 15*time.Second)
	o.Timeout = cmp.Or(o.Timeout, time.Hour)
	o.Stall = cmp.Or(o.Stall, 2*time.Minute)
	o.MaxAnswer = cmp.Or(o.MaxAnswer, 64<<30)
	o.MaxRequest = cmp.Or(o.MaxRequest, 64<<20)
	return o
}

// Serve is the function [Serve] with the bounds of s.
func (s *Smart) Serve(view layout.View, static http.Handler) http.Handler {
	inRepository := func(path string) bool { return strings.Contains(path, Suffix+"/") }
	return serve.Before(static, inRepository, &snapshotHandler{s, view, static})
}

type snapshotHandler struct {
	*Smart
	view   layout.View
	static http.Handler
}

// ServeHTTP implements http.Handler.
func (h *snapshotHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, asked := askedOf(r)
	switch asked {
	case pushing:
		refuse(w, http.StatusForbidden, "this mirror is read only")
		return
	case somethingElse:
		h.static.ServeHTTP(w, r)
		return
	}
	head, ok := layout.Follow(h.view, name+"/HEAD")
	folder, isHead := strings.CutSuffix(head.Path, "/HEAD")
	if !ok || !isHead {
		h.static.ServeHTTP(w, r)
		return
	}
	git := h.find()
	if git == nil {
		h.static.ServeHTTP(w, r)
		return
	}
	const repository = "repository" + Suffix
	answering := &handler{git: git, o: h.o, turnstile: h.turnstile}
	defer func() { _ = os.RemoveAll(answering.dir) }() // "" is no folder, which is no error
	answering.serve(w, r, &services[asked], func() (_ string, err error) {
		if answering.dir, err = os.MkdirTemp("", "offmirror-git-"); err != nil {
			return "", err
		}
		return repository, layOut(h.view, folder, answering.dir, repository)
	})
}

// What a request may be about; the first two are indexes of services.
const (
	listing = iota
	fetching
	pushing
	somethingElse
)

// askedOf returns the path of the repository that a request is about, and what is asked of it.
func askedOf(r *http.Request) (name string, asked int) {
	p := serve.NativePath(r.URL.Path)
	at := strings.LastIndex(p, Suffix+"/")
	if at < 0 {
		return "", somethingElse
	}
	name = p[:at+len(Suffix)]
	switch p[len(name)+1:] {
	case "git-receive-pack":
		return name, pushing
	case "git-upload-pack":
		if r.Method == http.MethodPost {
			return name, fetching
		}
	case "info/refs":
		switch r.URL.Query().Get("service") {
		case "git-receive-pack":
			return name, pushing
		case "git-upload-pack":
			if r.Method == http.MethodGet {
				return name, listing
			}
		}
	}
	return "", somethingElse
}
