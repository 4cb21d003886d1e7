package justmr

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// link is how a URL was found when it was last asked for.
type link struct {
	Status string    `json:"status"` // linkOK, or what was wrong
	At     time.Time `json:"at"`
	Since  time.Time `json:"since"` // when it was first found like that

	// What it leads to, as of the last run that knew of it.
	Path    string `json:"path,omitempty"`
	Primary bool   `json:"primary,omitempty"` // it is not only a mirror
}

const (
	linkOK    = "ok"
	linkWrong = "wrong content"
)

// noteLink notes how a URL was found.
func (p *planner) noteLink(a fetch.Attempt) { p.noteStatus(a.URL, linkStatus(a.Err)) }

// noteAnswer notes how a URL answered that was not asked for its content: that it delivers
// something does not mean that it is what it should be.
func (p *planner) noteAnswer(a fetch.Attempt) {
	status := linkStatus(a.Err)
	p.mu.Lock()
	known := p.next.Links[a.URL].Status
	p.mu.Unlock()
	if status == linkOK && known == linkWrong {
		status = known
	}
	p.noteStatus(a.URL, status)
}

func (p *planner) noteStatus(url, status string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.next.Links[url]
	if l.Status != status {
		l.Status, l.Since = status, p.in.Now
	}
	l.At = p.in.Now
	p.next.Links[url] = l
}

// linkStatus describes how a URL was found, in words that stay the same while nothing changes.
func linkStatus(err error) string {
	switch {
	case err == nil:
		return linkOK
	case errors.Is(err, fetch.ErrAbsent):
		return "absent"
	case errors.Is(err, fetch.ErrWrongBytes):
		return linkWrong
	case errors.Is(err, fetch.ErrUnauthorized):
		return "not authorized"
	}
	return "failed: " + err.Error()
}

// nameLinks notes what each URL leads to.
func (p *planner) nameLinks() {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := func(path string, primaries []string, all []string) {
		for i, u := range append(primaries, all...) {
			u = fetch.Redact(u)
			if l, ok := p.next.Links[u]; ok {
				l.Path, l.Primary = path, i < len(primaries) || l.Primary && l.Path == path
				p.next.Links[u] = l
			}
		}
	}
	for _, f := range p.sources.sortedFiles() {
		_, others := f.candidates()
		name(f.blobPath(), slices.Clip(f.urls), others)
	}
	for _, g := range p.sources.sortedGit() {
		_, others := g.candidates()
		name(gitDir+g.name, slices.Clip(g.urls), others)
	}
}

// linksAtOnce bounds how many URLs are looked at at a time.
const linksAtOnce = 16

// checkLinks looks at URLs that nobody has been asked for yet, because another one delivered; in a
// deep run, at all of them. Files are asked for their size alone, repositories for their refs.
func (p *planner) checkLinks() error {
	if p.in.Planning {
		return nil
	}
	slots := make(chan struct{}, linksAtOnce)
	var asking sync.WaitGroup
	ask := func(url string, how func(url string)) {
		p.mu.Lock()
		_, known := p.next.Links[fetch.Redact(url)]
		p.mu.Unlock()
		if known && !p.deep || p.ctx.Err() != nil {
			return
		}
		slots <- struct{}{}
		asking.Go(func() {
			defer func() { <-slots }()
			how(url)
		})
	}
	for _, f := range p.sources.sortedFiles() {
		primary, mirrors := f.candidates()
		for _, url := range append([]string{primary}, mirrors...) {
			if !isFileURL(url) {
				ask(url, p.askFile)
			}
		}
	}
	for _, g := range p.sources.sortedGit() {
		primary, mirrors := g.candidates()
		for _, url := range append([]string{primary}, mirrors...) {
			ask(url, p.askRepository)
		}
	}
	asking.Wait()
	p.nameLinks()
	return p.ctx.Err()
}

func (p *planner) askFile(url string) {
	_, _ = p.in.Upstream.Size(p.ctx, fetch.Request{URL: url, Tried: func(a fetch.Attempt) {
		if p.ctx.Err() == nil {
			p.noteAnswer(a)
		}
	}})
}

// probeTime is how long a repository may take to say that it is there.
const probeTime = time.Minute

// askRepository asks for the refs of a repository, unless it is looked for elsewhere.
func (p *planner) askRepository(url string) {
	if len(p.git.Candidates(url, nil)) > 1 {
		return
	}
	ctx, cancel := context.WithTimeoutCause(p.ctx, probeTime, gitrepo.ErrTimeout)
	defer cancel()
	if err := p.git.Probe(ctx, url); p.ctx.Err() == nil {
		p.noteLink(fetch.Attempt{URL: fetch.Redact(url), Err: err})
	}
}

// Remarks implements [ecosystems.Remarker]: primary URLs that are not what they were, although
// the mirror has what they stood for.
func (d *driver) Remarks(view layout.View, memory ecosystems.State) ([]ecosystems.Notice, error) {
	s := &state{}
	if found, err := memory.Load(s); err != nil || !found || s.Format != stateFormat {
		return nil, err
	}
	var notices []ecosystems.Notice
	for url, l := range s.Links {
		if l.Status == linkOK || !l.Primary || l.Path == "" || !holds(view, l.Path) {
			continue
		}
		notices = append(notices, ecosystems.Notice{Kind: "dead-link", Path: l.Path, Text: fmt.Sprintf(
			"%s: %s since %s; the mirror has what was there", url, l.Status, l.Since.UTC().Format(time.DateOnly))})
	}
	return notices, nil
}

// holds reports whether a snapshot has a file, or a repository.
func holds(view layout.View, path string) bool {
	if _, ok := view.Lookup(path); ok {
		return true
	}
	_, ok := view.Lookup(path + "/HEAD")
	return ok
}
