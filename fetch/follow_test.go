package fetch_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

// followed notes what a follower is told.
type followed struct {
	begins []int64
	bodies []string // one for each begin
}

func (f *followed) Begin(size int64) {
	f.begins = append(f.begins, size)
	f.bodies = append(f.bodies, "")
}

func (f *followed) Arrived(p []byte) { f.bodies[len(f.bodies)-1] += string(p) }

func (f *followed) last() string {
	if len(f.bodies) == 0 {
		return ""
	}
	return f.bodies[len(f.bodies)-1]
}

func TestFollowerSeesTheObject(t *testing.T) {
	for _, size := range []int{0, 1, 4000, 128 << 10, 128<<10 + 1, large} {
		body := bytes.Repeat([]byte("offmirror\n"), size/10+1)[:size]
		up := upstreamtest.New(t, upstreamtest.Files{"/a": body})
		seen := &followed{}
		res, err := newRoom(t).engine(t, nil).Fetch(t.Context(), fetch.Request{
			URL: up.URL + "/a", Want: []digest.Digest{sha256Of(body)}, Follow: seen,
		})
		if err != nil {
			t.Fatal(err)
		}
		if res.Outcome != fetch.Fetched || seen.last() != string(body) {
			t.Errorf("%d bytes: outcome %v, the follower saw %d", size, res.Outcome, len(seen.last()))
		}
		if diff := cmp.Diff([]int64{int64(size)}, seen.begins); diff != "" {
			t.Errorf("%d bytes: %s", size, diff)
		}
	}
}

func TestFollowerIsToldThatAllBeginsAnew(t *testing.T) {
	body := bytes.Repeat([]byte("offmirror\n"), large/10)
	for name, step := range map[string]upstreamtest.Step{
		"broken off without a validator": upstreamtest.Truncate(1<<20, upstreamtest.WithETag("")),
		"wrong bytes":                    upstreamtest.Corrupt(),
	} {
		t.Run(name, func(t *testing.T) {
			up := upstreamtest.New(t, upstreamtest.Files{"/a": body, "/b": body})
			up.Script("/a", step)
			seen := &followed{}
			_, err := newRoom(t).engine(t, nil).Fetch(t.Context(), fetch.Request{
				URL: up.URL + "/a", Mirrors: []string{up.URL + "/b"}, Want: []digest.Digest{sha256Of(body)}, Follow: seen,
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(seen.begins) != 2 || seen.last() != string(body) {
				t.Errorf("begins %v, the last body has %d bytes", seen.begins, len(seen.last()))
			}
		})
	}
}

// A body that is resumed goes on for the follower too, in the same run and in the next, which
// is told what lies there already.
func TestFollowerOfAResumedTransfer(t *testing.T) {
	body := bytes.Repeat([]byte("offmirror\n"), large/10)
	req := fetch.Request{Want: []digest.Digest{sha256Of(body)}}
	t.Run("in the same run", func(t *testing.T) {
		up := upstreamtest.New(t, upstreamtest.Files{"/a": body})
		up.Script("/a", upstreamtest.Truncate(2<<20))
		seen := &followed{}
		req := req
		req.URL, req.Follow = up.URL+"/a", seen
		if _, err := newRoom(t).engine(t, nil).Fetch(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		if len(seen.begins) != 1 || seen.last() != string(body) {
			t.Errorf("begins %v, %d bytes", seen.begins, len(seen.last()))
		}
	})
	t.Run("in the next run", func(t *testing.T) {
		up := upstreamtest.New(t, upstreamtest.Files{file: body})
		req := req
		req.URL = up.URL + file
		r := brokenOff(t, up, req, 2<<20, true)
		seen := &followed{}
		req.Follow = seen
		res, err := r.engine(t, nil).Fetch(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if res.Transferred >= int64(len(body)) {
			t.Fatal("the transfer was not resumed")
		}
		if diff := cmp.Diff([]int64{int64(len(body))}, seen.begins); diff != "" || seen.last() != string(body) {
			t.Errorf("%s\n%d bytes", diff, len(seen.last()))
		}
	})
}

func TestFollowerSeesNothingOfWhatIsHere(t *testing.T) {
	body := []byte("offmirror\n")
	up := upstreamtest.New(t, upstreamtest.Files{"/a": body})
	e := newRoom(t).engine(t, nil)
	req := fetch.Request{URL: up.URL + "/a", Want: []digest.Digest{sha256Of(body)}}
	if _, err := e.Fetch(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	seen := &followed{}
	req.Follow = seen
	if res, err := e.Fetch(t.Context(), req); err != nil || res.Outcome != fetch.Held || len(seen.begins) != 0 {
		t.Errorf("%v, %v, begins %v", res.Outcome, err, seen.begins)
	}
}

// Nobody follows beyond the limits of size.
func TestFollowerSeesNoMoreThanIsAllowed(t *testing.T) {
	body := bytes.Repeat([]byte("offmirror\n"), 100_000)
	up := upstreamtest.New(t, upstreamtest.Files{"/a": body})
	up.Always("/a", upstreamtest.Endless())
	seen := &followed{}
	_, err := newRoom(t).engine(t, nil).Fetch(t.Context(), fetch.Request{
		URL: up.URL + "/a", Key: "k", MaxSize: 300_000, Follow: seen, Proof: func(io.ReaderAt, int64) error { return nil },
	})
	if !errors.Is(err, fetch.ErrWrongBytes) {
		t.Errorf("error %v", err)
	}
	if n := len(seen.last()); n > 300_000 || len(seen.begins) == 0 || seen.begins[0] != fetch.UnknownSize {
		t.Errorf("the follower saw %d bytes, begins %v", n, seen.begins)
	}
}
