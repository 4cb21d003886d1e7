package apply_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/apply"
	"github.com/offmirror/offmirror/layout/bundle/bundletest"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

// snapshots is the one snapshot that most hostile bundles claim to bring.
func snapshots(f files) []bundletest.Snapshot {
	return []bundletest.Snapshot{{Ecosystem: "toy", Files: f, Published: day(1)}}
}

// listOf is a snapshot whose list has these lines.
func listOf(t testing.TB, count, size int64, lines ...string) bundletest.Maker {
	t.Helper()
	file, id := bundletest.RawList(t, "toy", count, size, lines...)
	k := bundletest.Maker{Snapshots: snapshots(files{"content": "content"})}
	k.Snapshots[0].List, k.Snapshots[0].ID = file, id
	k.Manifest = func(m *bundle.Manifest) { m.Ecosystems[0].Files, m.Ecosystems[0].Bytes = count, size }
	return k
}

// Those who sign may make mistakes or be attackers: everything here has correct
// digests, up to the manifest.
func TestRefusesWhatATrustedSignerMadeWrong(t *testing.T) {
	t.Parallel()
	object := bundletest.ID([]byte("content")).String()
	line := func(path string) string { return object + " 7 " + path }
	lists := func(lines ...string) bundletest.Maker {
		return listOf(t, int64(len(lines)), int64(7*len(lines)), lines...)
	}
	index := func(change func([]bundle.Entry) []bundle.Entry) bundletest.Maker {
		return bundletest.Maker{Snapshots: snapshots(site(1)), Index: func(_ int, e []bundle.Entry) []bundle.Entry { return change(e) }}
	}
	raw := func(change func(index []byte) []byte) bundletest.Maker {
		return bundletest.Maker{Snapshots: snapshots(site(1)), RawIndex: func(_ int, b []byte) []byte { return change(b) }}
	}
	manifest := func(change func(*bundle.Manifest)) bundletest.Maker {
		return bundletest.Maker{Snapshots: snapshots(site(1)), Manifest: change}
	}
	for name, k := range map[string]bundletest.Maker{
		"path out of the tree":           lists(line("../../evil")),
		"absolute path":                  lists(line("/tmp/evil")),
		"path with a dot":                lists(line("a/./b")),
		"path with a control character":  lists(line("a\x01b")),
		"path with a backslash":          lists(line(`..\evil`)),
		"unsorted":                       lists(line("b"), line("a")),
		"twice the same path":            lists(line("a"), line("a")),
		"paths that differ by case":      lists(line("A"), line("a")),
		"a file that is a folder":        lists(line("a"), line("a/b")),
		"a link out of the tree":         listOf(t, 1, 0, "link a\t../../evil"),
		"an absolute link":               listOf(t, 1, 0, "link a\t/etc/passwd"),
		"something below a link":         listOf(t, 2, 7, "link a\tb", line("a/c")),
		"counts that are wrong":          listOf(t, 5, 7, line("a")),
		"one object with two sizes":      listOf(t, 2, 15, line("a"), object+" 8 b"),
		"another size than the object's": listOf(t, 1, 8, object+" 8 a"),
		"a size beyond all":              listOf(t, 1, 7, object+" 99999999999999999999 a"),
		"an object that is not there":    listOf(t, 1, 7, bundletest.ID([]byte("other")).String()+" 7 a"),
		"no line at all":                 {Snapshots: []bundletest.Snapshot{{Ecosystem: "toy", Published: day(1), List: []byte{1}}}},
		"a list that is a bomb": {Snapshots: []bundletest.Snapshot{{
			Ecosystem: "toy", Published: day(1), List: bundletest.Compress(t, make([]byte, 80<<20)),
		}}},
		"the list of another ecosystem": func() bundletest.Maker {
			file, _ := bundletest.RawList(t, "other", 1, 7, line("a"))
			k := bundletest.Maker{Snapshots: snapshots(files{"a": "content"})}
			k.Snapshots[0].List = file
			return k
		}(),
		"an ecosystem that is a folder of the root": {Snapshots: []bundletest.Snapshot{{Ecosystem: "toy", Files: site(1), Published: day(1)}},
			Manifest: func(m *bundle.Manifest) { m.Ecosystems[0].Name = "store" }},
		"overlapping entries": index(func(e []bundle.Entry) []bundle.Entry { e[1].Offset = e[0].Offset; return e }),
		"an entry in a header": index(func(e []bundle.Entry) []bundle.Entry {
			e[len(e)-1].Offset -= bundle.Block
			return e
		}),
		"an entry behind the end": index(func(e []bundle.Entry) []bundle.Entry { e[len(e)-1].Offset += 1 << 40; return e }),
		"an entry of another size": index(func(e []bundle.Entry) []bundle.Entry {
			e[len(e)-1].Size--
			return e
		}),
		"an entry of another name": index(func(e []bundle.Entry) []bundle.Entry { e[1].SHA256[0]++; return e }),
		"entries that are missing": index(func(e []bundle.Entry) []bundle.Entry { return e[:len(e)-1] }),
		"no entries":               index(func([]bundle.Entry) []bundle.Entry { return nil }),
		"an index that is none":    raw(func([]byte) []byte { return []byte("no index") }),
		"an index cut off":         raw(func(b []byte) []byte { return b[:len(b)/2] }),
		"an index that is a bomb":  raw(func([]byte) []byte { return bundletest.Compress(t, make([]byte, 80<<20)) }),
		"an index of another volume": raw(func([]byte) []byte {
			return bundletest.Index(t, "offmirror-20300101T120000Z-000000000000", 1, nil)
		}),
		"wrong counts of files": manifest(func(m *bundle.Manifest) { m.Ecosystems[0].Files++ }),
		"another snapshot":      manifest(func(m *bundle.Manifest) { m.Ecosystems[0].Snapshot = strings.Repeat("0", 32) }),
		"a list of another size": manifest(func(m *bundle.Manifest) {
			m.Ecosystems[0].List.Size++
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFar(t)
			folder, _ := make2(t, k)
			dry := unsigned
			dry.DryRun = true
			_, dryErr := f.apply(dry, folder)
			_, err := f.apply(unsigned, folder)
			if err == nil {
				t.Fatal("was applied")
			}
			t.Log(err)
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("an error of several lines: %v", err)
			}
			if dryErr == nil && !strings.Contains(name, "case") && !strings.Contains(name, "folder") &&
				!strings.Contains(name, "below") && !strings.Contains(name, "header") && !strings.Contains(name, "another name") {
				t.Error("a dry run did not notice it")
			}
			f.showsNothing()
		})
	}
}

// showsNothing checks that nothing was published and nothing was written beside what belongs
// into a root.
func (f *far) showsNothing() {
	f.t.Helper()
	entries, err := os.ReadDir(f.dir)
	must(f.t, err)
	for _, e := range entries {
		if e.Name() != "state" && e.Name() != "store" && e.Name() != "snapshots" {
			f.t.Errorf("the root holds %s", e.Name())
		}
	}
	for _, ecosystem := range []string{"toy", "other"} {
		if id, err := f.history(ecosystem).CurrentID(); err != nil || id != "" {
			f.t.Errorf("published %s of %s, %v", id, ecosystem, err)
		}
	}
}

// A bit is flipped somewhere in a volume: where it matters, the volume is named, nothing
// is published, all other objects are kept, and with the volume made again
// only what is missing is written.
func TestAFlippedBitAnywhere(t *testing.T) {
	t.Parallel()
	k := bundletest.Maker{VolumeSize: 64 << 10, Snapshots: []bundletest.Snapshot{
		{Ecosystem: "toy", Published: day(1), Files: files{
			"a": strings.Repeat("a", 3000), "b": "b", "empty": "", "huge": counting(90 << 10),
		}},
	}}
	made := k.Make(t)
	positions := rand.New(rand.NewPCG(3, 4))
	harmless, object := 0, 0
	for n, data := range made.Volumes {
		for range 12 {
			at := positions.IntN(len(data))
			f := newFar(t)
			folder := t.TempDir()
			data[at] ^= 0x10
			made.Write(t, folder)
			data[at] ^= 0x10
			_, err := f.apply(unsigned, folder)
			if err == nil {
				harmless++
				f.shows("toy", k.Snapshots[0].Files)
				continue
			}
			damage, ok := errors.AsType[*apply.DamageError](err)
			if !ok || len(damage.Damage) != 1 || damage.Damage[0].Volume != n+1 || !strings.Contains(err.Error(), bundle.VolumeFile(made.Manifest.Name, n+1)) ||
				!strings.Contains(err.Error(), "--remake") {
				t.Fatalf("bit in byte %d of volume %d: %v", at, n+1, err)
			}
			if damage.Damage[0].Object != nil {
				object++
			}
			f.showsNothing()
			folder = t.TempDir()
			made.Write(t, folder, n+1)
			result, err := f.apply(unsigned, folder)
			if _, incomplete := errors.AsType[*apply.IncompleteError](err); incomplete { // a piece lies elsewhere
				made.Write(t, folder)
				result, err = f.apply(unsigned, folder)
			}
			must(t, err)
			f.shows("toy", k.Snapshots[0].Files)
			if damage.Damage[0].Object != nil && result.Objects > 1 {
				t.Errorf("bit in byte %d of volume %d, %v: %d objects were written again", at, n+1, damage.Damage, result.Objects)
			}
		}
	}
	if harmless == 0 || object == 0 {
		t.Errorf("of all bits %d were harmless and %d in objects", harmless, object)
	}
}

// counting is text of which no two parts are equal.
func counting(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintln(&b, i)
	}
	return b.String()
}

func TestOneRunReportsAllDamage(t *testing.T) {
	t.Parallel()
	bad := map[store.ID]bool{}
	k := bundletest.Maker{VolumeSize: 64 << 10, Snapshots: snapshots(site(1)), Payload: func(_ int, id store.ID, data []byte) []byte {
		if id[0]%4 == 0 && len(data) > 0 && !bytes.HasPrefix(data, []byte{0x28, 0xb5, 0x2f, 0xfd}) {
			bad[id] = true
			data[len(data)/2] ^= 1
		}
		return data
	}}
	f := newFar(t)
	folder, b := make2(t, k)
	if len(bad) < 3 {
		t.Fatalf("%d objects are damaged", len(bad))
	}
	result, err := f.apply(unsigned, folder)
	if _, ok := errors.AsType[*apply.DamageError](err); !ok || len(result.Damage) != len(bad) {
		t.Fatalf("%d of %d damaged objects are named: %v", len(result.Damage), len(bad), err)
	}
	for _, d := range result.Damage {
		if again := fmt.Sprintf(" --volume %d", d.Volume); !strings.Contains(err.Error(), again) {
			t.Errorf("no%s in %v", again, err)
		}
		if d.Object == nil || !bad[*d.Object] {
			t.Errorf("damage %v", d)
		}
	}
	if result.Objects != b.Manifest.Objects-int64(len(bad)) {
		t.Errorf("%d objects were kept", result.Objects)
	}
}

func TestVolumesThatAreOthers(t *testing.T) {
	t.Parallel()
	k := bundletest.Maker{VolumeSize: 64 << 10, Snapshots: snapshots(files{})}
	for i := range 200 {
		k.Snapshots[0].Files[fmt.Sprint("file", i)] = strings.Repeat(fmt.Sprintf("%03d", i), 300)
	}
	made := k.Make(t)
	k.Snapshots[0].Files["other"] = "other"
	other := k.Make(t)
	if len(made.Volumes) < 3 || len(other.Volumes) < 3 {
		t.Fatalf("%d and %d volumes", len(made.Volumes), len(other.Volumes))
	}
	swapped := *made
	swapped.Volumes = [][]byte{made.Volumes[1], made.Volumes[0]}
	swapped.Volumes = append(swapped.Volumes, made.Volumes[2:]...)
	foreign := *made
	foreign.Volumes = append([][]byte{made.Volumes[0], other.Volumes[1]}, made.Volumes[2:]...)
	same := *made // the length of one and the content of another
	filled := bytes.Repeat([]byte{7}, len(made.Volumes[1]))
	copy(filled, other.Volumes[1])
	same.Volumes = append([][]byte{made.Volumes[0], filled}, made.Volumes[2:]...)
	for name, b := range map[string]*bundletest.Bundle{"swapped": &swapped, "of another bundle": &foreign, "of the same length": &same} {
		f := newFar(t)
		folder := t.TempDir()
		b.Write(t, folder)
		_, err := f.apply(unsigned, folder)
		damage, ok := errors.AsType[*apply.DamageError](err)
		if !ok || damage.Volumes()[len(damage.Volumes())-1] != 2 {
			t.Errorf("%s: %v", name, err)
		}
		f.showsNothing()
		made.Write(t, folder)
		_, err = f.apply(unsigned, folder)
		must(t, err)
	}
}

func TestTruncationAtEachBoundary(t *testing.T) {
	t.Parallel()
	made := bundletest.Maker{VolumeSize: 64 << 10, Snapshots: snapshots(site(2))}.Make(t)
	n := len(made.Volumes)
	for _, size := range []int{0, 1, bundle.Block, int(made.Manifest.Volumes[n-1].Index.Offset), len(made.Volumes[n-1]) - bundle.Block, len(made.Volumes[n-1]) + bundle.Block} {
		f := newFar(t)
		folder := t.TempDir()
		made.Write(t, folder)
		must(t, os.Truncate(filepath.Join(folder, bundle.VolumeFile(made.Manifest.Name, n)), int64(size)))
		_, err := f.apply(unsigned, folder)
		if damage, ok := errors.AsType[*apply.DamageError](err); !ok || damage.Damage[0].Volume != n {
			t.Errorf("%d bytes: %v", size, err)
		}
		f.showsNothing()
	}
}

// Somebody exchanges a volume after it has been looked at.
func TestAVolumeIsReplacedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, when := range []apply.Step{apply.StepRemember, apply.StepVolume, apply.StepObject} {
		f := newFar(t)
		folder, made := make2(t, bundletest.Maker{Snapshots: snapshots(site(1))})
		path := filepath.Join(folder, bundle.VolumeFile(made.Manifest.Name, 1))
		o := unsigned
		done := false
		o.Trace = func(s apply.Step) {
			if s == when && !done {
				done = true
				must(t, os.WriteFile(path, bytes.Repeat([]byte{1}, len(made.Volumes[0])), 0o600))
			}
		}
		_, err := f.apply(o, folder)
		if err == nil {
			t.Errorf("at %q: was applied", when)
			continue
		}
		f.showsNothing()
		made.Write(t, folder)
		_, err = f.apply(unsigned, folder)
		must(t, err)
		f.shows("toy", site(1))
	}
}

func TestClocksThatJumped(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	at := func(year int, version int) string {
		folder, _ := make2(t, bundletest.Maker{Snapshots: []bundletest.Snapshot{
			{Ecosystem: "toy", Files: site(version), Published: day(1).AddDate(year-2030, 0, 0)},
		}})
		return folder
	}
	for _, year := range []int{1971, 2024, 4000} {
		_, err := f.apply(unsigned, at(year, year))
		must(t, err)
		f.shows("toy", site(year))
	}
	_, err := f.apply(unsigned, at(2025, 2025))
	if _, ok := errors.AsType[*apply.ReplayError](err); !ok || !strings.Contains(err.Error(), "clock of the sender") {
		t.Fatalf("after the sender's clock was set right: %v", err)
	}
	o := unsigned
	o.AllowRollback = true
	_, err = f.apply(o, at(2025, 2025))
	must(t, err)
	_, err = f.apply(unsigned, at(2026, 2026))
	must(t, err)
	f.shows("toy", site(2026))
}

func TestEncryptedToOthers(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	folder, made := make2(t, bundletest.Maker{Snapshots: snapshots(site(1))})
	identity, err := age.GenerateX25519Identity()
	must(t, err)
	plain := filepath.Join(folder, bundle.VolumeFile(made.Manifest.Name, 1))
	must(t, os.Remove(plain))
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, identity.Recipient())
	must(t, err)
	_, err = w.Write(made.Volumes[0])
	must(t, err)
	must(t, w.Close())
	must(t, os.WriteFile(plain+".age", sealed.Bytes(), 0o600))
	_, err = f.apply(unsigned, folder)
	if !errors.Is(err, read.ErrIdentity) {
		t.Fatalf("without an identity: %v", err)
	}
	f.showsNothing()
	b, err := read.Open([]string{folder}, read.Options{Identities: []age.Identity{identity}})
	must(t, err)
	_, err = apply.Apply(t.Context(), f.root, f.objects, b, unsigned)
	must(t, err)
	f.shows("toy", site(1))
}

func TestNoRoom(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	folder, made := make2(t, bundletest.Maker{Snapshots: snapshots(site(1))})
	o := unsigned
	o.Free = func() (int64, error) { return 64<<20 + made.Manifest.Bytes - 1, nil }
	_, err := f.apply(o, folder)
	if room, ok := errors.AsType[*apply.RoomError](err); !ok || room.Budget || room.Need != made.Manifest.Bytes {
		t.Errorf("one byte short: %v", err)
	}
	need := made.Manifest.Bytes
	want := fmt.Sprintf("brings %d bytes; %d are free, of which 67108864 are kept free as a reserve: make room for 1 more", need, 64<<20+need-1)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("it says %v\nwant    %s", err, want)
	}
	o.Budget = made.Manifest.Bytes - 1
	_, err = f.apply(o, folder)
	if room, ok := errors.AsType[*apply.RoomError](err); !ok || !room.Budget || !strings.Contains(err.Error(), "[fetch] budget") {
		t.Errorf("one byte over the budget: %v", err)
	}
	for o, err := range f.objects.All() {
		t.Errorf("wrote %v, %v", o, err)
	}
	o.Budget++
	o.Free = func() (int64, error) { return 64<<20 + made.Manifest.Bytes, nil }
	_, err = f.apply(o, folder)
	must(t, err)
}
