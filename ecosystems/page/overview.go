package page

import (
	"context"
	"errors"
	"log/slog"
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
	if p.changes.get(old.ID, id) == nil {
		select {
		case <-p.work(ctx, ecosystem, old.ID, id):
		case <-time.After(briefly):
		case <-ctx.Done():
		}
	}
	d := p.changes.get(old.ID, id)
	if d == nil {
		return lastDifference{}, false
	}
	return lastDifference{d.Totals, d.first[:min(changesOnPage, len(d.first))], old}, true
}

// work works out a difference, whoever still waits for it, and returns what is closed when that is done. It is
// done once, however many ask.
func (p *Page) work(ctx context.Context, ecosystem, from, to string) <-chan struct{} {
	c := &p.changes
	c.mu.Lock()
	defer c.mu.Unlock()
	key := from + " " + to
	if done := c.working[key]; done != nil {
		return done
	}
	done := make(chan struct{})
	c.working[key] = done
	go func() {
		defer func() {
			c.mu.Lock()
			delete(c.working, key)
			c.mu.Unlock()
			close(done)
		}()
		_, _, err := p.diff(context.WithoutCancel(ctx), ecosystem, from, to, 0, changesOnPage)
		if err != nil && !errors.Is(err, errBusy) {
			slog.Warn("the page cannot tell what changed", "ecosystem", ecosystem, "error", err)
		}
	}()
	return done
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
