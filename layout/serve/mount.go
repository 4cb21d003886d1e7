package serve

import (
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/offmirror/offmirror/layout"
)

const (
	keptInMemory = 4               // older snapshots, per ecosystem,
	keptEntries  = 1 << 19         // if they have no more entries than this; one may have more
	retryAfter   = 5 * time.Second // a snapshot that could not be read
)

// mount is one ecosystem of a site.
type mount struct {
	history *layout.History
	watch   *layout.Watcher // for as long as the site is
	make    Maker
	proven  *proven

	now     atomic.Pointer[published]
	loading sync.Mutex   // held while a snapshot is read; guards the fields below
	failed  string       // the id of the current snapshot that could not be read,
	why     error        // with that error,
	at      time.Time    // at that time
	older   []*published // the last used one last

	references references
}

// published is a snapshot as it is served.
type published struct {
	*layout.Snapshot
	proven  *proven
	since   time.Time // to the second
	handler http.Handler
}

// Open opens an object such that nobody gets all of a damaged one.
func (p *published) Open(e layout.Entry) (layout.File, error) { return p.proven.open(p.Snapshot, e) }

// Modified returns since when the snapshot is published: for the whole tree, as
// what is at a path may have come from, or gone back to, an older object.
func (p *published) Modified() time.Time { return p.since }

// Taken returns when the run began that made the snapshot.
func (p *published) Taken() time.Time { return p.Time }

// current returns what is published now, or nil. The cost is one look at a link,
// except for the request that finds it changed; the others meanwhile get what
// was there before.
func (m *mount) current() (*published, error) {
	id, err := m.watch.ID()
	was := m.now.Load()
	if err != nil {
		return was, ifNone(was, err)
	}
	if was != nil && was.ID == id {
		return was, nil
	}
	if id == "" {
		return nil, nil
	}
	if was == nil {
		m.loading.Lock()
	} else if !m.loading.TryLock() {
		return was, nil
	}
	defer m.loading.Unlock()
	return m.load()
}

func ifNone(p *published, err error) error {
	if p != nil {
		return nil
	}
	return err
}

// load reads what is published. The lock is held.
func (m *mount) load() (*published, error) {
	was := m.now.Load()
	id, since, err := m.history.Published()
	if err != nil || id == "" {
		return was, ifNone(was, err)
	}
	if was != nil && was.ID == id {
		return was, nil
	}
	if id == m.failed && time.Since(m.at) < retryAfter {
		return was, ifNone(was, m.why)
	}
	s, err := m.snapshot(id, keptEntries/2) // for a moment there are two that are current
	if err != nil {
		m.failed, m.why, m.at = id, err, time.Now()
		if was != nil {
			slog.Error("keep serving the snapshot before", "ecosystem", m.history.Ecosystem(), "error", err)
		}
		return was, ifNone(was, err)
	}
	m.failed = ""
	since = since.Truncate(time.Second)
	if was != nil && !since.After(was.since) {
		since = was.since.Add(time.Second)
	}
	p := m.publish(s, since)
	m.now.Store(p)
	return p, nil
}

func (m *mount) publish(s *layout.Snapshot, since time.Time) *published {
	p := &published{Snapshot: s, proven: m.proven, since: since}
	p.handler = m.make(m.history.Ecosystem(), p)
	return p
}

// kept returns the snapshot that ref means.
func (m *mount) kept(ref string) (*published, error) {
	id, err := m.references.resolve(m.history, ref)
	if err != nil {
		return nil, err
	}
	m.loading.Lock()
	defer m.loading.Unlock()
	header, err := m.history.Header(id)
	at := slices.IndexFunc(m.older, func(p *published) bool { return p.ID == id })
	if at >= 0 {
		p := m.older[at]
		m.older = slices.Delete(m.older, at, at+1)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, err // forgotten
		}
		m.older = append(m.older, p)
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := m.snapshot(id, max(0, keptEntries-int(min(header.Files, keptEntries))))
	if err != nil {
		return nil, err
	}
	p := m.publish(s, header.Time.Truncate(time.Second))
	m.older = append(m.older, p)
	if len(m.older) > keptInMemory {
		m.older = slices.Delete(m.older, 0, 1)
	}
	return p, nil
}

// snapshot returns a snapshot that is in memory, or reads it; then there remain older ones
// with so many entries. The lock is held.
func (m *mount) snapshot(id string, entries int) (*layout.Snapshot, error) {
	if now := m.now.Load(); now != nil && now.ID == id {
		return now.Snapshot, nil
	}
	if at := slices.IndexFunc(m.older, func(p *published) bool { return p.ID == id }); at >= 0 {
		return m.older[at].Snapshot, nil
	}
	m.forget(entries)
	return m.history.Load(id)
}

// forget drops older snapshots from memory until they have no more entries than these. The
// lock is held.
func (m *mount) forget(entries int) {
	have := 0
	for _, p := range m.older {
		have += p.Len()
	}
	for have > entries {
		have -= m.older[0].Len()
		m.older = slices.Delete(m.older, 0, 1)
	}
}
