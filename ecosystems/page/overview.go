package page

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"github.com/offmirror/offmirror/layout/serve"
)

// plainHost is what a client may say that the host is, to be told so in what it pastes.
var plainHost = regexp.MustCompile(`^(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,60}\])(?::[0-9]{1,5})?$`)

// urlOf returns the URL of an ecosystem, by the name under which the site was asked, or "" if that is no name.
func urlOf(r *http.Request, ecosystem string) string {
	if !plainHost.MatchString(r.Host) {
		return ""
	}
	return serve.BaseURL(r) + "/" + ecosystem
}

// openNames returns the ecosystems that may be shown to who asks.
func (p *Page) openNames(r *http.Request) (names []string) {
	for _, name := range p.names() {
		if serve.Open(r, name) {
			names = append(names, name)
		}
	}
	return names
}

// summaries describes all ecosystems. Of those that are not open to who asks there is the name.
func (p *Page) summaries(r *http.Request) []Summary {
	list := []Summary{}
	for _, name := range p.names() {
		s := Summary{Name: name}
		if serve.Open(r, name) {
			s = p.known(name).summary
		}
		s.URL = urlOf(r, name)
		list = append(list, s)
	}
	return list
}

// lastDifference is what the published snapshot changed.
type lastDifference struct {
	Totals
	First []Change
	Old   Kept
}

// briefly is how long a page waits for a difference that nobody has asked for.
const briefly = 2 * time.Second

// lastChanges returns what a snapshot changed, compared with the one before it that is kept, if that can be had in a moment.
func (p *Page) lastChanges(ctx context.Context, ecosystem, id string) (lastDifference, bool) {
	old, ok := before(p.kept(ecosystem), id)
	if !ok {
		return lastDifference{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, briefly)
	defer cancel()
	totals, first, err := p.diff(ctx, ecosystem, old.ID, id, 0, changesOnPage)
	return lastDifference{totals, first, old}, err == nil
}

// changesOnPage is how many of the last changes the page of an ecosystem shows.
const changesOnPage = 12

func (p *Page) overview(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	v := &view{Title: "Package mirror", Base: "./", Query: clip(query.Get("q")), Ecosystems: p.summaries(r), Now: p.now()}
	for _, s := range v.Ecosystems {
		v.Files += s.Files
		v.Bytes += s.Bytes
	}
	if query.Has("q") {
		p.searchAll(w, r, v)
		return
	}
	p.render(w, r, http.StatusOK, "overview", v)
}
