package page

import (
	"cmp"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle/apply"
)

const (
	factsLast    = 2 * time.Second
	headersLast  = 10 * time.Minute // of kept snapshots, whose missing items alone may still be reworded
	maxKept      = 1000             // snapshots that are listed, the newest
	keptRead     = 5000             // snapshots whose heads are read at all
	shownMissing = 1000             // items
)

// Summary is what there is to say of an ecosystem in one line.
type Summary struct {
	Name      string     `json:"name"`
	Open      bool       `json:"open"`                // to who asks; if not, nothing else is told but the URL
	URL       string     `json:"url"`                 // for clients, without a slash at the end
	Snapshot  string     `json:"snapshot,omitempty"`  // id of the published one
	Taken     *time.Time `json:"taken,omitempty"`     // when its content was first complete
	Published *time.Time `json:"published,omitempty"` // since when it is shown
	Confirmed *time.Time `json:"confirmed,omitempty"` // when it was last known to be all that upstream had
	Files     int64      `json:"files"`
	Bytes     int64      `json:"bytes"`
	Missing   int        `json:"missing"` // items; of very many, those that the snapshot lists
	Problem   string     `json:"problem,omitempty"`
}

// Bundle is what the last bundle brought to a mirror that is filled by bundles.
type Bundle struct {
	Name      string    `json:"name"`
	Snapshot  string    `json:"snapshot"`
	Published time.Time `json:"published"` // by the sender
	Checked   time.Time `json:"checked"`   // upstream, by the sender
}

// Kept is a snapshot that can be served.
type Kept struct {
	ID      string    `json:"id"`
	Taken   time.Time `json:"taken"`
	Files   int64     `json:"files"`
	Bytes   int64     `json:"bytes"`
	Missing int       `json:"missing"`
	Current bool      `json:"current"`
	Tags    []string  `json:"tags"`
	URL     string    `json:"url"`
}

// known is what is remembered of an ecosystem for a moment.
type known struct {
	until   time.Time
	summary Summary
	missing []layout.Missing
	lastRun *mirror.Report
	bundle  *Bundle
}

// facts remembers what files of the root say, so that who reloads a page reads none of them.
type facts struct {
	mu      sync.Mutex
	known   map[string]*known
	kept    map[string][]Kept
	fresh   map[string]time.Time // until when kept is
	headers map[string]map[string]Kept
	dropped time.Time
}

func (f *facts) init() {
	f.known, f.kept, f.fresh = map[string]*known{}, map[string][]Kept{}, map[string]time.Time{}
	f.headers = map[string]map[string]Kept{}
}

// known returns what there is to say of the published snapshot of an ecosystem, which exists.
func (p *Page) known(ecosystem string) *known {
	f := &p.facts
	f.mu.Lock()
	defer f.mu.Unlock()
	if k := f.known[ecosystem]; k != nil && p.now().Before(k.until) {
		return k
	}
	k := p.read(ecosystem)
	k.until = p.now().Add(factsLast)
	f.known[ecosystem] = k
	return k
}

func (p *Page) read(ecosystem string) *known {
	k := &known{summary: Summary{Name: ecosystem, Open: true}}
	status, err := p.mirror.Status(ecosystem)
	if err != nil {
		slog.Error("the page cannot show all of an ecosystem", "ecosystem", ecosystem, "error", err)
		k.summary.Problem = "part of what belongs here cannot be read; the log of the server says why"
	}
	k.lastRun = status.LastRun
	if h := status.Header; h != nil {
		s := &k.summary
		taken := h.Time.UTC()
		s.Snapshot, s.Taken, s.Files, s.Bytes, s.Missing = h.ID, &taken, h.Files, h.Bytes, len(h.Missing)
		k.missing = slices.Clone(h.Missing[:min(shownMissing, len(h.Missing))])
		s.Confirmed = status.Confirmed
	}
	if history, err := p.mirror.History(ecosystem); err == nil {
		if _, since, err := history.Published(); err == nil && !since.IsZero() {
			since = since.UTC().Truncate(time.Second)
			k.summary.Published = &since
		}
	}
	if applied, err := apply.LoadApplied(p.mirror.Root()); err != nil {
		slog.Error("the page cannot show the last bundle", "error", err)
	} else if b, ok := applied[ecosystem]; ok {
		k.bundle = &Bundle{Name: b.Bundle, Snapshot: b.Snapshot, Published: b.Published.UTC(), Checked: b.Checked.UTC()}
	}
	if r := k.lastRun; r != nil {
		cut := *r
		cut.Missing, cut.Notices = r.Missing[:min(shownMissing, len(r.Missing))], r.Notices[:min(shownMissing, len(r.Notices))]
		k.lastRun = &cut
	}
	return k
}

// kept lists the snapshots of an ecosystem, the newest first. One whose head cannot be read is left out.
func (p *Page) kept(ecosystem string) []Kept {
	f := &p.facts
	f.mu.Lock()
	defer f.mu.Unlock()
	now := p.now()
	if now.Before(f.fresh[ecosystem]) {
		return f.kept[ecosystem]
	}
	if now.Sub(f.dropped) > headersLast {
		f.headers, f.dropped = map[string]map[string]Kept{}, now
	}
	list, err := p.readKept(ecosystem, f.headers[ecosystem])
	if err != nil {
		slog.Error("the page cannot list the snapshots", "ecosystem", ecosystem, "error", err)
	}
	heads := make(map[string]Kept, len(list))
	for _, k := range list {
		heads[k.ID] = k
	}
	list = list[:min(maxKept, len(list))]
	f.headers[ecosystem], f.kept[ecosystem], f.fresh[ecosystem] = heads, list, now.Add(factsLast)
	return list
}

// readKept reads the heads that are not remembered.
func (p *Page) readKept(ecosystem string, remembered map[string]Kept) ([]Kept, error) {
	history, err := p.mirror.History(ecosystem)
	if err != nil {
		return nil, err
	}
	ids, err := history.IDs()
	if err != nil {
		return nil, err
	}
	current, err := history.CurrentID()
	if err != nil {
		return nil, err
	}
	tags, err := history.Tags()
	if err != nil {
		return nil, err
	}
	var list []Kept
	for _, id := range ids[:min(keptRead, len(ids))] {
		k, ok := remembered[id]
		if !ok {
			h, err := history.Header(id)
			if err != nil {
				slog.Warn("the page leaves out a snapshot", "ecosystem", ecosystem, "snapshot", id, "error", err)
				continue
			}
			k = Kept{ID: id, Taken: h.Time.UTC(), Files: h.Files, Bytes: h.Bytes, Missing: len(h.Missing)}
		}
		k.Current, k.Tags = id == current, []string{}
		for _, tag := range tags {
			if tag.ID == id {
				k.Tags = append(k.Tags, tag.Name)
			}
		}
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b Kept) int { return cmp.Or(b.Taken.Compare(a.Taken), cmp.Compare(a.ID, b.ID)) })
	return list, nil
}

// before returns the snapshot that a snapshot came after: the newest of those that are older.
func before(list []Kept, id string) (Kept, bool) {
	at := slices.IndexFunc(list, func(k Kept) bool { return k.ID == id })
	if at < 0 || at+1 >= len(list) {
		return Kept{}, false
	}
	return list[at+1], true
}

// names returns the ecosystems that are served here, sorted.
func (p *Page) names() []string {
	names, err := layout.Ecosystems(p.mirror.Root())
	if err != nil {
		slog.Error("the page cannot list the ecosystems", "error", err)
	}
	return slices.DeleteFunc(names, func(name string) bool {
		if p.drivers[name] == nil {
			return true
		}
		history, err := p.mirror.History(name)
		if err != nil {
			return true
		}
		id, err := history.CurrentID()
		return err == nil && id == ""
	})
}
