package create

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
)

// tester is what tests and properties have in common.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

func must(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mirror is a root to make bundles from.
type mirror struct {
	t     tester
	root  *os.Root
	store *store.Store
	clock int64
}

func newMirror(t testing.TB) *mirror { return openMirror(t, folderOf(t)) }

// newMirrorIn is for properties, whose parts have no folder of their own.
func newMirrorIn(t tester, dir string) *mirror {
	t.Helper()
	root, err := os.OpenRoot(dir)
	must(t, err)
	objects, err := store.Open(root)
	must(t, err)
	return &mirror{t, root, objects, 0}
}

// memory is where to make folders: a file system in memory, where an fsync costs nothing, if this
// machine has one.
func memory() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

// folderOf makes a folder there that is gone after the test.
func folderOf(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(memory(), "bundle")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (m *mirror) close() {
	m.store.Close()
	m.root.Close()
}

func openMirror(t testing.TB, dir string) *mirror {
	t.Helper()
	m := newMirrorIn(t, dir)
	t.Cleanup(m.close)
	return m
}

// tree is paths and contents.
type tree map[string]string

// write keeps a snapshot of a tree.
func (m *mirror) write(ecosystem string, content tree) *layout.Snapshot {
	m.t.Helper()
	var entries []layout.Entry
	for path, text := range content {
		if target, ok := strings.CutPrefix(text, ">"); ok {
			entries = append(entries, layout.Entry{Path: path, Link: target})
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

// put puts an object into the store, without the care that a real one takes.
func (m *mirror) put(text string) store.ID {
	m.t.Helper()
	id := store.ID(sha256.Sum256([]byte(text)))
	name := m.store.Path(id)
	must(m.t, m.root.MkdirAll(path.Dir(name), 0o755))
	must(m.t, m.root.WriteFile(name, []byte(text), 0o644))
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

// readVolume returns what a volume holds besides README and index, by name, and checks on the way that the
// index says the same as the tar.
func readVolume(t tester, file string, m *bundle.Manifest, n int) map[string]string {
	t.Helper()
	f, err := os.Open(file)
	must(t, err)
	defer f.Close()
	v := m.Volumes[n-1]
	at := io.NewSectionReader(f, v.Index.Offset, v.Index.Size)
	index, err := bundle.NewIndexReader(at, m.Name, n, v.Index)
	must(t, err)
	defer index.Close()
	members := tarMembers(t, file)
	payloads := map[string]string{}
	i := 1
	for ; index.Next(); i++ {
		e, x := index.Entry(), members[i]
		data := make([]byte, e.Size)
		_, err := f.ReadAt(data, e.Offset)
		must(t, err)
		if store.ID(sha256.Sum256(data)) != e.SHA256 || x.Size != e.Size || x.offset != e.Offset {
			t.Fatalf("%s: entry %d is %+v, the tar has %+v", file, i, e, x)
		}
		payloads[x.Name] = string(data)
	}
	must(t, index.Err())
	if i != len(members)-1 || members[0].Name != "README" || members[i].Name != bundle.IndexMember(m.Name, n) {
		t.Fatalf("%s: members %v", file, members)
	}
	if len(payloads) != len(members)-2 {
		t.Fatalf("%s: a member comes twice", file)
	}
	return payloads
}

// readBundle returns the lists and objects of a bundle, whose pieces it puts together, and checks that the
// manifest is about these volumes.
func readBundle(t tester, r *Result) map[string]string {
	t.Helper()
	all := map[string]string{}
	m := readManifest(t, r)
	for n, v := range m.Volumes {
		file := volumeFile(r, n+1)
		data, err := os.ReadFile(file)
		must(t, err)
		if store.ID(sha256.Sum256(data)) != v.SHA256 || int64(len(data)) != v.Size || v.Size >= m.VolumeSize {
			t.Fatalf("%s has %d bytes, the manifest says %+v", file, len(data), v)
		}
		for member, payload := range readVolume(t, file, m, n+1) {
			name, piece, split := strings.Cut(member, ".part-")
			if had, ok := all[name]; ok && !split {
				t.Fatalf("%s comes twice", name)
			} else if split && (piece == "0001") == ok {
				t.Fatalf("%s: piece %s does not follow %d bytes", name, piece, len(had))
			}
			all[name] += payload
		}
	}
	return all
}

// readManifest reads the manifest as it lies in the last folder.
func readManifest(t tester, r *Result) *bundle.Manifest {
	t.Helper()
	last := r.Files[len(r.Files)-1].Path
	if filepath.Base(last) != r.Manifest.Name+bundle.ManifestSuffix {
		t.Fatalf("the last file is %s", last)
	}
	data, err := os.ReadFile(last)
	must(t, err)
	m, err := bundle.Parse(data)
	must(t, err)
	return m
}

func volumeFile(r *Result, n int) string {
	i := slices.IndexFunc(r.Files, func(f File) bool { return f.Volume == n })
	return r.Files[i].Path
}

func (m *mirror) remake(r *Result, opts RemakeOptions) *Result {
	m.t.Helper()
	var err error
	opts.Manifest, opts.Signature, err = Made(m.root, r.Manifest.Name)
	must(m.t, err)
	r, err = Remake(context.Background(), m.root, m.store, opts)
	must(m.t, err)
	return r
}
