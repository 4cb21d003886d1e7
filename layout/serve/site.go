package serve

import (
	"context"
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
//	/, /-/…, /api/…          what is there, for people and programs: see [Pages]
//	/ECOSYSTEM/…             the published snapshot
//	/ECOSYSTEM/@REF/…        any kept snapshot: an id, the first digits of one, a tag or a day
//	/ECOSYSTEM/              a page about it, and what that needs below /ECOSYSTEM/-/
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
	pages   Pages          // nil: there are none
	damage  repeats

	mu     sync.RWMutex
	mounts map[string]*mount
}

// NewSite serves the mirror at root. A nil maker serves trees as they are.
func NewSite(root *os.Root, objects *store.Store, maker Maker) *Site {
	if maker == nil {
		maker = func(_ string, view layout.View) http.Handler { return Static(view, AlwaysRevalidate) }
	}
	s := &Site{root: root, objects: objects, make: maker, mounts: make(map[string]*mount)}
	s.proven = newProven(objects, s.report)
	return s
}

// report tells the log of a damaged object.
func (s *Site) report(id store.ID, err error) {
	s.damage.log(id, "an object is damaged and is not served; offmirror verify --repair fetches it again", "object", id.String(), "error", err)
}

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := NativePath(r.URL.Path)
	if path == "" {
		s.sitePage(w, r)
		return
	}
	if layout.CheckPath(path) != nil { // so that no handler needs to think of "..", encoded or not
		NotFound(w, r)
		return
	}
	ecosystem, rest, _ := strings.Cut(path, "/")
	if ecosystem == "-" || ecosystem == "api" { // an ecosystem of that name would have no place
		s.sitePage(w, r)
		return
	}
	m := s.mount(ecosystem)
	if m == nil {
		NotFound(w, r)
		return
	}
	prefix, ref := "/"+ecosystem, ""
	var p *published
	var err error
	if after, isRef := strings.CutPrefix(rest, "@"); isRef {
		ref, rest, _ = strings.Cut(after, "/")
		prefix += "/@" + ref
		p, err = m.kept(ref)
	} else {
		p, err = m.current()
	}
	switch {
	case err == nil && (p == nil || p.handler == nil):
		NotFound(w, r)
	case err != nil:
		cannotRead(w, r, ecosystem, err)
	case rest == "" && (r.Method == http.MethodGet || r.Method == http.MethodHead), strings.HasPrefix(rest, ownPath):
		s.page(w, r, Shown{Ecosystem: ecosystem, Ref: ref, Snapshot: p.Snapshot, View: p}, prefix, rest)
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
		s.report(id, err)
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
