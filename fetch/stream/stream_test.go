package stream_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/fetch/stream"
)

// shelf is where objects are that fetches came to.
type shelf struct {
	mu      sync.Mutex
	objects map[store.ID][]byte
}

func (s *shelf) put(data []byte) fetch.Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.objects == nil {
		s.objects = map[store.ID][]byte{}
	}
	id := store.ID(sha256.Sum256(data))
	s.objects[id] = data
	return fetch.Object{ID: id, Size: int64(len(data))}
}

type openFile struct{ *bytes.Reader }

func (openFile) Close() error { return nil }

func (s *shelf) open(o fetch.Object) (stream.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.objects[o.ID]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return openFile{bytes.NewReader(data)}, nil
}

func newGroup(t *testing.T, limit int) (*stream.Group, *shelf) {
	t.Helper()
	s := &shelf{}
	ctx, cancel := context.WithCancel(t.Context())
	g := stream.NewGroup(ctx, stream.Options{Open: s.open, Temp: t.TempDir(), Limit: limit})
	t.Cleanup(func() {
		cancel()
		g.Close()
	})
	return g, s
}

// content is n bytes in which no two places look alike.
func content(n int, seed byte) []byte {
	data := make([]byte, n)
	state := uint32(seed) + 1
	for i := range data {
		state = state*1664525 + 1013904223
		data[i] = byte(state >> 24)
	}
	return data
}

func read(t *testing.T, s *stream.Stream) ([]byte, error) {
	r := s.Reader(t.Context())
	defer r.Close()
	return io.ReadAll(r)
}

func TestManyReadOneFetch(t *testing.T) {
	for _, size := range []int{0, 1, stream.HeldBack, stream.HeldBack + 1, 1 << 20} {
		g, shelf := newGroup(t, 0)
		body := content(size, 1)
		fetches, step := 0, make(chan bool)
		get := func(_ context.Context, f fetch.Follower) (fetch.Object, error) {
			fetches++
			f.Begin(int64(size))
			f.Arrived(body[:size/2])
			<-step
			f.Arrived(body[size/2:])
			<-step
			return shelf.put(body), nil
		}
		var readers sync.WaitGroup
		for range 8 {
			s := g.Get("k", get)
			readers.Go(func() {
				got, err := read(t, s)
				if err != nil || !bytes.Equal(got, body) {
					t.Errorf("%d bytes: got %d, %v", size, len(got), err)
				}
			})
		}
		s := g.Get("k", get)
		if n, err := s.Head(t.Context()); n != int64(size) || err != nil {
			t.Errorf("size %d, %v", n, err)
		}
		step <- true
		readers.Go(func() { // a latecomer
			if got, err := read(t, s); err != nil || !bytes.Equal(got, body) {
				t.Errorf("%d bytes: the latecomer got %d, %v", size, len(got), err)
			}
		})
		step <- true
		readers.Wait()
		if o, err := s.Wait(t.Context()); err != nil || o.Size != int64(size) {
			t.Errorf("object %v, %v", o, err)
		}
		if fetches != 1 {
			t.Errorf("%d fetches", fetches)
		}
		if g.Running() != 0 {
			t.Error("the fetch is still said to run")
		}
	}
}

// What has arrived is there to read, but for its end.
func TestReadersSeeBytesBeforeTheyAreProvenButNotAll(t *testing.T) {
	g, shelf := newGroup(t, 0)
	body := content(300_000, 2)
	proven := make(chan bool)
	s := g.Get("k", func(_ context.Context, f fetch.Follower) (fetch.Object, error) {
		f.Begin(fetch.UnknownSize)
		f.Arrived(body)
		<-proven
		return shelf.put(body), nil
	})
	r := s.Reader(t.Context())
	early := make([]byte, len(body)-stream.HeldBack)
	if _, err := io.ReadFull(r, early); err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithCancel(t.Context())
	cancel()
	second := s.Reader(soon)
	if _, err := io.ReadFull(second, make([]byte, len(early))); err != nil {
		t.Fatal(err)
	}
	if n, err := second.Read(make([]byte, 1)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d bytes of the end before the proof, %v", n, err)
	}
	close(proven)
	rest, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(append(early, rest...), body) {
		t.Errorf("%d bytes, %v", len(rest), err)
	}
}

func TestWhatFailsIsNeverWhole(t *testing.T) {
	wrong := errors.New("wrong bytes")
	for _, size := range []int{1, stream.HeldBack, stream.HeldBack + 1, 1 << 20} {
		g, _ := newGroup(t, 0)
		fail := make(chan bool)
		s := g.Get("k", func(_ context.Context, f fetch.Follower) (fetch.Object, error) {
			f.Begin(int64(size))
			f.Arrived(content(size, 3))
			<-fail
			return fetch.Object{}, wrong
		})
		if _, err := s.Head(t.Context()); err != nil {
			t.Fatal(err)
		}
		r := s.Reader(t.Context())
		early, _ := io.ReadFull(r, make([]byte, max(0, size-stream.HeldBack)))
		close(fail)
		rest, err := io.ReadAll(r)
		if !errors.Is(err, wrong) || early+len(rest) > max(0, size-stream.HeldBack) {
			t.Errorf("%d bytes: %d and %d were read, %v", size, early, len(rest), err)
		}
		if _, err := s.Head(t.Context()); !errors.Is(err, wrong) {
			t.Errorf("Head: %v", err)
		}
	}
}

// A fetch that begins anew goes on for readers whose bytes are the same.
func TestBeginningAnew(t *testing.T) {
	body := content(1<<20, 4)
	other := bytes.Clone(body)
	other[500_000]++
	for name, c := range map[string]struct {
		first []byte
		seen  int // bytes that a reader has
		size  int64
		cut   bool
	}{
		"the same bytes":                      {first: body[:700_000], seen: 600_000},
		"the same bytes, all of them":         {first: body, seen: 900_000},
		"other bytes, not seen":               {first: other, seen: 400_000},
		"other bytes, seen":                   {first: other, seen: 600_000, cut: true},
		"nothing seen":                        {first: other},
		"another size, seen":                  {first: body, seen: 1000, size: 1<<20 + 1, cut: true},
		"another size, nothing seen":          {first: body, size: 1<<20 + 1},
		"shorter than what was seen before":   {first: append(bytes.Clone(body), body...), seen: 1<<20 + 1000, size: 2 << 20, cut: true},
		"shorter, and what was seen is in it": {first: append(bytes.Clone(body), body...), seen: 1000, size: fetch.UnknownSize},
	} {
		t.Run(name, func(t *testing.T) {
			g, shelf := newGroup(t, 0)
			again := make(chan bool)
			s := g.Get("k", func(_ context.Context, f fetch.Follower) (fetch.Object, error) {
				size := c.size
				if size == 0 {
					size = 1 << 20
				}
				f.Begin(size)
				f.Arrived(c.first)
				<-again
				if size == fetch.UnknownSize {
					f.Begin(size)
				} else {
					f.Begin(1 << 20)
				}
				for part := body; len(part) > 0; part = part[min(len(part), 100_000):] {
					f.Arrived(part[:min(len(part), 100_000)])
				}
				return shelf.put(body), nil
			})
			if _, err := s.Head(t.Context()); err != nil {
				t.Fatal(err)
			}
			r := s.Reader(t.Context())
			early := make([]byte, c.seen)
			if _, err := io.ReadFull(r, early); err != nil {
				t.Fatal(err)
			}
			close(again)
			if _, err := s.Wait(t.Context()); err != nil { // or the reader would see more of the first body
				t.Fatal(err)
			}
			rest, err := io.ReadAll(r)
			if c.cut {
				if !errors.Is(err, stream.ErrCut) {
					t.Errorf("%d more bytes, %v", len(rest), err)
				}
			} else if err != nil || !bytes.Equal(append(early, rest...), body) {
				t.Errorf("%d bytes in the end, %v", c.seen+len(rest), err)
			}
			// Whoever comes now gets the right bytes in any case.
			if got, err := read(t, s); err != nil || !bytes.Equal(got, body) {
				t.Errorf("afterwards: %d bytes, %v", len(got), err)
			}
		})
	}
}

// The fetch may make something else of what arrived: nobody gets a mixture.
func TestAnotherObjectThanWhatArrived(t *testing.T) {
	g, shelf := newGroup(t, 0)
	made := content(200_000, 6)
	finish := make(chan bool)
	s := g.Get("k", func(_ context.Context, f fetch.Follower) (fetch.Object, error) {
		f.Begin(300_000)
		f.Arrived(content(300_000, 5))
		<-finish
		return shelf.put(made), nil
	})
	r := s.Reader(t.Context())
	if _, err := r.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	close(finish)
	if _, err := io.ReadAll(r); !errors.Is(err, stream.ErrCut) {
		t.Errorf("error %v", err)
	}
	if got, err := read(t, s); err != nil || !bytes.Equal(got, made) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestWithoutAnythingToFollow(t *testing.T) {
	g, shelf := newGroup(t, 0)
	body := content(100_000, 7)
	s := g.Get("k", func(context.Context, fetch.Follower) (fetch.Object, error) { return shelf.put(body), nil })
	if n, err := s.Head(t.Context()); n != 100_000 || err != nil {
		t.Errorf("size %d, %v", n, err)
	}
	if got, err := read(t, s); err != nil || !bytes.Equal(got, body) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if o, ok := s.Done(); !ok || o.Size != 100_000 {
		t.Errorf("done: %v %v", o, ok)
	}
}

// A temporary folder that is of no use costs the early bytes and nothing else.
func TestWithoutRoomForTemporaryFiles(t *testing.T) {
	shelf := &shelf{}
	g := stream.NewGroup(t.Context(), stream.Options{Open: shelf.open, Temp: "/nowhere/at/all"})
	body := content(200_000, 8)
	s := g.Get("k", func(_ context.Context, f fetch.Follower) (fetch.Object, error) {
		f.Begin(200_000)
		f.Arrived(body)
		return shelf.put(body), nil
	})
	if got, err := read(t, s); err != nil || !bytes.Equal(got, body) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestTheObjectIsGoneAtOnce(t *testing.T) {
	g, _ := newGroup(t, 0)
	s := g.Get("k", func(context.Context, fetch.Follower) (fetch.Object, error) {
		return fetch.Object{ID: store.ID{1}, Size: 5}, nil
	})
	if _, err := read(t, s); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestLimitAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shelf := &shelf{}
		ctx, cancel := context.WithCancel(t.Context())
		g := stream.NewGroup(ctx, stream.Options{Open: shelf.open, Limit: 2})
		hang := func(ctx context.Context, _ fetch.Follower) (fetch.Object, error) {
			<-ctx.Done()
			return fetch.Object{}, ctx.Err()
		}
		one, two := g.Get("1", hang), g.Get("2", hang)
		if _, err := g.Get("3", hang).Wait(t.Context()); !errors.Is(err, stream.ErrBusy) {
			t.Errorf("beyond the limit: %v", err)
		}
		if g.Get("1", hang) != one || g.Running() != 2 {
			t.Error("the running one was not found")
		}
		soon, end := context.WithCancel(t.Context())
		end()
		if _, err := two.Wait(soon); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller who gave up: %v", err)
		}
		if _, err := two.Head(soon); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller who gave up: %v", err)
		}
		cancel()
		g.Close()
		if _, err := one.Wait(t.Context()); !errors.Is(err, context.Canceled) {
			t.Errorf("after the end: %v", err)
		}
		if _, err := g.Get("4", hang).Wait(t.Context()); !errors.Is(err, stream.ErrClosed) {
			t.Errorf("after the end: %v", err)
		}
	})
}

// Nothing is left in the temporary folder, while a fetch runs and after it.
func TestTemporaryFilesHaveNoName(t *testing.T) {
	shelf, folder := &shelf{}, t.TempDir()
	g := stream.NewGroup(t.Context(), stream.Options{Open: shelf.open, Temp: folder})
	body := content(200_000, 9)
	look := func(when string) {
		if list, err := os.ReadDir(folder); err != nil || len(list) > 0 {
			t.Errorf("%s: %v, %v", when, list, err)
		}
	}
	s := g.Get("k", func(_ context.Context, f fetch.Follower) (fetch.Object, error) {
		f.Begin(200_000)
		f.Arrived(body)
		look("under way")
		return shelf.put(body), nil
	})
	if _, err := s.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	look("afterwards")
}
