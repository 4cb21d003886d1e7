package mirror

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/idset"
)

func idAt(p uint64) (id store.ID) {
	binary.BigEndian.PutUint64(id[:], p)
	return id
}

var percents = rapid.OneOf(rapid.Float64Range(MinSample, 100), rapid.SampledFrom([]float64{MinSample, 1, 3, 5, 10, 30, 45, 50, 89, 90, 100}))

func TestThirtySamplesOfThreePercentAreACycle(t *testing.T) {
	for percent, want := range map[float64]uint64{3: 30, 1: 90, 100: 1, 90: 1, 89: 2, 50: 2, 45: 2, 10: 9, MinSample: 9000} {
		if got := cycle(percent); got != want {
			t.Errorf("%v %%: a cycle of %d runs, want %d", percent, got, want)
		}
	}
}

// Wherever a cycle begins, it leaves no object out, and no run reads much more than it was asked to.
func TestACycleOfWindowsCoversTheRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		percent := percents.Draw(t, "percent")
		position := rapid.Uint64().Draw(t, "position")
		id := idAt(rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, math.MaxUint64, position, position - 1})).Draw(t, "id"))
		seen := 0
		for range cycle(percent) {
			w := windowOf(percent, position)
			if w.has(id) {
				seen++
			}
			if share := float64(w.width) / (1 << 64) * 100; share > percent*1.12+1e-9 {
				t.Fatalf("a window has %v %%, %v were asked for", share, percent)
			}
			position = w.end()
		}
		if seen == 0 {
			t.Fatalf("%v: no run of the cycle had %s", percent, id)
		}
	})
}

func TestDaysOfACycleCoverTheRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		percent := rapid.Float64Range(0.5, 100).Draw(t, "percent")
		now := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "now"), 0)
		id := idAt(rapid.Uint64().Draw(t, "id"))
		for range cycle(percent) {
			if windowOfDay(percent, now).has(id) {
				return
			}
			now = now.Add(24 * time.Hour)
		}
		t.Fatalf("%v: no day of the cycle had %s", percent, id)
	})
}

// The pieces of a window are the window, and what is left of it after some of them is the rest.
func TestPiecesOfAWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := window{rapid.Uint64().Draw(t, "from"), rapid.Uint64().Draw(t, "width")}
		id := idAt(rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{w.from, w.end(), w.end() - 1, w.from - 1})).Draw(t, "id"))
		had, next := 0, w.from
		for _, p := range w.pieces() {
			if p.from != next || p.width == 0 {
				t.Fatalf("piece %v, want one that begins at %x", p, next)
			}
			if next = p.end(); p.has(id) {
				had++
			}
			left := w.after(p.from)
			if w.width > 0 && p.from != w.from && (left.from != p.from || left.end() != w.end()) {
				t.Fatalf("after %x there is %v of %v", p.from, left, w)
			}
		}
		if next != w.end() || (had == 1) != w.has(id) || had > 1 {
			t.Fatalf("%v: pieces end at %x, %d have %s", w, next, had, id)
		}
	})
}

func TestRangesOfAWindowAreItsObjects(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b idset.Builder
		for _, p := range rapid.SliceOf(rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 3), rapid.Uint64Range(math.MaxUint64-3, math.MaxUint64))).Draw(t, "ids") {
			b.Add(idAt(p))
		}
		c := &census{set: b.Set()}
		w := window{rapid.Uint64().Draw(t, "from"), rapid.Uint64().Draw(t, "width")}
		got := map[int]int{}
		for _, r := range c.ranges(w) {
			for i := r[0]; i < r[1]; i++ {
				got[i]++
			}
		}
		for i := range c.set.Len() {
			want := 0
			if w.has(c.set.At(i)) {
				want = 1
			}
			if got[i] != want {
				t.Fatalf("%v has %s %d times, want %d", w, c.set.At(i), got[i], want)
			}
		}
	})
}

// In any run of the cycle's length, also one that begins in the middle of a life, an object that was
// there all the time is read, while others come and go and the size of the sample changes.
func TestObjectsThatComeAndGoAreReadInTheirTurn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		percent := rapid.Float64Range(2, 100).Draw(t, "percent")
		here := map[store.ID]uint64{} // how many runs each has been there without being read
		var position uint64
		for run := range 3 * cycle(percent) {
			for range rapid.IntRange(0, 3).Draw(t, "new") {
				id := store.ID(sha256.Sum256([]byte{byte(run), byte(len(here)), rapid.Byte().Draw(t, "salt")}))
				here[id] = 0
			}
			w := windowOf(percent, position)
			position = w.end()
			for id := range here {
				switch {
				case w.has(id):
					here[id] = 0
				case here[id] >= cycle(percent):
					t.Fatalf("%s was not read in %d runs", id, here[id])
				default:
					here[id]++
				}
				if id[1] == byte(run) {
					delete(here, id)
				}
			}
		}
	})
}
