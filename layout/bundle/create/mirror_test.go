package create

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mirror is a root to make bundles from.
type mirror struct {
	t     testing.TB
	root  *os.Root
	store *store.Store
	clock int64
}

func newMirror(t testing.TB) *mirror { return openMirror(t, t.TempDir()) }

func openMirror(t testing.TB, dir string) *mirror {
	t.Helper()
	root, err := os.OpenRoot(dir)
	must(t, err)
	objects, err := store.Open(root)
	must(t, err)
	t.Cleanup(func() { objects.Close(); root.Close() })
	return &mirror{t, root, objects, 0}
}

// tree is paths and contents.
type tree map[string]string

// write keeps a snapshot of a tree.
func (m *mirror) write(ecosystem string, content tree) *layout.Snapshot {
	m.t.Helper()
	var entries []layout.Entry
	for path, text := range content {
		if text != "" && text[0] == '>' {
			entries = append(entries, layout.Entry{Path: path, Link: text[1:]})
			continue
		}
		entries = append(entries, layout.Entry{Path: path, Object: m.put(text), Size: int64(len(text))})
	}
	m.clock++
	s, err := m.history(ecosystem).Write(context.Background(), layout.Header{Time: time.Unix(1_760_000_000+m.clock, 0)}, slices.Values(entries))
	must(m.t, err)
	return s
}

// publish makes a tree the current snapshot, and gives that a time which is the same in each run.
func (m *mirror) publish(ecosystem string, content tree) *layout.Snapshot {
	m.t.Helper()
	s := m.write(ecosystem, content)
	h := m.history(ecosystem)
	must(m.t, h.Publish(context.Background(), s))
	// The time of the link is now; a confirmation in the far future hides it.
	must(m.t, h.Confirm(s.ID, time.Unix(4_000_000_000+m.clock, 0)))
	return s
}

func (m *mirror) history(ecosystem string) *layout.History {
	m.t.Helper()
	h, err := layout.OpenHistory(m.root, m.store, ecosystem)
	must(m.t, err)
	return h
}

func (m *mirror) put(text string) store.ID {
	m.t.Helper()
	id := store.ID(sha256.Sum256([]byte(text)))
	if _, ok := m.store.Has(id); ok {
		return id
	}
	id, err := m.store.Put(context.Background(), []byte(text))
	must(m.t, err)
	return id
}

// sign is a signature that anybody can make.
func sign(manifest []byte, comment string) ([]byte, error) {
	return fmt.Appendf(nil, "%x %s\n", sha256.Sum256(manifest), comment), nil
}

func (m *mirror) create(opts Options) *Result {
	m.t.Helper()
	if opts.Sign == nil {
		opts.Sign = sign
	}
	r, err := Create(context.Background(), m.root, m.store, opts)
	must(m.t, err)
	return r
}

// readVolume returns what a volume holds besides README and index: the payloads by their names.
func readVolume(t testing.TB, file string, m *bundle.Manifest, n int) map[string][]byte {
	t.Helper()
	payloads := map[string][]byte{}
	f, err := os.Open(file)
	must(t, err)
	defer f.Close()
	v := m.Volumes[n-1]
	names := tarNames(t, file)
	index, err := bundle.NewIndexReader(f2section(f, v.Index), m.Name, n, v.Index)
	must(t, err)
	defer index.Close()
	i := 1
	for index.Next() {
		e := index.Entry()
		data := make([]byte, e.Size)
		_, err := f.ReadAt(data, e.Offset)
		must(t, err)
		if got := store.ID(sha256.Sum256(data)); got != e.SHA256 {
			t.Fatalf("%s: entry %d: SHA-256 %s, want %s", file, i, got, e.SHA256)
		}
		payloads[names[i].Name] = data
		if names[i].Size != e.Size || names[i].offset != e.Offset {
			t.Fatalf("%s: entry %d is %+v, tar says %+v", file, i, e, names[i])
		}
		i++
	}
	must(t, index.Err())
	if i != len(names)-1 || names[0].Name != "README" || names[i].Name != bundle.IndexMember(m.Name, n) {
		t.Fatalf("%s: members %v", file, names)
	}
	return payloads
}
