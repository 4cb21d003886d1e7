package mirror

import (
	"fmt"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
)

// room is what a run may still add to the store: the free space of its file
// system, less a reserve, or the configured budget if that is smaller.
type room struct {
	limit  int64
	budget bool // the limit is the budget

	mu    sync.Mutex
	known int64 // exact sizes announced so far of what the store lacks
}

// reserve is left free, so that snapshots, state and the rest of the machine go on working.
const reserve = 64 << 20

func newRoom(dir, budgetText string) (*room, error) {
	var budget int64
	if budgetText != "" {
		var err error
		if budget, err = fetch.ParseSize(budgetText); err != nil {
			return nil, fmt.Errorf("fetch.budget: %w", err)
		}
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return nil, fmt.Errorf("free space of %s: %w", dir, err)
	}
	free := max(0, int64(fs.Bavail)*int64(fs.Bsize)-reserve) //nolint:unconvert // Bsize has 32 bits elsewhere
	if budget > 0 && budget < free {
		return &room{limit: budget, budget: true}, nil
	}
	return &room{limit: free}, nil
}

// expectation judges what a driver expects. Part of that may be in the store
// already, left there by runs that did not come to a snapshot; arrived is asked
// for its bytes only if it matters.
func (r *room) expectation(e ecosystems.Expectation, arrived func() (int64, error)) error {
	if e.Bytes <= r.limit {
		return nil
	}
	bytes, err := arrived()
	if err != nil {
		return err
	}
	if e.Bytes-bytes <= r.limit {
		return nil
	}
	about := ""
	if e.Estimated {
		about = "about "
	}
	return r.full(fmt.Sprintf("%s%s in %d files", about, formatBytes(e.Bytes), e.Files), e.Instead)
}

// expect counts a request whose exact size is known beforehand.
func (r *room) expect(q fetch.Request, engine *fetch.Engine) error {
	if q.Size <= 0 {
		return nil
	}
	if _, held := engine.Held(q); held {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known += q.Size
	if r.known <= r.limit {
		return nil
	}
	return r.full("more than "+formatBytes(r.limit), "")
}

func (r *room) full(need, instead string) error {
	if instead != "" {
		instead = ", or select less: " + instead
	}
	if r.budget {
		return fmt.Errorf("the run needs %s, the budget is %s: raise [fetch] budget%s", need, formatBytes(r.limit), instead)
	}
	return fmt.Errorf("the run needs %s, %s are free: make room%s", need, formatBytes(r.limit), instead)
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
