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
	"pgregory.net/rapid"
)

// opened counts what a caller of AdoptFile lends.
type opened struct {
	data        []byte
	open, times int
}

func (o *opened) Open() (io.ReadCloser, error) {
	o.open++
	o.times++
	return &lent{bytes.NewReader(o.data), o}, nil
}

type lent struct {
	io.Reader
	of *opened
}

func (l *lent) Close() error { l.of.open--; return nil }

// adopt adopts data and sees that all that was opened was closed and that nothing is left behind.
func (m *mirror) adopt(t testing.TB, data []byte) (Header, error) {
	t.Helper()
	o := &opened{data: data}
	header, err := m.AdoptFile(t.Context(), o.Open)
	if o.open != 0 || o.times > 2 {
		t.Errorf("opened %d times, %d left open", o.times, o.open)
	}
	entries, _ := readFolder(m.root, m.folder())
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s is left behind", e.Name())
		}
	}
	return header, err
}

func (m *mirror) keptBytes(t testing.TB, id string) []byte {
	t.Helper()
	data, err := m.root.ReadFile(m.snapshotPath(id))
	must(t, err)
	return data
}

func TestAdoptFileKeepsTheBytes(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	s := mustSnapshot(t, Entry{Path: "a", Object: object("1"), Size: 1}, Entry{Path: "b/c", Link: "../a"})
	// Another encoder's bytes are kept as well: there is more than one form of the same text.
	data := compress(t, decompress(t, encode(t, s)))
	header, err := m.adopt(t, data)
	if diff := cmp.Diff(s.Header, header); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
	if !bytes.Equal(m.keptBytes(t, s.ID), data) {
		t.Error("other bytes were kept")
	}
	got, err := m.Load(s.ID)
	must(t, err)
	if diff := cmp.Diff(slices.Collect(s.All("")), slices.Collect(got.All(""))); diff != "" {
		t.Error(diff)
	}
	if id, err := m.CurrentID(); id != "" || err != nil {
		t.Errorf("adopted is published: %s, %v", id, err)
	}
}

func TestAdoptFileOfWhatIsKept(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	s := mustSnapshot(t, Entry{Path: "a", Object: object("1"), Size: 1})
	_, err := m.adopt(t, encode(t, s))
	must(t, err)
	kept := m.keptBytes(t, s.ID)
	first := s.Time

	s.Time = first.Add(time.Hour)
	header, err := m.adopt(t, encode(t, s))
	must(t, err)
	if !header.Time.Equal(first) || !bytes.Equal(m.keptBytes(t, s.ID), kept) {
		t.Errorf("the same content was written again, with time %v", header.Time)
	}
	s.Upstream = json.RawMessage(`{"revision":2}`)
	s.Missing = []Missing{{Path: "b", Reason: "gone", Absent: true}}
	header, err = m.adopt(t, encode(t, s))
	must(t, err)
	want := s.Header
	want.Time = first
	if diff := cmp.Diff(want, header); diff != "" {
		t.Errorf("returned: %s", diff)
	}
	got, err := m.Load(s.ID)
	must(t, err)
	if diff := cmp.Diff(want, got.Header); diff != "" {
		t.Errorf("kept: %s", diff)
	}

	must(t, m.root.WriteFile(m.snapshotPath(s.ID), kept[:len(kept)-3], 0o644))
	_, err = m.adopt(t, encode(t, s))
	must(t, err)
	if !bytes.Equal(m.keptBytes(t, s.ID), encode(t, s)) {
		t.Error("a damaged snapshot was not written again")
	}
}

// What Decode refuses AdoptFile refuses, and the other way round.
func TestAdoptFileProvesWhatDecodeProves(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	adopted := 0
	rapid.Check(t, func(t *rapid.T) {
		var lines []string
		paths := rapid.SliceOfNDistinct(pathGenerator, 0, 6, rapid.ID).Draw(t, "paths")
		slices.Sort(paths)
		for _, p := range paths {
			line := object(p).String() + " 1 " + p + "\n"
			if rapid.IntRange(0, 4).Draw(t, "link") == 0 {
				line = "link " + p + "\tx\n"
			}
			lines = append(lines, line)
		}
		files := strings.Count(strings.Join(lines, ""), " 1 ")
		id := newIdentity("toy")
		io.WriteString(id, strings.Join(lines, ""))
		text := fmt.Sprintf(`{"format":1,"id":"%s","ecosystem":"toy","files":%d,"bytes":%d}`, identity(id), len(lines), files) + "\n" + strings.Join(lines, "")
		if rapid.IntRange(0, 3).Draw(t, "damage") == 0 {
			at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			text = text[:at] + "x" + text[at+1:]
		}
		data := compress(m.t, text)
		_, wantErr := Decode(bytes.NewReader(data), nil)
		header, err := m.adopt(m.t, data)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("Decode says %v, AdoptFile %v, of\n%s", wantErr, err, text)
		}
		if err != nil {
			if strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "snapshot of toy") {
				t.Fatalf("error %q", err)
			}
			return
		}
		if got, err := m.Load(header.ID); err != nil || got.Len() != len(lines) {
			t.Fatal(err)
		}
		adopted++
	})
	if adopted == 0 {
		t.Error("nothing was ever adopted")
	}
}

func TestAdoptFileRefuses(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	good := encode(t, mustSnapshot(t, Entry{Path: "a", Object: object("1"), Size: 1}, Entry{Path: "b", Link: "a"}))
	for n := range len(good) {
		if _, err := m.adopt(t, good[:n]); err == nil {
			t.Fatalf("adopted the first %d of %d bytes", n, len(good))
		}
	}
	if _, err := m.adopt(t, append(slices.Clone(good), "more"...)); err == nil {
		t.Error("adopted what has something behind its end")
	}
	id := identity(newIdentity("hex"))
	if _, err := m.adopt(t, compress(t, `{"format":1,"id":"`+id+`","ecosystem":"hex"}`+"\n")); err == nil || !strings.Contains(err.Error(), "of hex") {
		t.Errorf("another ecosystem's: %v", err)
	}
	if kept, err := m.List(); err != nil || len(kept) != 0 {
		t.Errorf("kept %v, %v", kept, err)
	}

	closed := errors.New("no medium")
	if _, err := m.AdoptFile(t.Context(), func() (io.ReadCloser, error) { return nil, closed }); !errors.Is(err, closed) {
		t.Errorf("what cannot be opened: %v", err)
	}
	if _, err := m.AdoptFile(t.Context(), func() (io.ReadCloser, error) {
		return io.NopCloser(&brokenReader{good[:len(good)/2]}), nil
	}); !errors.Is(err, errBroken) {
		t.Errorf("a broken medium: %v", err)
	}
	turn := 0
	if _, err := m.AdoptFile(t.Context(), func() (io.ReadCloser, error) {
		turn++
		other := mustSnapshot(t, Entry{Path: "x", Object: object(fmt.Sprint(turn)), Size: 1})
		return io.NopCloser(bytes.NewReader(encode(t, other))), nil
	}); err == nil || !strings.Contains(err.Error(), "a moment ago") {
		t.Errorf("a file that changes: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.AdoptFile(ctx, (&opened{data: good}).Open); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if kept, err := m.List(); err != nil || len(kept) != 0 {
		t.Errorf("kept %v, %v", kept, err)
	}
}

// An obstacle where the snapshot is to be written is the mirror's fault, and the error says so.
func TestAdoptFileIntoAnObstacle(t *testing.T) {
	m := newMirror(t)
	s := mustSnapshot(t, Entry{Path: "a", Object: object("1"), Size: 1})
	must(t, m.root.MkdirAll(m.snapshotPath(s.ID)+"/x", 0o755))
	_, err := m.adopt(t, encode(t, s))
	if err == nil || !strings.Contains(err.Error(), m.snapshotPath(s.ID)) {
		t.Errorf("AdoptFile = %v", err)
	}
	if _, err := m.root.Stat(m.snapshotPath(s.ID) + "/x"); errors.Is(err, fs.ErrNotExist) {
		t.Error("the obstacle is gone")
	}
}
