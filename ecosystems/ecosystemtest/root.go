package ecosystemtest

import (
	"context"
	"errors"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// Root is a mirror root in a temporary folder, for one ecosystem. Retries come
// at once, and the clock stands still unless a test moves it.
type Root struct {
	Dir       string
	Ecosystem ecosystems.Ecosystem
	Config    mirror.Config

	t   *testing.T
	mu  sync.Mutex
	now time.Time
}

// NewRoot makes an empty root.
func NewRoot(t *testing.T, e ecosystems.Ecosystem) *Root {
	t.Helper()
	r := &Root{Dir: t.TempDir(), Ecosystem: e, t: t, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	r.Config = mirror.Config{Fetch: fetch.DefaultConfig(), Now: r.Now}
	r.Config.Fetch.Retries, r.Config.Fetch.Backoff = 1, time.Millisecond
	return r
}

// Now is the time of the runs.
func (r *Root) Now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// Pass lets time pass.
func (r *Root) Pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// Outcome is what one sync came to.
type Outcome struct {
	mirror.Report
	Items []ecosystems.Item // as the driver yielded them
	Err   error
}

// Notice returns the first notice of a kind, and whether there is one.
func (r Outcome) Notice(kind string) (ecosystems.Notice, bool) {
	for _, n := range r.Notices {
		if n.Kind == kind {
			return n, true
		}
	}
	return ecosystems.Notice{}, false
}

// Sync runs a driver and publishes what it comes to.
func (r *Root) Sync(d ecosystems.Driver, s ecosystems.Selection) Outcome {
	return r.SyncContext(context.Background(), d, s)
}

// SyncContext is Sync with a context.
func (r *Root) SyncContext(ctx context.Context, d ecosystems.Driver, s ecosystems.Selection) Outcome {
	r.t.Helper()
	m := r.open()
	defer r.close(m)
	driver, rec := record(d)
	report, err := m.Sync(ctx, mirror.Job{Ecosystem: r.Ecosystem, Driver: driver, Options: r.Ecosystem.Options(), Selection: s})
	return Outcome{Report: report, Items: rec.items, Err: err}
}

// Plan works out what a sync would do.
func (r *Root) Plan(d ecosystems.Driver, s ecosystems.Selection) (*mirror.Plan, error) {
	r.t.Helper()
	m := r.open()
	defer r.close(m)
	return m.Plan(context.Background(), mirror.Job{Ecosystem: r.Ecosystem, Driver: d, Options: r.Ecosystem.Options(), Selection: s})
}

// Verify proves what is published and returns the damage.
func (r *Root) Verify(d ecosystems.Driver) []mirror.Damage {
	r.t.Helper()
	m := r.open()
	defer r.close(m)
	v, err := m.Verify(context.Background(), r.Ecosystem.Name, d, mirror.VerifyOptions{})
	if err != nil {
		r.t.Fatalf("verify: %v", err)
	}
	return v.Damage
}

// Current calls f with the published snapshot, which is nil before the first.
func (r *Root) Current(f func(layout.View)) {
	r.t.Helper()
	m := r.open()
	defer r.close(m)
	history, err := m.History(r.Ecosystem.Name)
	if err != nil {
		r.t.Fatalf("history: %v", err)
	}
	snapshot, err := history.Current()
	switch {
	case err != nil:
		r.t.Fatalf("current snapshot: %v", err)
	case snapshot == nil:
		f(nil)
	default:
		f(snapshot)
	}
}

// Files returns the published files by path, as the ids of their objects, or as
// "-> " and the target of a symbolic link; nil before the first snapshot.
func (r *Root) Files() map[string]string {
	r.t.Helper()
	var files map[string]string
	r.Current(func(v layout.View) {
		if v == nil {
			return
		}
		files = map[string]string{}
		for e := range v.All("") {
			files[e.Path] = e.Object.String()
			if e.IsLink() {
				files[e.Path] = "-> " + e.Link
			}
		}
	})
	return files
}

func (r *Root) open() *mirror.Mirror {
	r.t.Helper()
	m, err := mirror.Create(r.Dir, r.Config)
	if err != nil {
		r.t.Fatalf("opening the root: %v", err)
	}
	return m
}

func (r *Root) close(m *mirror.Mirror) {
	r.t.Helper()
	if err := m.Close(); err != nil {
		r.t.Errorf("closing the root: %v", err)
	}
}

// recorder is a driver that notes what another one yields.
type recorder struct {
	ecosystems.Driver
	items []ecosystems.Item
}

// record wraps d, keeping the optional interface that a sync looks for.
func record(d ecosystems.Driver) (ecosystems.Driver, *recorder) {
	r := &recorder{Driver: d}
	if c, ok := d.(ecosystems.Credentialed); ok {
		return struct {
			*recorder
			ecosystems.Credentialed
		}{r, c}, r
	}
	return r, r
}

// Plan implements [ecosystems.Driver].
func (r *recorder) Plan(ctx context.Context, in ecosystems.Input) iter.Seq2[ecosystems.Item, error] {
	return func(yield func(ecosystems.Item, error) bool) {
		for it, err := range r.Driver.Plan(ctx, in) {
			if err == nil {
				r.items = append(r.items, it)
			}
			if !yield(it, err) {
				return
			}
		}
	}
}

// cancelled reports whether err is the end of a context.
func cancelled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
