package gitrepo

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTurnstile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTurnstile(ServeOptions{Concurrency: 3, PerClient: 2, Wait: 10 * time.Second})
		enter := func(remote string) (leave func(), waited time.Duration) {
			t.Helper()
			begun := time.Now()
			leave, ok := s.enter(t.Context(), remote)
			if ok != (leave != nil) {
				t.Errorf("%v, %v", ok, leave != nil)
			}
			return leave, time.Since(begun)
		}
		first, waited := enter("192.0.2.1:1")
		second, _ := enter("192.0.2.1:2")
		if first == nil || second == nil || waited != 0 {
			t.Fatalf("no room, after %v", waited)
		}
		if third, waited := enter("192.0.2.1:3"); third != nil || waited != 10*time.Second {
			t.Errorf("a third of one client: %v, after %v", third != nil, waited)
		}
		other, waited := enter("[2001:db8::1]:1")
		if other == nil || waited != 0 {
			t.Error("another client was refused, too")
		}
		if same, _ := enter("[2001:db8::2]:1"); same != nil {
			t.Error("a fourth in all")
		}
		time.AfterFunc(time.Second, first)
		again, waited := enter("192.0.2.1:4")
		if again == nil || waited != time.Second {
			t.Errorf("after one has left: %v, after %v", again != nil, waited)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, ok := s.enter(gone, "192.0.2.9:1"); ok {
			t.Error("who has hung up")
		}
		for _, leave := range []func(){second, other, again} {
			leave()
		}
		if len(s.clients) != 0 || len(s.all) != 0 {
			t.Errorf("%d clients are remembered, %d slots taken", len(s.clients), len(s.all))
		}
	})
}

func TestAnswersAreBounded(t *testing.T) {
	o := ServeOptions{MaxAnswer: 100_000}.withDefaults()
	h := &handler{o: o}
	for size, want := range map[int]bool{1000: true, 100_000: true, 100_001: false, 10_000_000: false} {
		w := httptest.NewRecorder()
		err := h.answer(w, strings.NewReader("Content-Type: x\r\n\r\n"+strings.Repeat("x", size)))
		if (err == nil) != want || w.Body.Len() > 100_000 || want && w.Body.Len() != size {
			t.Errorf("%d bytes: %v, %d were sent", size, err, w.Body.Len())
		}
	}
}

// stalled takes a piece and then no more: the deadline tells.
type stalled struct {
	*httptest.ResponseRecorder
	deadlines []time.Time
}

func (w *stalled) SetWriteDeadline(t time.Time) error {
	w.deadlines = append(w.deadlines, t)
	return nil
}

func TestEachPieceHasADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &handler{o: ServeOptions{}.withDefaults()}
		w := &stalled{ResponseRecorder: httptest.NewRecorder()}
		if err := h.answer(w, &slowly{text: "Content-Type: x\r\n\r\nabc"}); err != nil {
			t.Fatal(err)
		}
		if w.Code != http.StatusOK || len(w.deadlines) != 3 {
			t.Fatalf("%d, %v", w.Code, w.deadlines)
		}
		if later := w.deadlines[2].Sub(w.deadlines[0]); later != 2*time.Minute {
			t.Errorf("the third piece has a deadline %v after the first", later)
		}
	})
}

// slowly gives a byte a minute.
type slowly struct{ text string }

func (s *slowly) Read(p []byte) (int, error) {
	time.Sleep(time.Minute)
	n := copy(p[:1], s.text)
	s.text = s.text[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
