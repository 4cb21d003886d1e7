package mirror

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"sync"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
)

// Room is what a root has space for, in bytes.
type Room struct {
	Free   int64 // of its file system, less a reserve
	Budget int64 // what the store may hold in all; 0: no matter how much
	Stored int64 // what it holds; known only if there is a budget
}

// Left is how much more may be stored.
func (r Room) Left() int64 {
	if r.Budget == 0 {
		return r.Free
	}
	return min(r.Free, max(0, r.Budget-r.Stored))
}

// reserve is left free, so that snapshots, state and the rest of the machine go on working.
const reserve = 64 << 20

// Room measures what the root has space for. With a budget that looks at every object of the store.
func (m *Mirror) Room() (r Room, err error) {
	defer m.locate(&err)
	if r.Budget, err = parseBudget(m.cfg.Fetch.Budget); err != nil {
		return r, err
	}
	r.Free = math.MaxInt64 // a file system that does not tell will say when it is full
	if free, known := store.FreeSpace(m.root); known {
		r.Free = max(0, free-reserve)
	}
	if r.Budget > 0 {
		r.Stored, err = m.stored()
	}
	return r, err
}

func parseBudget(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	budget, err := fetch.ParseSize(text)
	if err != nil {
		return 0, fmt.Errorf("fetch.budget: %w", err)
	}
	return budget, nil
}

// room is the [Room] for one run, and what is known to come.
type room struct {
	measure func() (Room, error) // called once, when something is to be stored at all

	mu    sync.Mutex
	known int64 // exact sizes announced so far of what the store lacks
}

func newRoom(m *Mirror) (*room, error) {
	if _, err := parseBudget(m.cfg.Fetch.Budget); err != nil {
		return nil, err
	}
	return &room{measure: sync.OnceValues(m.Room)}, nil
}

// boundless is a room in which everything fits.
func boundless() *room {
	return &room{measure: func() (Room, error) { return Room{Free: math.MaxInt64}, nil }}
}

// expectation judges what a driver expects. Part of that may be in the store
// already, left there by runs that did not come to a snapshot; arrived is asked
// for its bytes only if it matters.
func (r *room) expectation(e ecosystems.Expectation, arrived func() (int64, error)) error {
	limits, err := r.measure()
	if err != nil || e.Bytes <= limits.Left() {
		return err
	}
	bytes, err := arrived()
	if err != nil {
		return err
	}
	if e.Bytes-bytes <= limits.Left() {
		return nil
	}
	about := ""
	if e.Estimated {
		about = "about "
	}
	return limits.full(fmt.Sprintf("%s%s in %d files", about, formatBytes(e.Bytes-bytes), e.Files), e.Instead)
}

// expect counts a request whose exact size is known beforehand.
func (r *room) expect(q fetch.Request, engine *fetch.Engine) error {
	if q.Size <= 0 {
		return nil
	}
	if _, held := engine.Held(q); held {
		return nil
	}
	limits, err := r.measure()
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known += q.Size
	if r.known <= limits.Left() {
		return nil
	}
	return limits.full("more than "+formatBytes(limits.Left()), "")
}

// Exceeded says why so many bytes more are too many; nil if they are not.
func (r Room) Exceeded(bytes int64) error {
	if bytes <= r.Left() {
		return nil
	}
	return r.full(formatBytes(bytes), "")
}

// full says what is needed, what there is, and what to do.
func (r Room) full(need, instead string) error {
	if instead != "" {
		instead = ", or select less: " + instead
	} else {
		instead = ", or select less"
	}
	const gc = "free some (offmirror gc --dry-run says how much it would)"
	if r.Left() < r.Free {
		return fmt.Errorf("the run needs %s; the store holds %s and the budget is %s: raise [fetch] budget, %s%s",
			need, formatBytes(r.Stored), formatBytes(r.Budget), gc, instead)
	}
	return fmt.Errorf("the run needs %s, and %s are free: make room, %s%s", need, formatBytes(r.Free), gc, instead)
}

// stored counts the bytes of everything below ROOT/store: objects, git repositories, and what is on its way.
func (m *Mirror) stored() (bytes int64, err error) {
	for o, err := range m.store.All() {
		if err != nil {
			return 0, err
		}
		bytes += o.Size
	}
	for _, folder := range []string{gitDir, "store/tmp"} {
		err := fs.WalkDir(m.root.FS(), folder, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				var info fs.FileInfo
				if info, err = d.Info(); err == nil {
					bytes += info.Size()
				}
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil // it has just gone, or there is none
			}
			return err
		})
		if err != nil {
			return 0, fmt.Errorf("%s: %w", folder, err)
		}
	}
	return bytes, nil
}

// formatBytes writes a size for people, in binary units.
func formatBytes(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	div, exp := int64(unit), 0
	for n/div >= unit && exp < 4 {
		div *= unit
		exp++
	}
	return fmt.Sprintf("%.1f %ciB", float64(n)/float64(div), "KMGTP"[exp])
}

// unpublished counts the bytes in the store that no published snapshot accounts
// for: what interrupted runs left.
func (m *Mirror) unpublished() (bytes int64, err error) {
	for o, err := range m.store.All() {
		if err != nil {
			return 0, err
		}
		bytes += o.Size
	}
	names, err := m.Ecosystems()
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		s, err := m.Status(name)
		if err != nil {
			return 0, err
		}
		if s.Header != nil {
			bytes -= s.Header.Bytes
		}
	}
	return max(0, bytes), nil
}
