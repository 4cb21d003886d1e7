package justmr

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/justmr/audit"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// emitAudit yields the audit, of what is here and of what could not be had.
func (p *planner) emitAudit() error {
	entries := p.audited()
	audit.Prepare(entries)
	files := map[string][]byte{"audit.json": audit.JSON(entries), "audit.csv": audit.CSV(entries)}
	if p.Options.CycloneDX {
		files["audit.cdx.json"] = audit.CycloneDX(entries)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		err := p.emit(ecosystems.Item{
			Path: name, Stage: layout.Index, Name: name, Reason: "tells where everything comes from", Source: ecosystems.Made{Bytes: files[name]},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// audited lists all sources with what is known of them.
func (p *planner) audited() (entries []audit.Entry) {
	p.mu.Lock() // for facts and links; nothing writes them any more
	known, links := maps.Clone(p.next.Facts), maps.Clone(p.next.Links)
	p.mu.Unlock()
	for _, f := range p.sources.sortedFiles() {
		first, others := f.candidates()
		e := newEntry(f.uses, urlsOf(links, append([]string{first}, others...), f.primary))
		e.Content, e.Names = f.content, f.names
		e.Type = joinKinds(f)
		if o, ok := p.object(f); ok {
			facts := known[f.content]
			e.SHA256, e.SHA512, e.Size, e.Path = o.ID.String(), facts.SHA512, o.Size, f.blobPath()
			e.Licence, e.FirstSeen = facts.Licence, day(facts.FirstSeen)
		}
		entries = append(entries, e)
	}
	for _, g := range p.sources.sortedGit() {
		first, others := g.candidates()
		e := newEntry(g.uses, urlsOf(links, append([]string{first}, others...), g.primary))
		e.Type = "git"
		for _, pin := range g.pins {
			e.Pins = append(e.Pins, audit.Pin{Branch: pin.Branch, Commit: pin.Commit})
		}
		slices.SortFunc(e.Pins, func(x, y audit.Pin) int { return strings.Compare(x.Branch+"\x00"+x.Commit, y.Branch+"\x00"+y.Commit) })
		if r := p.repos[g.name]; r.err == nil && r.repo != nil {
			e.Path, e.FirstSeen = gitDir+g.name, day(p.firstSeen(g.name))
		}
		entries = append(entries, e)
	}
	for _, t := range p.sources.sortedTrees() {
		e := newEntry(t.uses, nil)
		e.Type, e.Content = "git tree", t.ID
		for _, here := range p.trees {
			if here.ID == t.ID {
				e.Path, e.FirstSeen = here.Path, day(p.firstSeen(t.ID))
			}
		}
		entries = append(entries, e)
	}
	return entries
}

// firstSeen returns when a git repository or tree came into the mirror, and remembers it.
func (p *planner) firstSeen(name string) time.Time {
	seen := p.in.Now
	if p.old != nil {
		if before, ok := p.old.Seen[name]; ok {
			seen = before
		}
	}
	if p.next.Seen == nil {
		p.next.Seen = map[string]time.Time{}
	}
	p.next.Seen[name] = seen
	return seen
}

func newEntry(uses []use, urls []audit.URL) audit.Entry {
	e := audit.Entry{URLs: urls}
	for _, u := range uses {
		e.Repositories = append(e.Repositories, u.Repository)
		e.Files = append(e.Files, fetch.Redact(u.shown))
	}
	return e
}

// urlsOf tells what is known of URLs, in their order.
func urlsOf(links map[string]link, urls []string, primary map[string][]string) (list []audit.URL) {
	for _, u := range urls {
		_, isPrimary := primary[u]
		l := links[fetch.Redact(u)]
		if strings.HasPrefix(l.Status, "failed") {
			l.Status = "failed" // the rest may be another each time
		}
		list = append(list, audit.URL{URL: fetch.Redact(u), Primary: isPrimary, Status: l.Status, Date: day(l.At)})
	}
	return list
}

func joinKinds(f *fileSource) string {
	var kinds []string
	for _, kind := range f.kinds {
		kinds = append(kinds, string(kind))
	}
	return strings.Join(kinds, ", ")
}

// day is the date of a time, in UTC: the audit does not change with the hour of a run.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
