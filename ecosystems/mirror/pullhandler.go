package mirror

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/fetch/stream"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// pullHandler serves one snapshot, and what it lacks from upstream.
type pullHandler struct {
	*puller
	view layout.View
	more overlay
	next http.Handler // of the snapshot
	kept http.Handler // of what was pulled
	find ecosystems.PullFunc
}

// handler returns next with pulling before it. A driver's memory that cannot be read is none.
func (u *puller) handler(view layout.View, next http.Handler) http.Handler {
	both := newPulledView(view, u.pulled)
	h := &pullHandler{puller: u, view: view, more: overlay{both}, next: next}
	in := ecosystems.PullInput{View: both, State: u.memory(), Secrets: secrets{u.m.root}}
	h.find = u.driver.Puller(in)
	h.kept = serve.Static(h.more, serve.AlwaysRevalidate, serve.ContentTypes(func(path string) string {
		get, _ := h.find(path)
		return get.ContentType
	}))
	return h
}

func (u *puller) memory() ecosystems.State {
	s, err := openState(u.m.root, u.ecosystem, func(string) bool { return true })
	if err != nil {
		u.log().Warn("what the last sync knew cannot be read", "error", err)
		return &driverState{root: u.m.root, name: u.ecosystem}
	}
	return s
}

// ServeHTTP implements [http.Handler].
func (h *pullHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if serve.Kept(r) || r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.next.ServeHTTP(w, r)
		return
	}
	path := serve.NativePath(r.URL.Path)
	if layout.CheckPath(path) != nil || h.has(layout.Follow(h.view, path)) {
		h.next.ServeHTTP(w, r)
		return
	}
	get, ok := h.find(path)
	if !ok {
		h.next.ServeHTTP(w, r)
		return
	}
	here := h.has(h.more.Lookup(path))
	if !here {
		if err := h.misses.recent(path); err != nil {
			h.explain(w, r, err)
			return
		}
	}
	if get.Allowed != nil {
		if err := get.Allowed(); err != nil {
			h.misses.note(path, err)
			h.explain(w, r, err)
			return
		}
	}
	if here {
		h.kept.ServeHTTP(w, r)
		return
	}
	header := http.Header{
		"Content-Type":           {"application/octet-stream"},
		"Cache-Control":          {"no-cache"},
		"X-Content-Type-Options": {"nosniff"},
	}
	if get.ContentType != "" {
		header.Set("Content-Type", get.ContentType)
	}
	err := h.stream(path, get).Answer(w, r, header)
	switch {
	case err == nil, r.Context().Err() != nil:
	case errors.Is(err, stream.ErrWhole):
		h.arrived(path).ServeHTTP(w, r)
	default:
		h.explain(w, r, err)
	}
}

// arrived returns who answers for a path that has just been pulled: what was lost of the snapshot is back there.
func (h *pullHandler) arrived(path string) http.Handler {
	if h.has(layout.Follow(h.view, path)) {
		return h.next
	}
	return h.kept
}

// has reports whether an entry's object is in the store.
func (h *pullHandler) has(e layout.Entry, ok bool) bool {
	if !ok {
		return false
	}
	size, here := h.m.store.Has(e.Object)
	return here && size == e.Size
}

// explain answers with why a file cannot be had.
func (h *pullHandler) explain(w http.ResponseWriter, r *http.Request, err error) {
	var slow interface{ Timeout() bool }
	switch {
	case errors.Is(err, fetch.ErrAbsent):
		h.next.ServeHTTP(w, r) // which says what is usual
	case errors.Is(err, stream.ErrBusy), errors.Is(err, stream.ErrClosed):
		refuse(w, http.StatusServiceUnavailable, 5, serve.Reason(err))
	case errors.Is(err, errGuessing):
		refuse(w, http.StatusServiceUnavailable, 60, serve.Reason(err))
	case errors.Is(err, errNoRoom), errors.Is(err, errPulledFull), errors.Is(err, store.ErrFull):
		refuse(w, http.StatusInsufficientStorage, 600, "the mirror lacks this file and has no room for it")
	case fetch.IsLocal(err):
		refuse(w, http.StatusInternalServerError, 60, "this server cannot keep what it fetches; its log says why")
	case errors.As(err, &slow) && slow.Timeout():
		refuse(w, http.StatusGatewayTimeout, retryAfterFailure, "the mirror lacks this file, and upstream takes too long: "+serve.Reason(err))
	default:
		refuse(w, http.StatusBadGateway, retryAfterFailure, "the mirror lacks this file, and upstream does not give it: "+serve.Reason(err))
	}
}

const retryAfterFailure = int(rememberFailure / 1e9) // seconds

// refuse says when to ask again, too, in seconds.
func refuse(w http.ResponseWriter, status, retryAfter int, text string) {
	w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	serve.Refuse(w, status, text)
}
