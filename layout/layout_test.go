package layout

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
)

// mirror is a root with a history, and shortcuts.
type mirror struct {
	t testing.TB
	*History
	root  *os.Root
	store *store.Store
}

func newMirror(t testing.TB) *mirror {
	t.Helper()
	return openMirror(t, t.TempDir())
}

func openMirror(t testing.TB, dir string) *mirror {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close(); root.Close() })
	h, err := OpenHistory(root, st, "toy")
	if err != nil {
		t.Fatal(err)
	}
	return &mirror{t, h, root, st}
}

// files maps paths to content, or to "-> " and the target of a symbolic link.
type files map[string]string

const linkMark = "-> "

func (m *mirror) entries(f files) []Entry {
	m.t.Helper()
	entries := make([]Entry, len(f))
	var group sync.WaitGroup // one group of commits costs little more than one commit
	for i, p := range slices.Sorted(maps.Keys(f)) {
		if target, ok := strings.CutPrefix(f[p], linkMark); ok {
			entries[i] = Entry{Path: p, Link: target}
			continue
		}
		group.Go(func() {
			id, err := m.store.Put(context.Background(), []byte(f[p]))
			if err != nil {
				m.t.Error(err)
			}
			entries[i] = Entry{Path: p, Object: id, Size: int64(len(f[p]))}
		})
	}
	group.Wait()
	return entries
}

func (m *mirror) write(f files) *Snapshot {
	m.t.Helper()
	header := Header{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	s, err := m.Write(context.Background(), header, slices.Values(m.entries(f)))
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

func (m *mirror) publish(f files) *Snapshot {
	m.t.Helper()
	s := m.write(f)
	if err := m.Publish(context.Background(), s); err != nil {
		m.t.Fatal(err)
	}
	return s
}

// served reads the tree through ROOT/ECOSYSTEM; folders count as "".
func (m *mirror) served() files {
	m.t.Helper()
	return readTree(m.t, m.root, m.ecosystem)
}

func readTree(t testing.TB, root *os.Root, name string) files {
	t.Helper()
	got := files{}
	sub, err := root.OpenRoot(name)
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	err = fs.WalkDir(sub.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if entries, err := fs.ReadDir(sub.FS(), p); err == nil && len(entries) == 0 && p != "." {
				got[p+"/"] = "empty folder"
			}
			return nil
		}
		if d.Type() == fs.ModeSymlink {
			target, err := sub.Readlink(p)
			got[p] = linkMark + target
			return err
		}
		data, err := sub.ReadFile(p)
		got[p] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// contents reads a snapshot.
func contents(t testing.TB, s *Snapshot) files {
	t.Helper()
	got := files{}
	for e := range s.All("") {
		if e.IsLink() {
			got[e.Path] = linkMark + e.Link
			continue
		}
		f, err := s.Open(e)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		got[e.Path] = string(data)
	}
	return got
}

// object makes up an object id.
func object(s string) store.ID { return sha256.Sum256([]byte(s)) }

// manyFiles makes n files in some folders, all different, as version v.
func manyFiles(n, v int) files {
	f := files{}
	for i := range n {
		version := 0
		if i%10 == 0 {
			version = v
		}
		f[path.Join("tarballs", fmt.Sprint(i%7), fmt.Sprintf("pkg%d-%d.tar", i, version))] = fmt.Sprint("content ", i, version)
	}
	f["names"] = fmt.Sprint("names ", v)
	return f
}

func oneLine(t *testing.T, err error) {
	t.Helper()
	if err != nil && (strings.Contains(err.Error(), "\n") || len(err.Error()) > 1000) {
		t.Errorf("not one line: %v", err)
	}
}
