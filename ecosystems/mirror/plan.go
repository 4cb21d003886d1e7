package mirror

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// Plan is what a sync would do.
type Plan struct {
	Ecosystem string
	Unchanged bool          // the sync would find nothing new
	Items     []PlannedItem // sorted by path
	Room      Room          // what there is space for
	Notices   []ecosystems.Notice
}

// PlannedItem is one file of the next snapshot.
type PlannedItem struct {
	Path      string `json:"path"`
	Package   string `json:"package,omitempty"`
	Platform  string `json:"platform,omitempty"`
	Name      string `json:"name"`
	Reason    string `json:"reason"`
	URL       string `json:"url,omitempty"`  // where it would come from first; empty when it is not fetched
	Link      string `json:"link,omitempty"` // where a symbolic link leads
	Size      int64  `json:"size"`           // bytes; -1 when nobody can tell
	Estimated bool   `json:"estimated,omitempty"`
	Held      bool   `json:"held"`            // needs no transfer
	Error     string `json:"error,omitempty"` // why it cannot be had, as far as the plan can tell

	// Candidates are all places where it would be looked for, in order, without credentials;
	// nil if there is only URL.
	Candidates []string `json:"candidates,omitempty"`
}

// Plan works out what [Mirror.Sync] would do. It fetches indexes, which are kept
// so that the sync need not, and no content.
func (m *Mirror) Plan(ctx context.Context, job Job) (p *Plan, err error) {
	defer m.locate(&err)
	lock, err := layout.Lock(m.root)
	if err != nil {
		return nil, err
	}
	defer lock.Unlock()
	s, err := m.newSession(job, m.cfg.Now())
	if err != nil {
		return nil, err
	}
	ctx = s.begin(ctx)
	defer s.cancel()
	p, err = s.plan(ctx)
	err = s.reason(err)
	m.regret(err, "what was learned of upstreams is not kept", s.close())
	return p, err
}

func (s *session) plan(ctx context.Context) (*Plan, error) {
	in := s.input()
	in.Planning = true
	in.Settle = func(ctx context.Context) ([]ecosystems.Failure, error) { return nil, ctx.Err() }
	in.Expect = func(ecosystems.Expectation) error { return nil } // to say how much is the plan's purpose
	p := &Plan{Ecosystem: s.job.Ecosystem.Name}
	var err error
	if p.Room, err = s.room.measure(); err != nil {
		return nil, err
	}
	// There may be hundreds of thousands of items, so each is kept once and small; few have a request.
	requests := map[string]fetch.Request{} // by path, of items that would be fetched
	for it, err := range s.job.Driver.Plan(ctx, in) {
		switch {
		case errors.Is(err, ecosystems.ErrUnchanged):
			p.Unchanged = true
			p.Notices = s.notices
			return p, nil
		case err != nil:
			return nil, err
		}
		if err := layout.CheckPath(it.Path); err != nil {
			return nil, fmt.Errorf("%s: %w", it.Name, err)
		}
		planned, q := s.describe(it)
		if delete(requests, it.Path); q.URL != "" {
			requests[it.Path] = q
		}
		p.Items = append(p.Items, planned)
	}
	p.Items = latest(p.Items)
	if err := s.measure(ctx, p.Items, requests); err != nil {
		return nil, err
	}
	p.Notices = s.notices
	return p, nil
}

// notPlanned is the size of what is not to be in the plan.
const notPlanned = -2

// latest sorts by path and keeps of each path what was said last.
func latest(items []PlannedItem) []PlannedItem {
	slices.SortStableFunc(items, func(a, b PlannedItem) int { return strings.Compare(a.Path, b.Path) })
	kept := items[:0]
	for i, it := range items {
		if i+1 < len(items) && items[i+1].Path == it.Path || it.Size == notPlanned {
			continue
		}
		kept = append(kept, it)
	}
	clear(items[len(kept):])
	return kept
}

// describe turns an item into a line of the plan. The request is that which would fetch it, if
// one would.
func (s *session) describe(it ecosystems.Item) (p PlannedItem, q fetch.Request) {
	p = PlannedItem{
		Path: it.Path, Name: it.Name, Package: it.Package, Platform: it.Platform, Reason: it.Reason, Size: it.Size, Held: true,
	}
	switch src := it.Source.(type) {
	case ecosystems.Withdrawn:
		p.Size = notPlanned
	case ecosystems.Have:
		p.Size = src.Size
	case ecosystems.Link:
		p.Size, p.Link = 0, src.Target
	case ecosystems.Made:
		p.Size = int64(len(src.Bytes))
	case ecosystems.Failed:
		p.Size, p.Error = -1, src.Err.Error()
	case ecosystems.Download:
		q = src.Request
		s.describeRequest(&p, &q)
	case ecosystems.Prepared:
		q = src.First
		s.describeRequest(&p, &q)
		if len(src.From) > 0 {
			p.URL, p.Candidates = fetch.Redact(src.From[0]), withoutCredentials(src.From)
		}
	}
	return p, q
}

// describeRequest clears the request if it need not be made.
func (s *session) describeRequest(p *PlannedItem, q *fetch.Request) {
	if p.Held = false; q.URL == "" {
		if p.Size <= 0 {
			p.Size = -1
		}
		return
	}
	if o, held := s.engine.Held(*q); held {
		p.Held, p.Size = true, o.Size
		*q = fetch.Request{}
		return
	}
	p.URL, p.Candidates = fetch.Redact(q.URL), withoutCredentials(s.engine.Places(q))
	p.Size = max(q.Size, p.Size)
}

// withoutCredentials returns URLs as they may be shown; nil if there are not several.
func withoutCredentials(urls []string) []string {
	if len(urls) < 2 {
		return nil
	}
	out := make([]string, len(urls))
	for i, u := range urls {
		if out[i] = fetch.Redact(u); out[i] == userAlone.ReplaceAllString(u, "$1") {
			out[i] = u
		}
	}
	return out
}

// userAlone is a URL with a short name of a user and no password, which is no secret: it is shown
// so that who compares the list with that of another program finds the same.
var userAlone = regexp.MustCompile(`^((?:[A-Za-z][A-Za-z0-9+.-]*://)?)[A-Za-z0-9._-]{1,16}@`)

const (
	askAll = 2000 // up to so many unknown sizes are asked for one by one
	sample = 500  // of more, so many are asked and the rest estimated
)

// measure asks for the sizes that the index does not tell.
func (s *session) measure(ctx context.Context, items []PlannedItem, requests map[string]fetch.Request) error {
	var unknown []int
	for i, it := range items {
		if _, asked := requests[it.Path]; asked && !it.Held && it.Size <= 0 {
			unknown = append(unknown, i)
		}
	}
	asked := unknown
	if len(unknown) > askAll {
		asked = make([]int, sample)
		for i := range asked {
			asked[i] = unknown[i*len(unknown)/sample]
		}
	}
	questions := make([]fetch.Request, len(asked))
	for i, item := range asked {
		questions[i] = requests[items[item].Path]
	}
	sizes, err := s.sizes(ctx, questions)
	if err != nil {
		return err
	}
	var sum, known int64
	for i, item := range asked {
		if items[item].Size = sizes[i]; sizes[i] >= 0 {
			sum += sizes[i]
			known++
		}
	}
	for _, i := range unknown {
		it := &items[i]
		if it.Size <= 0 && known > 0 && len(asked) < len(unknown) {
			it.Size, it.Estimated = sum/known, true
		} else if it.Size == 0 {
			it.Size = -1
		}
	}
	return nil
}

// sizes asks for the sizes of what requests are for, -1 where there is no answer.
func (s *session) sizes(ctx context.Context, requests []fetch.Request) ([]int64, error) {
	sizes := make([]int64, len(requests))
	var group errgroup.Group
	group.SetLimit(max(1, s.m.cfg.Fetch.Concurrency))
	for i, q := range requests {
		group.Go(func() error {
			size, err := s.engine.Size(ctx, q)
			if sizes[i] = size; err != nil {
				sizes[i] = -1 // the sync will say what is wrong with it
			}
			return ctx.Err()
		})
	}
	return sizes, group.Wait()
}
