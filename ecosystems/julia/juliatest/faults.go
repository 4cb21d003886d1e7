package juliatest

import (
	"net/http"
	"slices"
	"strings"
)

// faults are what is wrong with an Upstream, by path.
type faults struct {
	frozen  map[string]frozen
	edits   map[string]func([]byte) []byte
	tars    map[string]func([]byte) []byte
	removed []string // patterns
	lines   []string // of the list of registries
	failing []*failure
}

// frozen is an old answer.
type frozen struct {
	data []byte
	kind string
	ok   bool
}

// failure is an answer to so many requests.
type failure struct {
	pattern    string
	status     int // 0: the body ends after some bytes
	retryAfter string
	bytes      int64
	left       int // negative: any number
}

// matches compares a path with a pattern: a path, or a folder with a slash at its end. The
// empty pattern is any path.
func matches(pattern, path string) bool {
	return pattern == path || pattern == "" || strings.HasSuffix(pattern, "/") && strings.HasPrefix(path, pattern)
}

// Freeze keeps serving what a path holds now, or that it holds nothing, until [Upstream.Thaw]: a
// "registries.conservative" that falls behind "registries.eager", or a "registries" of a cache.
// A frozen "registries" does not redirect.
func (u *Upstream) Freeze(path string) {
	data, kind, ok := u.content(path, Gzip)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.faults.frozen == nil {
		u.faults.frozen = map[string]frozen{}
	}
	u.faults.frozen[path] = frozen{data, kind, ok}
}

// Thaw ends what Freeze began.
func (u *Upstream) Thaw(path string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.faults.frozen, path)
}

func (u *Upstream) isFrozen(path string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, ok := u.faults.frozen[path]
	return ok
}

// Tamper passes what is served at a path through edit, which may change its argument. A nil
// edit ends it. See [FlipByte].
func (u *Upstream) Tamper(path string, edit func([]byte) []byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	setEdit(&u.faults.edits, path, edit)
}

// TamperTar passes the tar stream of a tarball through edit before it is packed, so that
// what is wrong with it does not show until it is hashed or unpacked. A nil edit ends
// it. See [ChangeContent], [RenameMembers], [AppendMember].
func (u *Upstream) TamperTar(path string, edit func([]byte) []byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	setEdit(&u.faults.tars, path, edit)
}

func setEdit(edits *map[string]func([]byte) []byte, path string, edit func([]byte) []byte) {
	if *edits == nil {
		*edits = map[string]func([]byte) []byte{}
	}
	if edit == nil {
		delete(*edits, path)
		return
	}
	(*edits)[path] = edit
}

// Remove answers 404 for a path, or for all in a folder ("artifact/"), whatever registries list.
func (u *Upstream) Remove(path string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.faults.removed = append(u.faults.removed, path)
}

// Restore ends what Remove began.
func (u *Upstream) Restore(path string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.faults.removed = slices.DeleteFunc(u.faults.removed, func(p string) bool { return p == path })
}

// Fail answers so many requests, or all if times is negative, with a status. The path may be a
// folder ("package/") or empty for all. retryAfter is the header of that name, if it
// is not empty.
func (u *Upstream) Fail(path string, status, times int, retryAfter string) {
	u.fail(&failure{pattern: path, status: status, left: times, retryAfter: retryAfter})
}

// Truncate breaks the connection after some bytes of the body, for so many requests, or all if times is
// negative. Paths are those of Fail.
func (u *Upstream) Truncate(path string, bytes int64, times int) {
	u.fail(&failure{pattern: path, bytes: bytes, left: times})
}

func (u *Upstream) fail(f *failure) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.faults.failing = append(u.faults.failing, f)
}

// Recover ends what Fail and Truncate began, for all paths.
func (u *Upstream) Recover() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.faults.failing = nil
}

// fault returns how a request for path fails.
func (u *Upstream) fault(path string) (failure, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, f := range u.faults.failing {
		if f.left != 0 && matches(f.pattern, path) {
			f.left = max(f.left-1, -1)
			return *f, true
		}
	}
	return failure{}, false
}

// AddLines adds lines to the lists of registries, whatever they are. No lines take away what was
// added.
func (u *Upstream) AddLines(lines ...string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(lines) == 0 {
		u.faults.lines = nil
	}
	for _, l := range lines {
		u.faults.lines = append(u.faults.lines, l+"\n")
	}
}

// cutWriter breaks the connection after some bytes.
type cutWriter struct {
	*countingWriter
	left int64
}

func (w *cutWriter) Write(p []byte) (int, error) {
	if int64(len(p)) <= w.left {
		w.left -= int64(len(p))
		return w.countingWriter.Write(p)
	}
	_, _ = w.countingWriter.Write(p[:w.left])
	_ = http.NewResponseController(w.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}
