package layout

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/fetch/store"
)

// manyEntries makes n entries of a Hex-like tree, with objects in the store.
func (m *mirror) manyEntries(n int) []Entry {
	m.t.Helper()
	entries := make([]Entry, n)
	next := make(chan int)
	done := make(chan struct{})
	for range 512 {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := range next {
				content := []byte(strconv.Itoa(i))
				id, err := m.store.Put(context.Background(), content)
				if err != nil {
					m.t.Error(err)
				}
				entries[i] = Entry{Path: fmt.Sprintf("tarballs/some_package_%06d-1.2.%d.tar", i, i%10), Object: id, Size: int64(len(content))}
			}
		}()
	}
	for i := range n {
		next <- i
	}
	close(next)
	for range 512 {
		<-done
	}
	return entries
}

const benchFiles = 20_000

// BenchmarkPublishFirst builds both trees; the yardstick is BenchmarkBareLinks,
// the same links by path and nothing else.
func BenchmarkPublishFirst(b *testing.B) {
	m := newMirror(b)
	s, err := m.Write(b.Context(), Header{}, slices.Values(m.manyEntries(benchFiles)))
	must(b, err)
	for b.Loop() {
		must(b, m.Publish(b.Context(), s))
		b.StopTimer()
		must(b, m.root.RemoveAll("state"))
		must(b, m.root.Remove("toy"))
		must(b, m.root.Remove(m.currentLink()))
		b.StartTimer()
	}
	b.ReportMetric(2*benchFiles*float64(b.N)/b.Elapsed().Seconds(), "links/s")
}

func BenchmarkBareLinks(b *testing.B) {
	m := newMirror(b)
	entries := m.manyEntries(benchFiles)
	dir := m.root.Name()
	for b.Loop() {
		must(b, os.Mkdir(dir+"/tarballs", 0o755))
		for _, e := range entries {
			must(b, os.Link(dir+"/"+m.store.Path(e.Object), dir+"/"+e.Path))
		}
		b.StopTimer()
		must(b, m.root.RemoveAll("tarballs"))
		b.StartTimer()
	}
	b.ReportMetric(benchFiles*float64(b.N)/b.Elapsed().Seconds(), "links/s")
}

// BenchmarkPublishDifference changes 20 of 20 000 files, there and back.
func BenchmarkPublishDifference(b *testing.B) {
	m := newMirror(b)
	entries := m.manyEntries(benchFiles + 40)
	var snapshots []*Snapshot
	for i := range 3 {
		s, err := m.Write(b.Context(), Header{}, slices.Values(entries[20*i:20*i+benchFiles]))
		must(b, err)
		snapshots = append(snapshots, s)
	}
	must(b, m.Publish(b.Context(), snapshots[0]))
	for n := 1; b.Loop(); n++ {
		must(b, m.Publish(b.Context(), snapshots[n%3]))
	}
}

// BenchmarkRollback goes one step back, and one step back from there.
func BenchmarkRollback(b *testing.B) {
	m := newMirror(b)
	snapshots := []*Snapshot{m.publish(manyFiles(100, 0)), m.publish(manyFiles(100, 1))}
	for n := 0; b.Loop(); n++ {
		must(b, m.Publish(b.Context(), snapshots[n%2]))
	}
}

func listOf(b *testing.B, n int) *List {
	l, err := NewList(func(yield func(Entry) bool) {
		for i := range n {
			if !yield(Entry{Path: fmt.Sprintf("tarballs/some_package_%06d-1.2.%d.tar", i, i%10), Object: object(strconv.Itoa(i)), Size: int64(i)}) {
				return
			}
		}
	})
	must(b, err)
	return l
}

func BenchmarkDecode200k(b *testing.B) {
	l := listOf(b, 200_000)
	s := &Snapshot{List: l, Header: Header{Format: format, Ecosystem: "toy", ID: identify("toy", l), Files: int64(l.Len()), Bytes: l.Total()}}
	var file bytes.Buffer
	must(b, s.Encode(&file))
	b.ReportAllocs()
	for b.Loop() {
		_, err := Decode(bytes.NewReader(file.Bytes()), nil)
		must(b, err)
	}
	b.ReportMetric(float64(file.Len())/200_000, "bytes/entry")
}

// BenchmarkAdopt proves and keeps 200 000 entries.
func BenchmarkAdopt200k(b *testing.B) {
	l := listOf(b, 200_000)
	s := &Snapshot{List: l, Header: Header{Format: format, Ecosystem: "toy", ID: identify("toy", l), Files: int64(l.Len()), Bytes: l.Total()}}
	var file bytes.Buffer
	must(b, s.Encode(&file))
	m := newMirror(b)
	b.ReportAllocs()
	for b.Loop() {
		_, err := m.AdoptFile(b.Context(), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(file.Bytes())), nil })
		must(b, err)
		b.StopTimer()
		must(b, m.root.Remove(m.snapshotPath(s.ID)))
		b.StartTimer()
	}
}

func BenchmarkEncode200k(b *testing.B) {
	s := &Snapshot{List: listOf(b, 200_000)}
	for b.Loop() {
		must(b, s.Encode(&bytes.Buffer{}))
	}
}

// realistic yields n entries as mirrors of Hex, Julia and just-mr have them.
func realistic(n int) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		random := rand.NewChaCha8([32]byte{})
		next := func() (id store.ID) {
			_, _ = random.Read(id[:])
			return id
		}
		var uuid, hash store.ID
		for i := range n {
			if i%10 == 0 {
				uuid = next()
			}
			hash = next()
			e := Entry{Object: next(), Size: 1000 + int64(random.Uint64()>>44)}
			switch tree := fmt.Sprintf("%x", hash[:20]); {
			case i < n/2:
				e.Path = fmt.Sprintf("tarballs/some_package_%06d-1.%d.%d.tar", i/8, i%8, hash[0]%10)
			case i < n*7/10:
				e.Path = fmt.Sprintf("package/%x-%x-%x-%x-%x/%s", uuid[:4], uuid[4:6], uuid[6:8], uuid[8:10], uuid[10:16], tree)
			case i < n*9/10:
				e.Path = "artifact/" + tree
			default:
				e.Path = fmt.Sprintf("git/%s/archive-%d.tar.gz", tree, hash[0])
			}
			if !yield(e) {
				return
			}
		}
	}
}

const million = 1_000_000

func BenchmarkLookup(b *testing.B) {
	l, err := NewList(realistic(million))
	must(b, err)
	paths := make([]string, 1<<16)
	for i := range paths {
		paths[i] = strings.Clone(l.At(rand.IntN(l.Len())).Path)
	}
	runtime.GC()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, ok := l.Lookup(paths[i%len(paths)]); !ok {
			b.Fatal("not found")
		}
	}
}

func BenchmarkAll(b *testing.B) {
	l, err := NewList(realistic(million))
	must(b, err)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for e := range l.All("") {
			n += len(e.Path)
		}
	}
	b.ReportMetric(float64(l.footprint())/million, "bytes/entry")
}

func BenchmarkCurrentID(b *testing.B) {
	m := newMirror(b)
	m.publish(files{"a": "1"})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.CurrentID(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWatcher(b *testing.B) {
	m := newMirror(b)
	m.publish(files{"a": "1"})
	w := m.Watch()
	defer w.Close()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.ID(); err != nil {
			b.Fatal(err)
		}
	}
}

// classic is the shape of the classic Julia layout: for each package some tarballs, their versions
// as links, and links to folders both ways.
func classic(b *testing.B, packages, versions int) *List {
	l, err := NewList(func(yield func(Entry) bool) {
		for i := range packages {
			name := fmt.Sprintf("Package%05d", i)
			folder := "packages/" + name + "/General/"
			for v := range versions {
				file := name + "-" + object(strconv.Itoa(v)).String()[:40] + ".tar.gz"
				if !yield(Entry{Path: folder + file, Object: object(file), Size: 1}) ||
					!yield(Entry{Path: fmt.Sprintf("%s%s-1.2.%d.tar.gz", folder, name, v), Link: file}) {
					return
				}
			}
			if !yield(Entry{Path: folder + name, Link: "../../../registries/General/P/" + name}) ||
				!yield(Entry{Path: "registries/General/P/" + name + "/Package.toml", Object: object(name), Size: 1}) ||
				!yield(Entry{Path: "registries/General/P/" + name + "/releases", Link: "../../../../packages/" + name + "/General"}) {
				return
			}
		}
	})
	must(b, err)
	return l
}

func BenchmarkDangling(b *testing.B) {
	l := classic(b, 10_000, 10)
	b.ReportAllocs()
	for b.Loop() {
		for e, end := range l.Dangling() {
			b.Fatal(e, end)
		}
	}
	b.ReportMetric(float64(l.Len())*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkFollow(b *testing.B) {
	l := classic(b, 10_000, 10)
	for name, path := range map[string]string{
		"file":    "packages/Package01234/General/Package01234-" + object("5").String()[:40] + ".tar.gz",
		"link":    "packages/Package01234/General/Package01234-1.2.5.tar.gz",
		"folder":  "registries/General/P/Package01234/releases/Package01234-1.2.5.tar.gz",
		"nothing": "registries/General/P/Package01234/releases/Package01234-9.9.9.tar.gz",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := Follow(listView{l}, path); ok == (name == "nothing") {
					b.Fatal(ok)
				}
			}
		})
	}
}
