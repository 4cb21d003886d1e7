package retention

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch/store"
)

func (w *world) record(clock Clock, all ...condemned) {
	w.t.Helper()
	w.must(writeRecord(w.root, clock, func(yield func(condemned, error) bool) {
		for _, c := range all {
			if !yield(c, nil) {
				return
			}
		}
	}))
}

func (w *world) recorded() (record, []condemned) {
	w.t.Helper()
	r, damage, err := openRecord(w.root)
	w.must(errors.Join(damage, err))
	all := []condemned{}
	for c, err := range r.all() {
		w.must(err)
		all = append(all, c)
	}
	return r, all
}

func TestRecord(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		want := []condemned{}
		for _, b := range slices.Sorted(slices.Values(rapid.SliceOfDistinct(rapid.Byte(), rapid.ID).Draw(t, "objects"))) {
			since := start.Add(time.Duration(rapid.Int64Range(-1e18, 1e18).Draw(t, "since")))
			want = append(want, condemned{store.ID{b, 31: b}, since})
		}
		clock := Clock{Now: start, Boot: rapid.StringMatching("[0-9a-f-]{0,36}").Draw(t, "boot"), Uptime: time.Duration(rapid.Int64Min(0).Draw(t, "uptime"))}
		w.record(clock, want...)
		r, got := w.recorded()
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(condemned{})); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(clock, r.clock); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestNoRecord(t *testing.T) {
	w := newWorld(t)
	if r, all := w.recorded(); r.there || len(all) > 0 {
		t.Errorf("%+v, %v", r, all)
	}
}

// compress makes the file that holds a text.
func compress(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	soundHead = `{"format":1,"time":"2026-01-02T03:04:05Z"}` + "\n"
	lineTail  = " 2026-01-02T03:04:05Z\n"
)

var (
	zeros = strings.Repeat("0", 64)
	ones  = strings.Repeat("1", 64)
)

func damagedRecords() map[string]string {
	return map[string]string{
		"empty":        "",
		"no head":      "\n",
		"head only":    soundHead,
		"other format": strings.Replace(soundHead, "1", "2", 1) + "end 0\n",
		"no end":       soundHead + zeros + lineTail,
		"wrong count":  soundHead + zeros + lineTail + "end 2\n",
		"not sorted":   soundHead + ones + lineTail + zeros + lineTail + "end 2\n",
		"twice":        soundHead + ones + lineTail + ones + lineTail + "end 2\n",
		"no time":      soundHead + ones + "\nend 1\n",
		"wrong time":   soundHead + ones + " yesterday\nend 1\n",
		"short name":   soundHead + ones[1:] + lineTail + "end 1\n",
		"no digits":    soundHead + strings.Repeat("x", 64) + lineTail + "end 1\n",
		"cut line":     soundHead + ones + lineTail[:4],
		"endless line": soundHead + strings.Repeat("1", 1<<16),
		"more after":   soundHead + "end 0\nx",
	}
}

// A damaged list is no reason to remove anything sooner, and none to stop.
func TestDamagedRecord(t *testing.T) {
	t.Parallel()
	for name, text := range damagedRecords() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.put("dead")
			w.mustCollect()
			w.must(w.root.WriteFile(recordPath, compress(t, text), 0o644))
			w.now = w.now.Add(48 * time.Hour)
			g := w.mustCollect()
			if g.Damage == nil || !strings.Contains(g.Damage.Error(), recordPath) || strings.Contains(g.Damage.Error(), "\n") {
				t.Errorf("damage %v", g.Damage)
			}
			if g.Condemned.Objects != 1 || g.Removed.Objects != 0 {
				t.Errorf("%+v", g.Result)
			}
			w.now = w.now.Add(24 * time.Hour)
			if g := w.mustCollect(); g.Damage != nil || g.Removed.Objects != 1 {
				t.Errorf("the run after: %+v", g.Result)
			}
		})
	}
	w := newWorld(t)
	w.put("dead")
	w.mustCollect()
	data, err := w.root.ReadFile(recordPath)
	w.must(err)
	_, want := w.recorded()
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 0x40
		w.must(w.root.WriteFile(recordPath, bad, 0o644))
		r, damage, err := openRecord(w.root)
		if err != nil || r.there == (damage != nil) {
			t.Errorf("byte %d flipped: %+v, %v, %v", i, r, damage, err)
		}
		if r.there { // some bits of zstd have no meaning
			if _, got := w.recorded(); !slices.Equal(got, want) {
				t.Errorf("byte %d flipped: believes %v", i, got)
			}
		}
	}
	for i := range data {
		w.must(w.root.WriteFile(recordPath, data[:i], 0o644))
		if _, damage, err := openRecord(w.root); damage == nil || err != nil {
			t.Errorf("cut at %d: %v, %v", i, damage, err)
		}
	}
}

func FuzzRecord(f *testing.F) {
	for _, text := range damagedRecords() {
		f.Add([]byte(text))
	}
	f.Add([]byte(soundHead + zeros + lineTail + ones + lineTail + "end 2\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		n := 0
		var last store.ID
		_, err := readRecord(bytes.NewReader(compress(t, string(text))), func(c condemned) bool {
			if n > 0 && bytes.Compare(c.id[:], last[:]) <= 0 {
				t.Error("not sorted")
			}
			last = c.id
			n++
			return true
		})
		if err == nil && !bytes.HasSuffix(text, fmt.Appendf(nil, "end %d\n", n)) {
			t.Errorf("%d objects of %q", n, text)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("more than a line: %q", err)
		}
	})
}
