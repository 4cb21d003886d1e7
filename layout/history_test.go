package layout

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/fetch/store"
)

func TestNothingYet(t *testing.T) {
	m := newMirror(t)
	if s, err := m.Current(); s != nil || err != nil {
		t.Errorf("Current = %v, %v", s, err)
	}
	if kept, err := m.List(); len(kept) != 0 || err != nil {
		t.Errorf("List = %v, %v", kept, err)
	}
	for _, ref := range []string{"current", "", "abcd", "v1", "../../x", strings.Repeat("0", 32)} {
		if _, err := m.Load(ref); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Load(%q) = %v", ref, err)
		}
	}
	if _, err := m.root.Stat("snapshots"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("reading made a folder")
	}
}

func TestEcosystemNames(t *testing.T) {
	for _, name := range []string{"", "..", "a/b", "store", "state", "snapshots", "Hex", "-x", "con", ".hex"} {
		if _, err := OpenHistory(nil, nil, name); err == nil {
			t.Errorf("accepted %q", name)
		}
	}
}

func TestWriteAndLoad(t *testing.T) {
	m := newMirror(t)
	s := m.write(files{"b": "two", "a": "one"})
	for _, ref := range []string{s.ID, s.ID[:4]} {
		got, err := m.Load(ref)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s.Header, got.Header); diff != "" {
			t.Error(diff)
		}
		e, _ := got.Lookup("b")
		f, err := got.Open(e)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(f); string(data) != "two" || err != nil {
			t.Errorf("%q, %v", data, err)
		}
		f.Close()
	}
	if _, err := m.Load("current"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("written counts as published: %v", err)
	}
}

func TestSameContentSameSnapshot(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	f := files{"a": "one"}
	first := m.write(f)
	later := Header{Time: first.Time.Add(time.Hour), Missing: []Missing{{Path: "b", Reason: "gone"}}, Upstream: json.RawMessage(`{"etag":"x"}`)}
	second, err := m.Write(t.Context(), later, slices.Values(m.entries(f)))
	if err != nil {
		t.Fatal(err)
	}
	if second.ID != first.ID || !second.Time.Equal(first.Time) {
		t.Errorf("%s of %v, then %s of %v", first.ID, first.Time, second.ID, second.Time)
	}
	got, err := m.Load(first.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(second.Header, got.Header); diff != "" {
		t.Errorf("the header was not brought up to date: %s", diff)
	}
	if kept, err := m.List(); len(kept) != 1 || err != nil {
		t.Errorf("%d kept, %v", len(kept), err)
	}
}

func TestWriteRefusesAndStops(t *testing.T) {
	m := newMirror(t)
	_, err := m.Write(t.Context(), Header{}, slices.Values([]Entry{{Path: "../x"}}))
	if err == nil || !strings.Contains(err.Error(), "toy") {
		t.Errorf("Write = %v", err)
	}
	oneLine(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Write(ctx, Header{}, slices.Values(m.entries(files{"a": "1"}))); !errors.Is(err, context.Canceled) {
		t.Errorf("Write = %v", err)
	}
}

func TestAdopt(t *testing.T) {
	t.Parallel()
	from, to := newMirror(t), newMirror(t)
	s := from.write(files{"a": "one", "link": "-> a"})
	var b bytes.Buffer
	if err := s.Encode(&b); err != nil {
		t.Fatal(err)
	}
	read, err := Decode(&b, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, _ := read.Lookup("a")
	if _, err := read.Open(e); err == nil {
		t.Error("opened without a store")
	}
	to.entries(files{"": "one"})
	got, err := to.Adopt(t.Context(), read)
	if err != nil || got.ID != s.ID || !got.Time.Equal(s.Time) {
		t.Fatalf("Adopt = %v, %v", got, err)
	}
	if f, err := got.Open(e); err != nil {
		t.Error(err)
	} else {
		f.Close()
	}
	read.Ecosystem = "other"
	if _, err := to.Adopt(t.Context(), read); err == nil {
		t.Error("adopted another ecosystem's")
	}
}

func TestDamagedSnapshotFile(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	s := m.publish(files{"a": "one", "b": "two"})
	data, err := m.root.ReadFile(m.snapshotPath(s.ID))
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 0x10
		if err := m.root.WriteFile(m.snapshotPath(s.ID), bad, 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := m.Load(s.ID); err == nil && (got.ID != s.ID || identify("toy", got.List) != s.ID) {
			t.Errorf("byte %d flipped: other content accepted", i)
		} else if err != nil && !strings.Contains(err.Error(), m.snapshotPath(s.ID)) {
			t.Errorf("error does not name the file: %v", err)
		}
	}
	// one snapshot under another's name
	other := m.write(files{"c": "three"})
	if err := m.root.Rename(m.snapshotPath(other.ID), m.snapshotPath(s.ID)); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Load(s.ID); err == nil || !strings.Contains(err.Error(), other.ID) {
		t.Errorf("Load = %v", err)
	}
}

func TestOpenFindsAChangedSize(t *testing.T) {
	m := newMirror(t)
	s := m.write(files{"a": "one"})
	e, _ := s.Lookup("a")
	path := m.store.Path(e.Object)
	if err := m.root.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := m.root.WriteFile(path, []byte("on"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(e); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Open = %v", err)
	}
	if err := m.root.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(e); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "a: ") {
		t.Errorf("Open = %v", err)
	}
}

func TestTagsForgetAndList(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	var ids []string
	for i, content := range []string{"one", "two", "three"} {
		header := Header{Time: time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC)}
		s, err := m.Write(t.Context(), header, slices.Values(m.entries(files{"a": content})))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Publish(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, s.ID)
	}
	for name, ref := range map[string]string{"2024": ids[0], "release-1.0": ids[0][:8], "now": "current"} {
		if err := m.Tag(name, ref); err != nil {
			t.Fatal(err)
		}
	}
	for ref, want := range map[string]string{"2024": ids[0], "release-1.0": ids[0], "now": ids[2], "current": ids[2], ids[1]: ids[1]} {
		if got, err := m.Resolve(ref); got != want || err != nil {
			t.Errorf("Resolve(%q) = %s, %v; want %s", ref, got, err, want)
		}
	}
	kept, err := m.List()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range kept {
		got = append(got, k.ID+" "+strings.Join(k.Tags, ","))
		if k.Current != (k.ID == ids[2]) {
			t.Errorf("%s: current is %v", k.ID, k.Current)
		}
	}
	if diff := cmp.Diff([]string{ids[0] + " 2024,release-1.0", ids[1] + " ", ids[2] + " now"}, got); diff != "" {
		t.Error(diff)
	}
	for ref, want := range map[string]string{"current": "current one", ids[0]: "tagged 2024", "nope": "no snapshot"} {
		if err := m.Forget(ref); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Forget(%q) = %v, want %q", ref, err, want)
		}
	}
	if err := m.Forget(ids[1]); err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"2024", "release-1.0"} {
		if err := m.Untag(tag); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Untag("2024"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Untag twice = %v", err)
	}
	if err := m.Forget(ids[0]); err != nil {
		t.Fatal(err)
	}
	if kept, err := m.List(); len(kept) != 1 || err != nil {
		t.Errorf("%d kept, %v", len(kept), err)
	}
	for _, bad := range []string{"", "current", "a/b", "..", ".x", "-x", strings.Repeat("a", 65), ids[0], "con", "ä"} {
		if err := m.Tag(bad, "current"); err == nil {
			t.Errorf("tag %q accepted", bad)
		}
	}
}

func TestAmbiguousPrefix(t *testing.T) {
	m := newMirror(t)
	m.publish(files{"a": "one"})
	for _, id := range []string{strings.Repeat("ab", 16), "abab" + strings.Repeat("0", 28)} {
		if err := m.root.WriteFile(m.snapshotPath(id), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Resolve("abab"); err == nil || !strings.Contains(err.Error(), "more digits") {
		t.Errorf("Resolve = %v", err)
	}
	if id, err := m.Resolve("abab0"); err != nil || id != "abab"+strings.Repeat("0", 28) {
		t.Errorf("Resolve = %s, %v", id, err)
	}
}

func TestVeryManyMissing(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	header := Header{Missing: make([]Missing, maxMissing+7)}
	for i := range header.Missing {
		header.Missing[i] = Missing{Path: fmt.Sprint("a/long/enough/path/", i), Name: "name 1.0", Reason: "GET https://example.com/a/path: status 404", Absent: true}
	}
	s, err := m.Write(t.Context(), header, slices.Values(m.entries(files{"a": "1"})))
	must(t, err)
	got, err := m.Header(s.ID)
	must(t, err)
	if n := len(got.Missing); n != maxMissing+1 || got.Missing[n-1].Reason != "and 7 more" {
		t.Errorf("%d missing, the last is %v", n, got.Missing[n-1])
	}
	if len(header.Missing) != maxMissing+7 || header.Missing[maxMissing].Path == "" {
		t.Error("the caller's list was changed")
	}
}

// A mirror from elsewhere may hold a tag that leads anywhere in its root.
func TestTagsThatLeadElsewhere(t *testing.T) {
	m := newMirror(t)
	m.publish(files{"a": "one"})
	if err := m.root.MkdirAll("state/keys", 0o700); err != nil {
		t.Fatal(err)
	}
	const victim = "state/keys/site.pem"
	if err := m.root.WriteFile(victim, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.root.MkdirAll(m.folder()+"/tags", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := m.root.Symlink("../../../"+victim, m.tagPath("old")); err != nil {
		t.Fatal(err)
	}
	if id, err := m.Resolve("old"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Resolve = %q, %v", id, err)
	}
	if err := m.Forget("old"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Forget = %v", err)
	}
	if _, err := m.root.Stat(victim); err != nil {
		t.Errorf("it is gone: %v", err)
	}
}

// What is missing, and why, may quote an upstream that wants the header never to
// be read again.
func TestHeadersThatAreWrittenCanBeRead(t *testing.T) {
	for name, reason := range map[string]string{
		"commas": strings.Repeat(",", 100),
		"size":   strings.Repeat("\u0001", 200),
	} {
		m := newMirror(t)
		missing := make([]Missing, maxMissing)
		for i := range missing {
			missing[i] = Missing{Path: fmt.Sprint("tarballs/evil-", i), Reason: reason, Absent: true}
		}
		s, err := m.Write(t.Context(), Header{Missing: missing}, slices.Values(m.entries(files{"a": "one"})))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := m.Load(s.ID)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if n := len(got.Missing); n < 1000 || !strings.HasPrefix(got.Missing[n-1].Reason, "and ") {
			t.Errorf("%s: %d missing", name, n)
		}
	}
}
