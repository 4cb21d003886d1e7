package serve

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// Maker makes the handler of one ecosystem for one snapshot. The URLs that the
// handler sees begin at the ecosystem's root; see [BaseURL] for the others. Nil
// means that the ecosystem is not served.
type Maker func(ecosystem string, view layout.View) http.Handler

// Site serves the ecosystems of a mirror root:
//
//	/                        what is there, for people
//	/ECOSYSTEM/…             the published snapshot
//	/ECOSYSTEM/@REF/…        any kept snapshot: an id, the first digits of one, or a tag
//
// What is published, rolled back or added while it runs is served from the next
// request on; answers that are under way end as they began. If a new snapshot
// cannot be read, the one before stays.
type Site struct {
	root    *os.Root
	objects *store.Store
	make    Maker
	proven  *proven
	counts  func() []Count // may be nil

	mu     sync.RWMutex
	mounts map[string]*mount
}

// NewSite serves the mirror at root. A nil maker serves trees as they are.
func NewSite(root *os.Root, objects *store.Store, maker Maker) *Site {
	if maker == nil {
		maker = func(_ string, view layout.View) http.Handler { return Static(view, AlwaysRevalidate) }
	}
	return &Site{root: root, objects: objects, make: maker, proven: newProven(objects, report), mounts: make(map[string]*mount)}
}

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := NativePath(r.URL.Path)
	if path == "" {
		s.overview(w, r)
		return
	}
	if layout.CheckPath(path) != nil { // so that no handler needs to think of "..", encoded or not
		NotFound(w, r)
		return
	}
	ecosystem, rest, _ := strings.Cut(path, "/")
	m := s.mount(ecosystem)
	if m == nil {
		NotFound(w, r)
		return
	}
	prefix := "/" + ecosystem
	var p *published
	var err error
	if ref, isRef := strings.CutPrefix(rest, "@"); isRef {
		ref, rest, _ = strings.Cut(ref, "/")
		prefix += "/@" + ref
		p, err = m.kept(ref)
	} else {
		p, err = m.current()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && (p == nil || p.handler == nil):
		NotFound(w, r)
	case err != nil:
		slog.Error("cannot serve", "ecosystem", ecosystem, "error", err)
		refuse(w, http.StatusServiceUnavailable, "the mirror cannot read this snapshot")
	case rest == "" && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		m.page(w, r, p)
	default:
		p.handler.ServeHTTP(w, below(r, prefix, rest))
	}
}

// mount returns the ecosystem's mount, or nil if the mirror does not hold it.
func (s *Site) mount(ecosystem string) *mount {
	s.mu.RLock()
	m := s.mounts[ecosystem]
	s.mu.RUnlock()
	if m != nil {
		return m
	}
	history, err := layout.OpenHistory(s.root, s.objects, ecosystem)
	if err != nil {
		return nil
	}
	if id, err := history.CurrentID(); err == nil && id == "" {
		return nil // so that invented names leave nothing behind
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mounts[ecosystem] == nil {
		s.mounts[ecosystem] = &mount{history: history, watch: history.Watch(), make: s.make, proven: s.proven}
	}
	return s.mounts[ecosystem]
}

// OnRotten lets found deal with a damaged object, beside the report in the log. It is called
// before the answer that met the object ends, perhaps more than once and at the same time. Set it before the site
// serves.
func (s *Site) OnRotten(found func(id store.ID)) {
	s.proven.rotten = func(id store.ID, err error) {
		report(id, err)
		found(id)
	}
}

// Count is something that is counted from the start of the process: a counter of Prometheus.
type Count struct {
	Name, Help string
	Value      int64
}

// OnCounts adds to what [Site.Counts] tells. Set it before the site serves.
func (s *Site) OnCounts(counts func() []Count) { s.counts = counts }

// Counts tells what is counted by whoever made the site.
func (s *Site) Counts() []Count {
	if s.counts == nil {
		return nil
	}
	return s.counts()
}

// Kept reports whether a request that a handler sees is for a kept snapshot, named by the client, and
// not for what is published.
func Kept(r *http.Request) bool {
	prefix, _ := r.Context().Value(prefixKey{}).(string)
	return strings.Contains(prefix, "/@")
}

type prefixKey struct{}

// below is the request as the handler below prefix sees it.
func below(r *http.Request, prefix, rest string) *http.Request {
	r = r.WithContext(context.WithValue(r.Context(), prefixKey{}, prefix))
	r.URL = &url.URL{Path: "/" + rest, RawQuery: r.URL.RawQuery}
	return r
}

// BaseURL returns the URL at which the client reached the ecosystem's root,
// without a slash at the end: for handlers whose answers name it.
func BaseURL(r *http.Request) string {
	prefix, _ := r.Context().Value(prefixKey{}).(string)
	o := originOf(r)
	scheme := "http"
	if r.TLS != nil || o.https {
		scheme = "https"
	}
	return (&url.URL{Scheme: scheme, Host: r.Host, Path: strings.TrimPrefix(prefix, o.mount)}).String()
}
