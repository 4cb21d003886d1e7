package serve

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// logged returns what the log is told until the end of the test.
func logged(t *testing.T) *bytes.Buffer {
	var to bytes.Buffer
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&to, nil)))
	t.Cleanup(func() { slog.SetDefault(was) })
	return &to
}

// ruined is a tree whose only object, at every path, is damaged.
type ruined struct{ layout.View }

func (ruined) Lookup(path string) (layout.Entry, bool) {
	return layout.Entry{Path: path, Object: store.ID{1}, Size: 3}, true
}
func (ruined) Open(layout.Entry) (layout.File, error) { return nil, store.ErrDamaged }

// However often a damaged file is asked for, the log stays short and tells how often.
func TestDamageIsNotLoggedForEachRequest(t *testing.T) {
	log := logged(t)
	synctest.Test(t, func(t *testing.T) {
		h := Static(ruined{}, AlwaysRevalidate)
		ask := func(times int) {
			t.Helper()
			for range times {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/a", nil))
				if w.Code != http.StatusInternalServerError {
					t.Fatal(w.Code)
				}
			}
		}
		want := func(lines int, last string) {
			t.Helper()
			got := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
			if len(got) != lines || !strings.HasSuffix(got[len(got)-1], last) {
				t.Errorf("%d lines, want %d and %q at the end:\n%s", len(got), lines, last, log)
			}
		}
		ask(100)
		want(1, " times=1")
		time.Sleep(repeatAfter)
		ask(100)
		want(2, " times=100") // 99 of before
		time.Sleep(repeatAfter / 2)
		ask(1)
		want(2, " times=100")
		time.Sleep(repeatAfter / 2)
		ask(1)
		want(3, " times=101")
	})
}

// The same holds for what is found when it is read.
func TestRottenObjectsAreNotLoggedForEachRequest(t *testing.T) {
	log := logged(t)
	p := newProven(nil, nil)
	s := &Site{proven: p}
	found := 0
	s.OnRotten(func(store.ID) { found++ })
	for range 50 {
		p.rotten(store.ID{2}, store.ErrDamaged)
		p.rotten(store.ID{3}, store.ErrDamaged)
	}
	if n := strings.Count(log.String(), "\n"); n != 2 || found != 100 {
		t.Errorf("%d lines, found %d times:\n%s", n, found, log)
	}
}

// A disk that fails has more damaged objects than anybody wants to remember.
func TestRepeatsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r repeats
		var told, times int64
		meet := func() {
			for i := range 10 * repeatsOfAtMost {
				var id store.ID
				binary.BigEndian.PutUint64(id[:], uint64(i))
				if n, now := r.tell(id); now {
					told++
					times += n
				}
			}
		}
		meet()
		if told != repeatsOfAtMost+1 || len(r.told) != repeatsOfAtMost {
			t.Errorf("%d told, %d remembered", told, len(r.told))
		}
		time.Sleep(repeatAfter)
		meet()
		if told != 2*(repeatsOfAtMost+1) || len(r.told) != repeatsOfAtMost {
			t.Errorf("%d told, %d remembered", told, len(r.told))
		}
		if want := int64(11*repeatsOfAtMost + 1); times < want { // all of the first round, and what was told of since
			t.Errorf("stood for %d times, want %d", times, want)
		}
	})
}
