package read_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/bundletest"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

func day(n int) time.Time { return time.Date(2030, 1, n, 12, 0, 0, 0, time.UTC) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// content is a tree of which one file is larger than a volume.
var content = map[string]string{
	"a": strings.Repeat("a", 20<<10), "b": strings.Repeat("b", 25<<10), "c": "c", "empty": "",
	"huge": strings.Repeat("huge ", 40<<10),
}

func sound(t testing.TB) *bundletest.Bundle {
	t.Helper()
	return bundletest.Maker{VolumeSize: 64 << 10, Snapshots: []bundletest.Snapshot{
		{Ecosystem: "toy", Files: content, Published: day(1)},
	}}.Make(t)
}

func open(t testing.TB, o read.Options, paths ...string) *read.Bundle {
	t.Helper()
	b, err := read.Open(paths, o)
	must(t, err)
	return b
}

func TestOpenFindsVolumesOnSeveralMedia(t *testing.T) {
	made := sound(t)
	last := len(made.Volumes)
	one, two := t.TempDir(), t.TempDir()
	made.Write(t, one, 1)
	made.Write(t, two, last)
	must(t, os.Remove(filepath.Join(two, made.Manifest.Name+".manifest")))
	must(t, os.WriteFile(filepath.Join(one, made.Manifest.Name+".manifest.minisig"), []byte("signature"), 0o600))
	must(t, os.WriteFile(filepath.Join(one, "README"), nil, 0o600))
	b := open(t, read.Options{}, two, one)
	if !bytes.Equal(b.File, made.File) || string(b.Signature) != "signature" {
		t.Errorf("manifest %q, signature %q", b.File, b.Signature)
	}
	var want []int
	for n := 2; n < last; n++ {
		want = append(want, n)
	}
	if diff := cmp.Diff(want, b.Missing()); diff != "" {
		t.Error(diff)
	}
	if v := b.Volumes[last-1]; v.Err != nil || filepath.Dir(v.Path) != two {
		t.Errorf("volume %+v", v)
	}
	if err := b.Volumes[1].Err; !errors.Is(err, read.ErrMissing) || !strings.Contains(err.Error(), ".002.tar") {
		t.Errorf("volume 2: %v", err)
	}
}

func TestOpenWithSeveralBundles(t *testing.T) {
	dir := t.TempDir()
	first := sound(t)
	first.Write(t, dir)
	second := bundletest.Maker{Snapshots: []bundletest.Snapshot{{Ecosystem: "toy", Files: content, Published: day(2)}}}.Make(t)
	second.Write(t, dir)
	_, err := read.Open([]string{dir}, read.Options{})
	several, ok := errors.AsType[*read.SeveralError](err)
	if !ok || !slices.Equal(several.Names, []string{first.Manifest.Name, second.Manifest.Name}) {
		t.Fatalf("two bundles: %v", err)
	}
	for _, file := range []string{".manifest", ".001.tar"} {
		b := open(t, read.Options{}, filepath.Join(dir, second.Manifest.Name+file))
		if b.Manifest.Name != second.Manifest.Name || b.Volumes[0].Err != nil {
			t.Errorf("%s: opened %s, %v", file, b.Manifest.Name, b.Volumes[0].Err)
		}
	}
	_, err = read.Open([]string{filepath.Join(dir, first.Manifest.Name+".manifest"), filepath.Join(dir, second.Manifest.Name+".manifest")}, read.Options{})
	if _, ok := errors.AsType[*read.SeveralError](err); !ok {
		t.Errorf("two that are named: %v", err)
	}
}

func TestOpenWithoutManifest(t *testing.T) {
	made := sound(t)
	dir := t.TempDir()
	made.Write(t, dir, 2)
	must(t, os.Remove(filepath.Join(dir, made.Manifest.Name+".manifest")))
	_, err := read.Open([]string{dir}, read.Options{})
	if err == nil || !strings.Contains(err.Error(), made.Manifest.Name+".manifest") {
		t.Errorf("no manifest: %v", err)
	}
	b := open(t, read.Options{Recall: func(name string) (manifest, signature []byte) {
		if name != made.Manifest.Name {
			return nil, nil
		}
		return made.File, []byte("signature")
	}}, dir)
	if b.Volumes[1].Err != nil || string(b.Signature) != "signature" {
		t.Errorf("recalled: %v", b.Volumes[1].Err)
	}
	_, err = read.Open([]string{t.TempDir()}, read.Options{})
	if err == nil || !strings.Contains(err.Error(), "no bundle") {
		t.Errorf("an empty folder: %v", err)
	}
	other := filepath.Join(dir, "other")
	must(t, os.WriteFile(other, nil, 0o600))
	if _, err = read.Open([]string{other}, read.Options{}); err == nil {
		t.Error("a file of no bundle was opened")
	}
}

func TestOpenRefusesManifests(t *testing.T) {
	made := sound(t)
	name := made.Manifest.Name + ".manifest"
	renamed := strings.Replace(name, "2030", "2031", 1)
	for _, c := range []struct {
		name  string
		files map[string][]byte
	}{
		{"changed", map[string][]byte{name: bytes.Replace(made.File, []byte("toy"), []byte("top"), 1)}},
		{"cut off", map[string][]byte{name: made.File[:len(made.File)-3]}},
		{"empty", map[string][]byte{name: nil}},
		{"endless", map[string][]byte{name: bytes.Repeat([]byte("# \n"), bundle.MaxManifest/3+1)}},
	} {
		dir := t.TempDir()
		for file, data := range c.files {
			must(t, os.WriteFile(filepath.Join(dir, file), data, 0o600))
		}
		if _, err := read.Open([]string{dir}, read.Options{}); err == nil {
			t.Errorf("%s: was opened", c.name)
		}
	}
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, renamed), made.File, 0o600))
	if _, err := read.Open([]string{filepath.Join(dir, renamed)}, read.Options{}); err == nil || !strings.Contains(err.Error(), "renamed") {
		t.Errorf("renamed: %v", err)
	}
	one, two := t.TempDir(), t.TempDir()
	made.Write(t, one)
	must(t, os.WriteFile(filepath.Join(two, name), bytes.Replace(made.File, []byte("toy"), []byte("top"), 1), 0o600))
	if _, err := read.Open([]string{one, two}, read.Options{}); err == nil || !strings.Contains(err.Error(), "differ") {
		t.Errorf("two manifests of one name: %v", err)
	}
	open(t, read.Options{}, filepath.Join(one, name), two)
}

func TestVolumesThatAreNone(t *testing.T) {
	made := sound(t)
	dir := t.TempDir()
	made.Write(t, dir)
	at := func(n int) string { return filepath.Join(dir, bundle.VolumeFile(made.Manifest.Name, n)) }
	must(t, os.Truncate(at(1), 1000))
	must(t, os.Remove(at(2)))
	must(t, os.Symlink("/etc/passwd", at(2)))
	must(t, os.Remove(at(3)))
	must(t, os.Mkdir(at(3), 0o755))
	b := open(t, read.Options{}, dir)
	if err := b.Volumes[0].Err; !errors.Is(err, read.ErrDamaged) || !strings.Contains(err.Error(), "1000 bytes") {
		t.Errorf("cut off: %v", err)
	}
	if err := b.Volumes[1].Err; err == nil || errors.Is(err, read.ErrMissing) {
		t.Errorf("a link that leads away: %v", err)
	}
	if err := b.Volumes[2].Err; !errors.Is(err, read.ErrMissing) {
		t.Errorf("a folder: %v", err)
	}
	whole := t.TempDir()
	made.Write(t, whole, 1)
	if b := open(t, read.Options{}, dir, whole); b.Volumes[0].Err != nil || filepath.Dir(b.Volumes[0].Path) != whole {
		t.Errorf("of two copies not the whole one is taken: %+v", b.Volumes[0])
	}
}

func TestReaderReadsOnlyWhatIsWanted(t *testing.T) {
	made := sound(t)
	dir := t.TempDir()
	made.Write(t, dir)
	b := open(t, read.Options{}, dir)
	got := map[store.ID]string{}
	for n := range made.Volumes {
		for skip := range 2 {
			r, err := b.Reader(n + 1)
			must(t, err)
			for i := 0; r.Next(); i++ {
				if i%2 == skip {
					data, err := io.ReadAll(r)
					must(t, err)
					got[r.Entry().SHA256] = string(data)
				}
			}
			must(t, r.Err())
			r.Close()
		}
	}
	for id, data := range got {
		if bundletest.ID([]byte(data)) != id {
			t.Errorf("object %s reads %.20q", id, data)
		}
	}
	for _, name := range []string{"a", "b", "c", "empty"} {
		if got[bundletest.ID([]byte(content[name]))] != content[name] {
			t.Errorf("%s was not read", name)
		}
	}
}

func TestOpenOneObject(t *testing.T) {
	made := sound(t)
	dir := t.TempDir()
	made.Write(t, dir)
	b := open(t, read.Options{}, dir)
	for name, want := range content {
		r, err := b.Open(t.Context(), bundletest.ID([]byte(want)), int64(len(want)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := io.ReadAll(r)
		must(t, err)
		r.Close()
		if string(got) != want {
			t.Errorf("%s reads %.20q", name, got)
		}
	}
	list := made.Manifest.Ecosystems[0].List
	r, err := b.Open(t.Context(), list.SHA256, list.Size)
	must(t, err)
	r.Close()
	for _, wrong := range []bundle.Piece{{SHA256: store.ID{1}, Size: 1}, {SHA256: bundletest.ID([]byte("c")), Size: 2}} {
		if _, err := b.Open(t.Context(), wrong.SHA256, wrong.Size); !errors.Is(err, read.ErrMissing) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
	must(t, os.Remove(b.Volumes[len(b.Volumes)-1].Path))
	b = open(t, read.Options{}, dir)
	if _, err := b.Open(t.Context(), bundletest.ID([]byte(content["huge"])), int64(len(content["huge"]))); !errors.Is(err, read.ErrMissing) {
		t.Errorf("without its last piece: %v", err)
	}
}

func TestEncryptedVolumes(t *testing.T) {
	made := sound(t)
	identity, err := age.GenerateX25519Identity()
	must(t, err)
	stranger, err := age.GenerateX25519Identity()
	must(t, err)
	dir := t.TempDir()
	made.Write(t, dir, 1)
	must(t, os.Remove(filepath.Join(dir, bundle.VolumeFile(made.Manifest.Name, 1))))
	for i, data := range made.Volumes {
		var sealed bytes.Buffer
		w, err := age.Encrypt(&sealed, identity.Recipient())
		must(t, err)
		_, err = w.Write(data)
		must(t, err)
		must(t, w.Close())
		must(t, os.WriteFile(filepath.Join(dir, bundle.VolumeFile(made.Manifest.Name, i+1)+".age"), sealed.Bytes(), 0o600))
	}
	for _, o := range []read.Options{{}, {Identities: []age.Identity{stranger}}} {
		b := open(t, o, dir)
		if err := b.Volumes[0].Err; !errors.Is(err, read.ErrIdentity) {
			t.Errorf("with %d identities: %v", len(o.Identities), err)
		}
		if _, err := b.Verify(t.Context(), nil); !errors.Is(err, read.ErrIdentity) || strings.Count(err.Error(), "--identity") != 1 {
			t.Errorf("verified with %d identities: %v", len(o.Identities), err)
		}
	}
	b := open(t, read.Options{Identities: []age.Identity{stranger, identity}}, dir)
	v, err := b.Verify(t.Context(), nil)
	must(t, err)
	if v.Volumes != len(made.Volumes) || len(v.Damage) > 0 {
		t.Errorf("verification %+v", v)
	}
	r, err := b.Open(t.Context(), bundletest.ID([]byte(content["huge"])), int64(len(content["huge"])))
	must(t, err)
	got, err := io.ReadAll(r)
	must(t, err)
	r.Close()
	if string(got) != content["huge"] {
		t.Error("huge is not what it was")
	}
	must(t, os.WriteFile(b.Volumes[1].Path, []byte("age-encryption.org/v1\n-> X"), 0o600))
	if err := open(t, read.Options{Identities: []age.Identity{identity}}, dir).Volumes[1].Err; !errors.Is(err, read.ErrDamaged) {
		t.Errorf("an age file that is none: %v", err)
	}
}
