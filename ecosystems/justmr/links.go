package justmr

import (
	"errors"
	"sync"

	"github.com/offmirror/offmirror/fetch"
)

// noteLink notes how a URL was found.
func (p *planner) noteLink(a fetch.Attempt) {
	l := link{Status: linkStatus(a.Err), At: p.in.Now}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next.Links[a.URL] = l
}

// linkStatus describes how a URL was found.
func linkStatus(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, fetch.ErrAbsent):
		return "absent"
	case errors.Is(err, fetch.ErrWrongBytes):
		return "wrong content"
	case errors.Is(err, fetch.ErrUnauthorized):
		return "not authorized"
	}
	return "failed: " + err.Error()
}

// linksAtOnce bounds how many URLs are looked at at a time.
const linksAtOnce = 16

// checkLinks looks whether upstreams still have what is here, in a deep run. Each URL is
// asked for its size alone.
func (p *planner) checkLinks() error {
	if !p.deep || p.in.Planning {
		return nil
	}
	slots := make(chan struct{}, linksAtOnce)
	var asking sync.WaitGroup
	for _, f := range p.sources.sortedFiles() {
		primary, mirrors := f.candidates()
		for _, url := range append([]string{primary}, mirrors...) {
			slots <- struct{}{}
			asking.Go(func() {
				defer func() { <-slots }()
				_, err := p.in.Upstream.Size(p.ctx, fetch.Request{URL: url})
				if p.ctx.Err() == nil {
					p.noteLink(fetch.Attempt{URL: fetch.Redact(url), Err: err})
				}
			})
		}
	}
	asking.Wait()
	p.next.Deep = p.in.Now
	return p.ctx.Err()
}
