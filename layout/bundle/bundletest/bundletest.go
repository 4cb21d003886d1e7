package bundletest

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
)

// Snapshot is a snapshot that a bundle is to bring.
type Snapshot struct {
	Ecosystem string
	Files     map[string]string // by path; "-> TARGET" is a symbolic link
	Time      time.Time         // of the snapshot; zero: Published
	Published time.Time
	Checked   time.Time // zero: Published
	Base      []string

	// List is what the bundle brings instead of the list of Files, and ID the snapshot that the
	// manifest says it is, if not that of Files. See [RawList].
	List []byte
	ID   string
}

// Maker makes one bundle.
type Maker struct {
	Snapshots  []Snapshot
	Lack       func(store.ID) bool // objects that the bundle lacks; nil: none
	VolumeSize int64               // 0: 4 GiB

	// Index, if not nil, changes the entries of the index of volume n.
	Index func(n int, entries []bundle.Entry) []bundle.Entry
	// RawIndex, if not nil, changes the encoded index of volume n.
	RawIndex func(n int, index []byte) []byte
	// Payload, if not nil, changes the bytes of a payload as they are written; their length must stay.
	Payload func(n int, id store.ID, data []byte) []byte
	// Manifest, if not nil, changes the manifest before its name is derived.
	Manifest func(m *bundle.Manifest)
	// Finished, if not nil, changes the finished manifest.
	Finished func(m *bundle.Manifest)
}

// Bundle is a bundle in memory.
type Bundle struct {
	Manifest *bundle.Manifest
	File     []byte
	Volumes  [][]byte
}

// ID is the name of an object.
func ID(data []byte) store.ID { return sha256.Sum256(data) }

// List encodes the list of a snapshot and returns the snapshot's id.
func List(t testing.TB, s Snapshot) (file []byte, header layout.Header) {
	t.Helper()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	objects, err := store.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer objects.Close()
	h, err := layout.OpenHistory(root, objects, s.Ecosystem)
	if err != nil {
		t.Fatal(err)
	}
	at := s.Time
	if at.IsZero() {
		at = s.Published
	}
	snapshot, err := h.Write(t.Context(), layout.Header{Time: at}, func(yield func(layout.Entry) bool) {
		for path, content := range s.Files {
			if !yield(Entry(path, content)) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := snapshot.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), snapshot.Header
}

// Entry is the entry of a snapshot for a file, or for a link if content begins with "-> ".
func Entry(path, content string) layout.Entry {
	if len(content) > 3 && content[:3] == "-> " {
		return layout.Entry{Path: path, Link: content[3:]}
	}
	return layout.Entry{Path: path, Object: ID([]byte(content)), Size: int64(len(content))}
}

type payload struct {
	member string
	id     store.ID
	data   []byte
	piece  bool
}

// Make makes the bundle.
func (k Maker) Make(t testing.TB) *Bundle {
	t.Helper()
	size := k.VolumeSize
	if size == 0 {
		size = 4 << 30
	}
	m := &bundle.Manifest{Format: bundle.Format, VolumeSize: size}
	objects := map[store.ID][]byte{}
	var all []payload
	for _, s := range k.Snapshots {
		file, header := List(t, s)
		if s.List != nil {
			file = s.List
		}
		if s.ID != "" {
			header.ID = s.ID
		}
		checked := s.Checked
		if checked.IsZero() {
			checked = s.Published
		}
		m.Ecosystems = append(m.Ecosystems, bundle.Ecosystem{
			Name: s.Ecosystem, Snapshot: header.ID, Time: header.Time.UTC().Truncate(time.Second), Published: s.Published, Checked: checked,
			Files: header.Files, Bytes: header.Bytes, List: bundle.Piece{SHA256: ID(file), Size: int64(len(file))}, Base: s.Base,
		})
		if s.Published.After(m.Created) {
			m.Created = s.Published
		}
		all = append(all, payload{member: bundle.ListMember(s.Ecosystem, header.ID), id: ID(file), data: file})
		for path, content := range s.Files {
			if e := Entry(path, content); e.Link == "" && (k.Lack == nil || !k.Lack(e.Object)) {
				objects[e.Object] = []byte(content)
			}
		}
	}
	ids := make([]store.ID, 0, len(objects))
	for id, data := range objects {
		ids = append(ids, id)
		m.Objects++
		m.Bytes += int64(len(data))
	}
	slices.SortFunc(ids, func(a, b store.ID) int { return bytes.Compare(a[:], b[:]) })
	for _, id := range ids {
		all = append(all, payload{member: bundle.ObjectMember(id), id: id, data: objects[id]})
	}
	if k.Manifest != nil {
		k.Manifest(m)
	}
	m.Name = m.DeriveName()
	b := &Bundle{Manifest: m}
	k.volumes(t, b, all)
	if k.Finished != nil {
		k.Finished(m)
	}
	var err error
	if b.File, err = m.Encode(); err != nil {
		t.Fatal(err)
	}
	return b
}

// Write writes the bundle into a folder, only those volumes that are named, if any are.
func (b *Bundle) Write(t testing.TB, folder string, volumes ...int) {
	t.Helper()
	put := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(b.Manifest.Name+bundle.ManifestSuffix, b.File)
	for i, data := range b.Volumes {
		if len(volumes) == 0 || slices.Contains(volumes, i+1) {
			put(bundle.VolumeFile(b.Manifest.Name, i+1), data)
		}
	}
}

// volumes fills volumes one after the other. Nothing is shared between volumes but
// what is larger than one.
func (k Maker) volumes(t testing.TB, b *Bundle, all []payload) {
	t.Helper()
	size := b.Manifest.VolumeSize
	var v *volume
	end := func() {
		if v != nil {
			k.finish(t, b, v)
			v = nil
		}
	}
	begin := func() {
		v = &volume{number: len(b.Volumes) + 1}
		v.tar = tar.NewWriter(&v.bytes)
	}
	room := func() int64 { return size - int64(v.bytes.Len()) - int64(200*(len(v.entries)+2)) - 8<<10 }
	for _, p := range all {
		if v == nil {
			begin()
		}
		if int64(len(p.data)) > size/2 { // this maker's notion of too large
			k.split(t, b, p, &v, begin, end, room)
			continue
		}
		if int64(len(p.data)) > room() {
			end()
			begin()
		}
		v.add(t, p, k.Payload)
	}
	if v == nil {
		begin()
	}
	end()
}

func (k Maker) split(t testing.TB, b *Bundle, p payload, v **volume, begin, end func(), room func() int64) {
	t.Helper()
	if room() < 4096 {
		end()
		begin()
	}
	s := bundle.Split{Piece: bundle.Piece{SHA256: p.id, Size: int64(len(p.data))}, First: (*v).number}
	half := int64(len(p.data)) / 2
	for rest := p.data; len(rest) > 0; {
		n := min(int64(len(rest)), room(), max(half, 1))
		part := rest[:n]
		rest = rest[n:]
		(*v).add(t, payload{member: bundle.PieceMember(p.member, len(s.Pieces)+1), id: ID(part), data: part, piece: true}, k.Payload)
		s.Pieces = append(s.Pieces, bundle.Piece{SHA256: ID(part), Size: n})
		if len(rest) > 0 {
			end()
			begin()
		}
	}
	b.Manifest.Splits = append(b.Manifest.Splits, s)
}

type volume struct {
	number  int
	bytes   bytes.Buffer
	tar     *tar.Writer
	entries []bundle.Entry
}

func (v *volume) member(t testing.TB, name string, data []byte) (offset int64) {
	t.Helper()
	err := v.tar.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o444})
	offset = int64(v.bytes.Len())
	if err == nil {
		_, err = v.tar.Write(data)
	}
	if err == nil {
		err = v.tar.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	return offset
}

func (v *volume) add(t testing.TB, p payload, change func(int, store.ID, []byte) []byte) {
	t.Helper()
	data := p.data
	if change != nil {
		data = change(v.number, p.id, bytes.Clone(data))
	}
	at := v.member(t, p.member, data)
	v.entries = append(v.entries, bundle.Entry{Piece: bundle.Piece{SHA256: p.id, Size: int64(len(p.data))}, Offset: at})
}

func (k Maker) finish(t testing.TB, b *Bundle, v *volume) {
	t.Helper()
	entries := v.entries
	if k.Index != nil {
		entries = k.Index(v.number, entries)
	}
	index := Index(t, b.Manifest.Name, v.number, entries)
	if k.RawIndex != nil {
		index = k.RawIndex(v.number, index)
	}
	at := v.member(t, bundle.IndexMember(b.Manifest.Name, v.number), index)
	if err := v.tar.Close(); err != nil {
		t.Fatal(err)
	}
	b.Volumes = append(b.Volumes, v.bytes.Bytes())
	b.Manifest.Volumes = append(b.Manifest.Volumes, bundle.Volume{
		SHA256: ID(v.bytes.Bytes()), Size: int64(v.bytes.Len()),
		Index: bundle.Index{Piece: bundle.Piece{SHA256: ID(index), Size: int64(len(index))}, Offset: at},
	})
}

// Index encodes the index of a volume.
func Index(t testing.TB, name string, n int, entries []bundle.Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := bundle.NewIndexWriter(&b, name, n)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := w.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
