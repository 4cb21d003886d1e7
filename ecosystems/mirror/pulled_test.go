package mirror

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

func object(text string) fetch.Object {
	return fetch.Object{ID: sha256.Sum256([]byte(text)), Size: int64(len(text))}
}

func rootOf(t *testing.T, dir string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

// What was added is there after any restart, whatever a power failure leaves of the last line.
func TestPulledSurvives(t *testing.T) {
	base := t.TempDir()
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		dir := filepath.Join(base, fmt.Sprint(runs))
		if err := os.Mkdir(dir, 0o755); err != nil {
			rt.Fatal(err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			rt.Fatal(err)
		}
		defer root.Close()
		want := map[string]pulledObject{}
		at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		p, err := openPulled(root, "toy")
		if err != nil {
			rt.Fatal(err)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"add": func(rt *rapid.T) {
				path := rapid.SampledFrom([]string{"a", "b/c", `quote"d`, "ünïcode", "<&>"}).Draw(rt, "path")
				o := object(rapid.String().Draw(rt, "content"))
				at = at.Add(rapid.SampledFrom([]time.Duration{0, time.Second}).Draw(rt, "pause"))
				if err := p.add(path, o, at); err != nil {
					rt.Fatal(err)
				}
				want[path] = pulledObject{o, at.Unix()}
			},
			"restart": func(rt *rapid.T) {
				if err := p.close(); err != nil {
					rt.Fatal(err)
				}
				if torn := rapid.SampledFrom([]string{"", "{", `{"path":"x","object":"`}).Draw(rt, "torn"); torn != "" && len(want) > 0 {
					f, err := root.OpenFile(pulledFile("toy"), os.O_WRONLY|os.O_APPEND, 0)
					if err != nil {
						rt.Fatal(err)
					}
					_, _ = f.WriteString(torn)
					f.Close()
				}
				if p, err = openPulled(root, "toy"); err != nil {
					rt.Fatal(err)
				}
			},
			"": func(rt *rapid.T) {
				if !maps.Equal(p.at, want) {
					rt.Fatalf("%v, want %v", p.at, want)
				}
				read, err := readPulled(root, "toy")
				if err != nil || !maps.Equal(read, want) {
					rt.Fatalf("%v, %v, want %v", err, read, want)
				}
			},
		})
		if err := p.close(); err != nil {
			rt.Fatal(err)
		}
	})
}

func TestPulledRefuses(t *testing.T) {
	id := object("x").ID.String()
	good := `{"path":"a","object":"` + id + `","size":1,"at":"2026-11-20T12:00:00Z"}`
	for name, line := range map[string]string{
		"nothing":     "",
		"text":        "hello",
		"a key":       strings.Replace(good, `"size"`, `"bytes"`, 1),
		"a path":      strings.Replace(good, `"a"`, `"../a"`, 1),
		"an object":   strings.Replace(good, id, id[1:], 1),
		"a size":      strings.Replace(good, ":1,", ":-1,", 1),
		"two values":  good + good,
		"a long line": strings.Replace(good, `"a"`, `"`+strings.Repeat("a", maxPulledLine)+`"`, 1),
	} {
		_, err := parsePulled([]byte(good + "\n" + line + "\n"))
		if err == nil || !strings.Contains(err.Error(), "line 2: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if found, err := parsePulled([]byte(good + "\n" + good[:20])); err != nil || len(found) != 1 {
		t.Errorf("a torn end: %v, %v", found, err)
	}
	dir := t.TempDir()
	root := rootOf(t, dir)
	if err := os.MkdirAll(filepath.Join(dir, pulledDir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, pulledFile("toy")), []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readPulled(root, "toy"); err == nil || !strings.Contains(err.Error(), "state/pulled/toy.jsonl: line 1: ") || !strings.Contains(err.Error(), "correct or remove it") {
		t.Error(err)
	}
}

func TestPulledHasAnEnd(t *testing.T) {
	p, err := openPulled(rootOf(t, t.TempDir()), "toy")
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxPulled - 1 {
		p.at[fmt.Sprint(i)] = pulledObject{}
	}
	if err := p.add("last", object("x"), time.Now()); err != nil {
		t.Fatal(err)
	}
	if !p.full() {
		t.Error("not full")
	}
	if err := p.add("one more", object("x"), time.Now()); err == nil || !strings.Contains(err.Error(), pulledDir) {
		t.Error(err)
	}
	if err := p.add("last", object("y"), time.Now()); err != nil {
		t.Errorf("another object at a path that is known: %v", err)
	}
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
}

func FuzzParsePulled(f *testing.F) {
	f.Add([]byte(`{"path":"a","object":"` + object("x").ID.String() + `","size":1,"at":"2026-11-20T12:00:00Z"}` + "\n"))
	f.Add([]byte("{}\n{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := parsePulled(data)
		if err != nil {
			return
		}
		for path, o := range found {
			if path == "" || strings.HasPrefix(path, "/") || strings.Contains(path, "..") && strings.Contains("/"+path+"/", "/../") || o.Size < 0 {
				t.Errorf("%q %+v", path, o)
			}
		}
	})
}

func TestMissesHaveAnEnd(t *testing.T) {
	now := time.Now()
	m := &misses{now: func() time.Time { return now }}
	wrong := fmt.Errorf("x: %w", fetch.ErrWrongBytes)
	m.note("gone", fetch.ErrAbsent)
	m.note("wrong", wrong)
	if m.recent("gone") == nil || m.recent("wrong") == nil || m.recent("other") != nil || !m.suspicious("wrong") || m.suspicious("gone") {
		t.Error("what was noted is not known")
	}
	now = now.Add(rememberFailure)
	if m.recent("gone") == nil || m.recent("wrong") != nil {
		t.Error("a failure is remembered for longer, or an absence for shorter")
	}
	now = now.Add(rememberAbsent)
	if m.recent("gone") != nil {
		t.Error("an absence is remembered for ever")
	}
	for i := range 2 * maxMisses {
		m.note(fmt.Sprint(i), wrong)
	}
	if len(m.last) > maxMisses || len(m.lied) > maxMisses {
		t.Errorf("%d and %d are remembered", len(m.last), len(m.lied))
	}
	m.note("back", wrong)
	m.forget("back")
	if m.recent("back") != nil || m.suspicious("back") {
		t.Error("what has arrived is not forgotten")
	}
}

func TestSpace(t *testing.T) {
	now, room, measured := time.Now(), int64(100), 0
	s := &space{now: func() time.Time { return now }, measure: func() (Room, error) { measured++; return Room{Free: room}, nil }}
	left := func(want int64) {
		t.Helper()
		if got, err := s.left(); got != want || err != nil {
			t.Errorf("%d left, %v; want %d", got, err, want)
		}
	}
	left(100)
	if !s.take(60) || s.take(50) {
		t.Error("of 100, 60 fit and 50 more do not")
	}
	if s.fits(1) || !s.fits(fetch.UnknownSize) {
		t.Error("there is no room for what is known to be more, and perhaps for what is not")
	}
	s.arrived(60)
	room = 40
	now = now.Add(measureEvery)
	left(-10) // what is under way still counts
	s.arrived(50)
	now = now.Add(measureEvery)
	left(40)
	if measured != 3 {
		t.Errorf("measured %d times", measured)
	}
}

// listView is a snapshot of empty files.
type listView []string

func (v listView) Taken() time.Time { return time.Unix(100, 0) }

func (v listView) Lookup(path string) (layout.Entry, bool) {
	return layout.Entry{Path: path}, slices.Contains(v, path)
}

func (v listView) All(prefix string) iter.Seq[layout.Entry] {
	return func(yield func(layout.Entry) bool) {
		for _, path := range v {
			if strings.HasPrefix(path, prefix) && !yield(layout.Entry{Path: path}) {
				return
			}
		}
	}
}

func (v listView) Open(layout.Entry) (layout.File, error) { return nil, fs.ErrNotExist }

func TestPulledView(t *testing.T) {
	p, err := openPulled(rootOf(t, t.TempDir()), "toy")
	if err != nil {
		t.Fatal(err)
	}
	x := object("x")
	p.at = map[string]pulledObject{"a/old": {x, 99}, "a/0": {x, 100}, "a/b": {x, 100}, "a/z": {x, 101}, "c": {x, 200}}
	v := newPulledView(listView{"a/b", "a/c", "b"}, p)
	for prefix, want := range map[string][]string{
		"": {"a/0", "a/b", "a/c", "a/z", "b", "c"}, "a/": {"a/0", "a/b", "a/c", "a/z"}, "c": {"c"}, "d": nil,
	} {
		for n := range len(want) + 1 { // whoever stops early is heard
			var got []string
			for e := range v.All(prefix) {
				if len(got) == n {
					break
				}
				got = append(got, e.Path)
			}
			if !slices.Equal(got, want[:n]) {
				t.Errorf("%q: %q, want %q", prefix, got, want[:n])
			}
		}
	}
	if e, ok := v.Lookup("a/b"); !ok || !e.Object.IsZero() {
		t.Error("what both have is not the snapshot's")
	}
	if _, ok := v.Lookup("a/old"); ok {
		t.Error("what a sync left out is there")
	}
	if e, ok := (overlay{v}).Lookup("a/z"); !ok || e.Object != x.ID {
		t.Error("what was pulled is not there")
	}
}
