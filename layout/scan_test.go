package layout

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func scanAll(data []byte) ([]Entry, error) {
	s, err := NewScanner(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	defer s.Close()
	entries := []Entry{}
	for s.Next() {
		entries = append(entries, s.Entry())
	}
	if s.Next() {
		return nil, errors.New("goes on after its end")
	}
	return entries, s.Err()
}

func TestScanSeesWhatWasEncoded(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l, err := NewList(slices.Values(rapid.SliceOfNDistinct(entryGenerator, 0, 50, func(e Entry) string { return e.Path }).Draw(rt, "entries")))
		if err != nil {
			return // they clash
		}
		s := &Snapshot{List: l, Header: Header{
			Format: format, Ecosystem: "toy", ID: identify("toy", l), Files: int64(l.Len()), Bytes: l.Total(),
		}}
		got, err := scanAll(encode(t, s))
		if diff := cmp.Diff(slices.AppendSeq([]Entry{}, l.All("")), got); err != nil || diff != "" {
			rt.Fatal(err, diff)
		}
	})
}

func TestScanNoticesEveryTruncationAndChange(t *testing.T) {
	whole := decompress(t, encode(t, mustSnapshot(t,
		Entry{Path: "a", Object: object("1"), Size: 1}, Entry{Path: "b/c", Object: object("2"), Size: 2}, Entry{Path: "d", Link: "a"})))
	entries := whole[strings.Index(whole, "\n")+1:]
	for i := range entries {
		cut := len(whole) - len(entries) + i
		if _, err := scanAll(compress(t, whole[:cut])); err == nil {
			t.Errorf("cut after %q", whole[:cut])
		}
		changed := []byte(whole)
		changed[cut] ^= 1
		if got, err := scanAll(compress(t, string(changed))); err == nil {
			t.Errorf("changed at %d: %v", cut, got)
		}
	}
}

func TestHistoryScan(t *testing.T) {
	m := newMirror(t)
	s := m.write(files{"a": "1", "b/c": "22", "d": linkMark + "b/c"})
	var got []Entry
	header, err := m.Scan(s.ID[:8], func(e Entry) error { got = append(got, e); return nil })
	if diff := cmp.Diff(slices.Collect(s.All("")), got); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
	if diff := cmp.Diff(s.Header, header); diff != "" {
		t.Fatal(diff)
	}
	if _, err := m.Scan(s.ID, func(Entry) error { return io.ErrShortWrite }); !errors.Is(err, io.ErrShortWrite) {
		t.Fatalf("its own error came back as %v", err)
	}
	if _, err := m.Scan("feed", func(Entry) error { return nil }); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("a snapshot that there is not: %v", err)
	}
	name := m.snapshotPath(s.ID)
	must(t, m.root.Chmod(name, 0o644))
	f, err := m.root.OpenFile(name, os.O_RDWR, 0)
	must(t, err)
	info, err := f.Stat()
	must(t, err)
	must(t, f.Truncate(info.Size()-5))
	must(t, f.Close())
	damaged := new(DamagedError)
	if _, err := m.Scan(s.ID, func(Entry) error { return nil }); !errors.As(err, &damaged) || damaged.Path != name {
		t.Fatalf("a damaged one: %v", err)
	}
}

func TestPrepareLeavesTheSwap(t *testing.T) {
	m := newMirror(t)
	first := m.write(files{"a": "1"})
	must(t, m.Publish(t.Context(), first))
	second := m.write(files{"a": "2"})
	must(t, m.Prepare(t.Context(), second))
	if id, err := m.CurrentID(); err != nil || id != first.ID {
		t.Fatalf("prepared is published: %s, %v", id, err)
	}
	var steps []Step
	m.Trace = func(s Step) { steps = append(steps, s) }
	must(t, m.Publish(context.Background(), second))
	if diff := cmp.Diff([]Step{StepSwap, StepCurrent, StepDone}, steps); diff != "" {
		t.Fatal(diff)
	}
	if id, err := m.CurrentID(); err != nil || id != second.ID {
		t.Fatalf("published: %s, %v", id, err)
	}
	steps = nil
	must(t, m.Prepare(t.Context(), second))
	if len(steps) > 0 {
		t.Fatalf("preparing what is published does %v", steps)
	}
}
