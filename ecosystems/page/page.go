package page

import (
	"net/http"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout/serve"
)

// Page answers for a mirror. It implements [serve.Pages], and may be used by many goroutines.
type Page struct {
	mirror  *mirror.Mirror
	site    *serve.Site
	drivers map[string]ecosystems.Driver
	now     func() time.Time

	facts    facts
	searches searches
	changes  changes
	heavy    chan struct{} // one element for each search or difference under way
}

// New returns the pages of a mirror, which show what site serves. Give them to [serve.Site.WithPages].
func New(m *mirror.Mirror, site *serve.Site, drivers map[string]ecosystems.Driver) *Page {
	p := &Page{mirror: m, site: site, drivers: drivers, now: time.Now, heavy: make(chan struct{}, heavyAtOnce)}
	p.facts.init()
	p.searches.init()
	p.changes.init()
	return p
}

// The work that reads whole lists.
const (
	heavyAtOnce   = 2                // requests
	heavyPatience = 3 * time.Second  // of one that waits for its turn
	heavyDeadline = 15 * time.Second // of one under way
)

// Site implements [serve.Pages].
func (p *Page) Site(w http.ResponseWriter, r *http.Request) {
	path := serve.NativePath(r.URL.Path)
	if path == "api" || strings.HasPrefix(path, "api/") {
		p.api(w, r, strings.TrimPrefix(strings.TrimPrefix(path, "api"), "/"))
		return
	}
	if !readOnly(w, r) {
		return
	}
	switch {
	case path == "":
		p.overview(w, r)
	case strings.HasPrefix(path, "-/"):
		asset(w, r, path)
	default:
		serve.NotFound(w, r)
	}
}

// Ecosystem implements [serve.Pages].
func (p *Page) Ecosystem(w http.ResponseWriter, r *http.Request, at serve.Place) {
	switch query := r.URL.Query(); {
	case !readOnly(w, r):
	case at.Rest != "":
		asset(w, r, at.Rest)
	case query.Has("q"):
		p.searchOne(w, r, at)
	case query.Has("from") && query.Has("to") && !at.Pinned:
		p.difference(w, r, at)
	default:
		p.ecosystem(w, r, at)
	}
}

// readOnly refuses what is neither GET nor HEAD.
func readOnly(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	http.Error(w, "only GET and HEAD are possible", http.StatusMethodNotAllowed)
	return false
}
