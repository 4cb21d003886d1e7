package page

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

const (
	hitsShown     = 50
	hitsAtMost    = 200
	indexPatience = 4 * time.Second // of a search that waits for an index
	indexDeadline = 2 * time.Minute
	indexRetry    = 30 * time.Second // after one that failed
	keptIndexes   = 4                // in memory, of all ecosystems
	scanDeadline  = 1500 * time.Millisecond
)

// Found is what a search came to.
type Found struct {
	Ecosystem string           `json:"ecosystem"`
	Snapshot  string           `json:"snapshot"`
	Hits      []ecosystems.Hit `json:"hits"`
	More      bool             `json:"more"`              // there may be more: the limit was reached, or the time was up
	Pending   bool             `json:"pending"`           // packages are still being read: ask again in a moment
	Problem   string           `json:"problem,omitempty"` // why files are found only by their paths
}

// index is one that is being made, or was.
type index struct {
	ecosystem, snapshot string
	ready               chan struct{}
	made                ecosystems.Index // once ready
	err                 error
	at                  time.Time
}

// searches keeps the indexes that were used last, and makes one at a time.
type searches struct {
	mu     sync.Mutex
	list   []*index // the last used one last
	making chan struct{}

	patience time.Duration // of a search that waits for an index
}

func (s *searches) init() { s.making, s.patience = make(chan struct{}, 1), indexPatience }

// get returns the index of a snapshot, which may still be in the making, or nil if there is no place for it now.
func (s *searches) get(driver ecosystems.Searcher, shown serve.Shown) *index {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := shown.Snapshot.ID
	if at := slices.IndexFunc(s.list, func(x *index) bool { return x.ecosystem == shown.Ecosystem && x.snapshot == id }); at >= 0 {
		x := s.list[at]
		s.list = slices.Delete(s.list, at, at+1)
		if !x.failed() {
			s.list = append(s.list, x)
			return x
		}
	}
	select {
	case s.making <- struct{}{}:
	default:
		return nil
	}
	x := &index{ecosystem: shown.Ecosystem, snapshot: id, ready: make(chan struct{})}
	if s.list = append(s.list, x); len(s.list) > keptIndexes {
		s.list = slices.Delete(s.list, 0, 1)
	}
	go func() {
		defer func() { <-s.making }()
		ctx, cancel := context.WithTimeout(context.Background(), indexDeadline)
		defer cancel()
		x.make(ctx, driver, shown.View)
	}()
	return x
}

// failed reports whether it is time to try again.
func (x *index) failed() bool {
	select {
	case <-x.ready:
		return x.made == nil && time.Since(x.at) > indexRetry
	default:
		return false
	}
}

func (x *index) make(ctx context.Context, driver ecosystems.Searcher, view layout.View) {
	defer close(x.ready)
	defer func() { // a mistake of a driver must not end a server that clients use
		if bad := recover(); bad != nil {
			x.made, x.err, x.at = nil, errors.New("a mistake of this program; its log has more"), time.Now()
			slog.Error("cannot search packages: this is a bug", "ecosystem", x.ecosystem, "snapshot", x.snapshot, "panic", bad, "stack", string(debug.Stack()))
		}
	}()
	x.made, x.err = driver.Index(ctx, view)
	x.at = time.Now()
	if x.err != nil {
		slog.Warn("searches find files by their paths only", "ecosystem", x.ecosystem, "snapshot", x.snapshot, "error", x.err)
	}
}

// search looks for something in a snapshot.
func (p *Page) search(ctx context.Context, shown serve.Shown, q ecosystems.Query, limit int) (Found, error) {
	found := Found{Ecosystem: shown.Ecosystem, Snapshot: shown.Snapshot.ID, Hits: []ecosystems.Hit{}}
	if q.Empty() {
		return found, nil
	}
	made := p.index(ctx, &found, shown) // before the turn: who only waits takes nobody's place
	ctx, end, err := p.turn(ctx)
	if err != nil {
		return found, err
	}
	defer end()
	if made != nil {
		hits := made.Search(ctx, q, limit+1)
		found.More = len(hits) > limit
		found.Hits = append(found.Hits, hits[:min(limit, len(hits))]...)
	}
	here := map[string]bool{}
	for _, hit := range found.Hits {
		here[hit.Path] = true
	}
	files, more := searchPaths(ctx, shown.View, q, limit-len(found.Hits), here)
	found.Hits = append(found.Hits, files...)
	found.More = found.More || more
	return found, nil
}

// index waits for the index of a snapshot. It may not be there yet, or at all.
func (p *Page) index(ctx context.Context, found *Found, shown serve.Shown) ecosystems.Index {
	driver, ok := p.drivers[shown.Ecosystem].(ecosystems.Searcher)
	if !ok {
		return nil
	}
	x := p.searches.get(driver, shown)
	if x == nil {
		found.Pending = true
		return nil
	}
	wait := time.NewTimer(p.searches.patience)
	defer wait.Stop()
	select {
	case <-x.ready:
	case <-wait.C:
		found.Pending = true
		return nil
	case <-ctx.Done():
		return nil
	}
	if x.err != nil {
		found.Problem = x.err.Error()
	}
	return x.made
}

// shortestDigest is how many digits of a SHA-256 find an object.
const shortestDigest = 8

// searchPaths finds files by words in their paths, or by the first digits of their SHA-256, which is
// what proves them in every ecosystem.
func searchPaths(ctx context.Context, view layout.View, q ecosystems.Query, limit int, known map[string]bool) (hits []ecosystems.Hit, more bool) {
	ctx, cancel := context.WithTimeout(ctx, scanDeadline)
	defer cancel()
	words, sum := q.Words(), ""
	if len(words) == 1 && len(words[0]) >= shortestDigest && len(words[0]) <= 64 && strings.Trim(words[0], "0123456789abcdef") == "" {
		sum = words[0]
	}
	n := 0
	var lower []byte
	for e := range view.All("") {
		if n++; n%1024 == 0 && ctx.Err() != nil {
			return hits, true
		}
		lower = appendLower(lower[:0], e.Path)
		if !containsAll(lower, words) && (sum == "" || e.IsLink() || !strings.HasPrefix(e.Object.String(), sum)) || known[e.Path] {
			continue
		}
		if len(hits) >= limit {
			return hits, true
		}
		hits = append(hits, fileHit(e))
	}
	return hits, false
}

func fileHit(e layout.Entry) ecosystems.Hit {
	name := e.Path[strings.LastIndexByte(e.Path, '/')+1:]
	if e.IsLink() {
		return ecosystems.Hit{Kind: "link", Name: name, Path: e.Path, Here: true, Note: "leads to " + e.Link}
	}
	return ecosystems.Hit{
		Kind: "file", Name: name, Path: e.Path, Size: e.Size, Here: true,
		Proofs: []ecosystems.Proof{{How: "SHA-256", Value: e.Object.String()}},
	}
}

// appendLower appends a text with its ASCII letters small.
func appendLower(to []byte, text string) []byte {
	for i := range len(text) {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		to = append(to, c)
	}
	return to
}

func containsAll(text []byte, words []string) bool {
	for _, word := range words {
		if !bytes.Contains(text, []byte(word)) {
			return false
		}
	}
	return true
}
