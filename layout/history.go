package layout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
)

// History is the snapshots of one ecosystem and its published tree.
//
//	ROOT/snapshots/ECOSYSTEM/ID              a snapshot
//	ROOT/snapshots/ECOSYSTEM/current         link to the published one
//	ROOT/snapshots/ECOSYSTEM/tags/NAME       link to one that is to be kept
//	ROOT/state/trees/ECOSYSTEM/a, b          the two trees
//	ROOT/state/trees/ECOSYSTEM/a.snapshot    the id of what tree a holds completely; absent while it changes
//	ROOT/ECOSYSTEM                           link to the tree that is served
//
// Methods that only read may be called at any time, by several processes. Those
// that write want the [Lock] of the root, and one of them at a time.
type History struct {
	root      *os.Root
	objects   *store.Store
	ecosystem string

	// Trace, if not nil, is called before each step of Write and Publish, for
	// progress and for tests that want to stop there.
	Trace func(Step)
}

// OpenHistory opens the history of an ecosystem, whose name consists of small
// letters, digits and hyphens. Nothing is made before something is written.
func OpenHistory(root *os.Root, objects *store.Store, ecosystem string) (*History, error) {
	if !validEcosystem(ecosystem) {
		return nil, fmt.Errorf("%q cannot be the name of an ecosystem: want small letters, digits and hyphens, and no folder of the mirror root", ecosystem)
	}
	return &History{root: root, objects: objects, ecosystem: ecosystem}, nil
}

// Ecosystem returns the name.
func (h *History) Ecosystem() string { return h.ecosystem }

func (h *History) folder() string                { return "snapshots/" + h.ecosystem }
func (h *History) currentLink() string           { return h.folder() + "/current" }
func (h *History) snapshotPath(id string) string { return h.folder() + "/" + id }

// CurrentID returns the id of the published snapshot, or "" if there is none.
//
// It is what the tree shows. The link to the snapshot follows a moment later, and
// if the process dies in between, with the next publication.
func (h *History) CurrentID() (string, error) {
	if live, _, err := h.trees(); err == nil && live != "" {
		if id := h.marker(live); id != "" {
			if _, err := h.root.Lstat(h.snapshotPath(id)); err == nil {
				return id, nil
			}
		}
	}
	return h.linkedID()
}

// linkedID returns the id of the snapshot that the link leads to, or "".
func (h *History) linkedID() (string, error) { return h.currentIn(h.root, h.currentLink()) }

func (h *History) currentIn(root *os.Root, link string) (string, error) {
	id, err := root.Readlink(link)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err == nil && !validSnapshotID(id) {
		err = fmt.Errorf("leads to %.80q, which is no snapshot", id)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", h.currentLink(), err)
	}
	return id, nil
}

// Published returns the id of the snapshot that the link leads to, or "", and
// since when it does.
func (h *History) Published() (id string, since time.Time, err error) {
	if id, err = h.linkedID(); err != nil || id == "" {
		return id, since, err
	}
	info, err := h.root.Lstat(h.currentLink())
	if err != nil {
		return "", since, fmt.Errorf("%s: %w", h.currentLink(), err)
	}
	return id, info.ModTime(), nil
}

// Served returns which of the two trees is served, "" before the first publication, and
// since when. Every publication of another snapshot than the one that is served changes the
// time, and nothing else does but [History.Rebuild]: who remembers both can tell later
// whether anything was published meanwhile.
func (h *History) Served() (tree string, since time.Time, err error) {
	if tree, _, err = h.trees(); err != nil || tree == "" {
		return "", since, err
	}
	info, err := h.root.Lstat(h.ecosystem)
	if err != nil {
		return "", since, fmt.Errorf("%s: %w", h.ecosystem, err)
	}
	return tree, info.ModTime().UTC(), nil
}

// Ecosystems returns the names of the ecosystems that have a history, sorted.
func Ecosystems(root *os.Root) ([]string, error) {
	entries, err := readFolder(root, "snapshots")
	if err != nil {
		return nil, fmt.Errorf("snapshots: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && validEcosystem(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Current loads the published snapshot. It is nil if nothing has been published.
func (h *History) Current() (*Snapshot, error) {
	id, err := h.CurrentID()
	if err != nil || id == "" {
		return nil, err
	}
	return h.read(id)
}

// Load loads the snapshot that ref means; see [History.Resolve].
func (h *History) Load(ref string) (*Snapshot, error) {
	id, err := h.Resolve(ref)
	if err != nil {
		return nil, err
	}
	return h.read(id)
}

// read loads and proves one snapshot.
func (h *History) read(id string) (*Snapshot, error) {
	f, err := store.OpenRegular(h.root, h.snapshotPath(id))
	if err != nil {
		return nil, h.readError(id, err)
	}
	defer f.Close()
	s, err := Decode(f, h.objects)
	if err == nil {
		err = h.expect(s.Header, id)
	}
	if err != nil {
		return nil, h.readError(id, err)
	}
	return s, nil
}

// Header reads what the snapshot that ref means says of itself, which costs much
// less than [History.Load] and proves nothing.
func (h *History) Header(ref string) (Header, error) {
	id, err := h.Resolve(ref)
	if err != nil {
		return Header{}, err
	}
	return h.readHeader(id)
}

func (h *History) readHeader(id string) (Header, error) {
	f, err := store.OpenRegular(h.root, h.snapshotPath(id))
	if err != nil {
		return Header{}, h.readError(id, err)
	}
	defer f.Close()
	header, err := DecodeHeader(f)
	if err == nil {
		err = h.expect(header, id)
	}
	if err != nil {
		return Header{}, h.readError(id, err)
	}
	return header, nil
}

func (h *History) expect(header Header, id string) error {
	if header.ID != id || header.Ecosystem != h.ecosystem {
		return fmt.Errorf("it is snapshot %s of %s", header.ID, header.Ecosystem)
	}
	return nil
}

func (h *History) readError(id string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s has no snapshot %s: %w", h.ecosystem, id, fs.ErrNotExist)
	}
	return &DamagedError{Path: h.snapshotPath(id), Err: err}
}

// DamagedError says that the file of a snapshot is not what was written.
type DamagedError struct {
	Path string // relative to ROOT
	Err  error
}

func (e *DamagedError) Error() string {
	return e.Path + " is damaged; sync again with the options that made it, or forget it if it is not the current one: " + e.Err.Error()
}

func (e *DamagedError) Unwrap() error { return e.Err }

// Kept is a snapshot in the list of all.
type Kept struct {
	Header
	Current bool
	Tags    []string // sorted
}

// List returns what is kept, oldest first. Only headers are read.
func (h *History) List() ([]Kept, error) {
	entries, err := readFolder(h.root, h.folder())
	if err != nil {
		return nil, err
	}
	current, err := h.CurrentID()
	if err != nil {
		return nil, err
	}
	tags, err := h.Tags()
	if err != nil {
		return nil, err
	}
	var kept []Kept
	for _, e := range entries {
		if !validSnapshotID(e.Name()) {
			continue
		}
		header, err := h.readHeader(e.Name())
		if err != nil {
			return nil, err
		}
		k := Kept{Header: header, Current: header.ID == current}
		for _, tag := range tags {
			if tag.ID == header.ID {
				k.Tags = append(k.Tags, tag.Name)
			}
		}
		kept = append(kept, k)
	}
	slices.SortFunc(kept, func(a, b Kept) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	return kept, nil
}

// IDs returns the ids of all snapshots that are kept, readable or not, sorted.
func (h *History) IDs() ([]string, error) {
	entries, err := readFolder(h.root, h.folder())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h.folder(), err)
	}
	var ids []string
	for _, e := range entries {
		if validSnapshotID(e.Name()) {
			ids = append(ids, e.Name())
		}
	}
	return ids, nil
}

// readFolder lists a folder. One that does not exist is empty.
func readFolder(root *os.Root, name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(root.FS(), name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}

// Write keeps a snapshot of entries, which may come in any order; see [NewList]
// for what they must not do. When it returns, the snapshot is durable, but not
// published.
//
// The id comes from the entries alone: if there is a snapshot of the same
// content, that one is returned. Its header is brought up to date if config,
// upstream or missing items differ; its time stays.
func (h *History) Write(ctx context.Context, header Header, entries iter.Seq[Entry]) (*Snapshot, error) {
	l, err := NewList(func(yield func(Entry) bool) {
		for e := range entries {
			if ctx.Err() != nil || !yield(e) {
				return
			}
		}
	})
	if err := cmp.Or(ctx.Err(), err); err != nil {
		return nil, fmt.Errorf("snapshot of %s: %w", h.ecosystem, err)
	}
	header.Format, header.Ecosystem, header.ID = format, h.ecosystem, identify(h.ecosystem, l)
	header.Files, header.Bytes, header.Time = int64(l.Len()), l.Total(), header.Time.UTC()
	header.Missing = someMissing(header.Missing)
	s := &Snapshot{Header: header, List: l, objects: h.objects}
	return s, h.keep(s)
}

func (h *History) keep(s *Snapshot) error {
	// All of the old one is read: a damaged one is written again.
	if old, err := h.scan(s.ID, func(*record) error { return nil }); err == nil {
		s.Time = old.Time
		if old.tellsTheSame(s.Header) {
			return nil
		}
	}
	if err := makeFolder(h.root, h.folder()); err != nil {
		return err
	}
	h.step(StepWrite)
	return writeFile(h.root, h.snapshotPath(s.ID), s.Encode)
}

// reword writes a snapshot that is kept with another header.
func (h *History) reword(ctx context.Context, header Header) error {
	h.step(StepWrite)
	return writeFile(h.root, h.snapshotPath(header.ID), func(w io.Writer) error {
		e, err := newEncoder(w, header)
		if err == nil {
			_, err = h.scan(header.ID, func(r *record) error { return cmp.Or(ctx.Err(), e.add(r)) })
		}
		return e.end(err)
	})
}
