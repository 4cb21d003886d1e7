package stream_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/stream"
)

// However often a fetch begins anew, with whatever bytes, and however it ends: who reads to io.EOF has the
// object, all others an error, and nobody ever has all bytes of something that is not the object.
func TestReadersHaveTheObjectOrAnError(t *testing.T) {
	temp := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		object := content(rapid.SampledFrom([]int{0, 1, stream.HeldBack, stream.HeldBack + 1, 4 * stream.HeldBack}).Draw(t, "size"), 1)
		other := bytes.Clone(object)
		if len(other) > 0 {
			other[rapid.IntRange(0, len(other)-1).Draw(t, "difference")]++
		}
		type attempt struct {
			body   []byte
			size   int64
			pieces int
		}
		var attempts []attempt
		for range rapid.IntRange(0, 3).Draw(t, "attempts") {
			bodies := [][]byte{object, other, append(bytes.Clone(object), other...)}
			body := bodies[rapid.IntRange(0, 2).Draw(t, "body")]
			size := rapid.SampledFrom([]int64{int64(len(body)), fetch.UnknownSize}).Draw(t, "announced")
			if rapid.Bool().Draw(t, "truncated") {
				body = body[:rapid.IntRange(0, len(body)).Draw(t, "arrived")]
			}
			attempts = append(attempts, attempt{body, size, rapid.SampledFrom([]int{1000, 50_000, 1 << 20}).Draw(t, "piece")})
		}
		good := rapid.Bool().Draw(t, "good")
		if good && len(attempts) > 0 { // then what arrived last is the object, or something else was made of it
			if rapid.Bool().Draw(t, "converted") {
				attempts[len(attempts)-1].body = other
			} else {
				attempts[len(attempts)-1] = attempt{object, int64(len(object)), 70_000}
			}
		}
		shelf := &shelf{}
		g := stream.NewGroup(t.Context(), stream.Options{Open: shelf.open, Temp: temp})
		begin := make(chan bool)
		failure := errors.New("failed")
		s := g.Get("k", func(_ context.Context, f fetch.Follower) (fetch.Object, error) {
			<-begin
			for _, a := range attempts {
				f.Begin(a.size)
				for b := a.body; len(b) > 0; b = b[min(a.pieces, len(b)):] {
					f.Arrived(b[:min(a.pieces, len(b))])
				}
				for range 100 {
					runtime.Gosched() // so that some reader has some of it
				}
			}
			if !good {
				return fetch.Object{}, failure
			}
			return shelf.put(object), nil
		})
		var readers sync.WaitGroup
		for range 3 {
			readers.Go(func() {
				r := s.Reader(context.Background())
				defer r.Close()
				got, err := io.ReadAll(r)
				switch {
				case err == nil && (!good || !bytes.Equal(got, object)):
					t.Errorf("%d bytes of %d, and no error", len(got), len(object))
				case err != nil && !errors.Is(err, stream.ErrCut) && !errors.Is(err, failure):
					t.Errorf("%v", err)
				}
				most := 0
				for _, a := range attempts {
					most = max(most, len(a.body)-stream.HeldBack)
				}
				if err != nil && len(got) > most {
					t.Errorf("%d bytes were handed out, and %d may have been", len(got), most)
				}
			})
		}
		close(begin)
		readers.Wait()
		g.Close()
		if got, err := readAll(s); good && (err != nil || !bytes.Equal(got, object)) {
			t.Errorf("afterwards: %d bytes, %v", len(got), err)
		}
	})
}

func readAll(s *stream.Stream) ([]byte, error) {
	r := s.Reader(context.Background())
	defer r.Close()
	return io.ReadAll(r)
}
