package fetch_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"testing"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

const large = 3 << 20 // more than what is worth keeping

// asKilled returns a room that holds what would be on disk if the process had
// been killed at this moment.
func (r *room) asKilled(t *testing.T) *room {
	t.Helper()
	after := newRoom(t)
	after.store.Close()
	err := fs.WalkDir(r.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return after.root.MkdirAll(name, 0o755)
		}
		data, err := r.root.ReadFile(name)
		if err != nil {
			return err
		}
		return after.root.WriteFile(name, data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	after.open(t)
	return after
}

// partials lists what lies in store/tmp.
func (r *room) partials(t *testing.T) []os.DirEntry {
	t.Helper()
	list, err := fs.ReadDir(r.root.FS(), "store/tmp")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return list
}

// brokenOff is a room where the transfer of body stopped in the middle: the
// upstream delivered n bytes and then nothing. If killed, the process got no
// chance to clean up.
func brokenOff(t *testing.T, up *upstreamtest.Server, req fetch.Request, n int, killed bool) *room {
	t.Helper()
	before := newRoom(t)
	ctx, cancel := context.WithCancel(t.Context())
	after := before
	up.Script(file, upstreamtest.Truncate(n), func(x *upstreamtest.Exchange) {
		if killed { // all that was received has been written by now
			after = before.asKilled(t)
		}
		cancel()
		<-x.Request.Context().Done()
	})
	e := before.engine(t, nil)
	if _, err := e.Fetch(ctx, req); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	e.Close()
	up.Forget()
	return after
}

func TestResumeInTheNextProcess(t *testing.T) {
	body := noise(large)
	for name, want := range map[string][]digest.Digest{
		"sha256":            {sha256Of(body)},
		"sha512":            {sha512Of(body)},
		"sha256 and sha512": {sha512Of(body), sha256Of(body)},
	} {
		for _, killed := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				up := upstreamtest.New(t, upstreamtest.Files{file: body})
				req := fetch.Request{URL: up.URL + file, Want: want}
				r := brokenOff(t, up, req, large/2, killed)
				seen := &events{}
				res, err := r.engine(t, nil, fetch.WithObserver(seen.observe)).Fetch(t.Context(), req)
				if err != nil || !bytes.Equal(r.read(t, res.ID), body) {
					t.Fatalf("%+v, %v", res, err)
				}
				if res.Transferred >= large*3/4 || seen.count(fetch.Resumed) != 1 {
					t.Errorf("transferred %d bytes of %d, %d resumed", res.Transferred, large, seen.count(fetch.Resumed))
				}
				all := up.Requests()
				if len(all) != 1 || all[0].Header.Get("If-Range") != upstreamtest.ETagOf(body) {
					t.Errorf("requests %+v", all)
				}
				if left := r.partials(t); len(left) != 0 {
					t.Errorf("left in store/tmp: %v", left)
				}
			})
		}
	}
}

func TestChangedUpstreamIsNotResumed(t *testing.T) {
	body := noise(large)
	for name, step := range map[string]upstreamtest.Step{
		"other ETag":      upstreamtest.WithETag(`"2"`),
		"ranges ignored":  upstreamtest.IgnoreRange(),
		"416, then whole": upstreamtest.Status(416),
	} {
		t.Run(name, func(t *testing.T) {
			up := upstreamtest.New(t, upstreamtest.Files{file: body})
			req := fetch.Request{URL: up.URL + file, Want: []digest.Digest{sha256Of(body)}}
			r := brokenOff(t, up, req, large/2, true)
			up.Script(file, step)
			res, err := r.engine(t, nil).Fetch(t.Context(), req)
			if err != nil || !bytes.Equal(r.read(t, res.ID), body) || res.Transferred < large {
				t.Errorf("%+v, %v", res, err)
			}
		})
	}
}

// A partial that another place delivered is not continued here.
func TestPartialBelongsToItsPlace(t *testing.T) {
	body := noise(large)
	up := upstreamtest.New(t, upstreamtest.Files{file: body})
	req := fetch.Request{URL: up.URL + file, Want: []digest.Digest{sha256Of(body)}}
	r := brokenOff(t, up, req, large/2, true)
	other := upstreamtest.New(t, upstreamtest.Files{file: body})
	req.URL = other.URL + file
	if res, err := r.engine(t, nil).Fetch(t.Context(), req); err != nil || res.Transferred != large {
		t.Errorf("%+v, %v", res, err)
	}
	if got := other.Requests()[0].Header.Get("Range"); got != "" {
		t.Errorf("Range: %s", got)
	}
}

// A place that has nothing does not cost what another one delivered.
func TestPartialOutlivesAPlaceWithout(t *testing.T) {
	body := noise(large)
	up, empty := upstreamtest.New(t, upstreamtest.Files{file: body}), upstreamtest.New(t, nil)
	req := fetch.Request{URL: up.URL + file, Want: []digest.Digest{sha256Of(body)}}
	r := brokenOff(t, up, req, large/2, true)
	req.URL, req.Mirrors = empty.URL+file, []string{req.URL}
	if res, err := r.engine(t, nil).Fetch(t.Context(), req); err != nil || res.Transferred >= large {
		t.Errorf("%+v, %v", res, err)
	}
}

// Killed between the last byte and the commit.
func TestCompletePartialIsAdoptedWithoutARequest(t *testing.T) {
	body := noise(large)
	for _, want := range [][]digest.Digest{{sha256Of(body)}, {sha512Of(body)}} {
		up := upstreamtest.New(t, upstreamtest.Files{file: body})
		req := fetch.Request{URL: up.URL + file, Want: want}
		r := brokenOff(t, up, req, large/2, true)
		for _, p := range r.partials(t) { // the missing half arrives
			if err := r.root.WriteFile("store/tmp/"+p.Name(), body, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		res, err := r.engine(t, nil).Fetch(t.Context(), req)
		if err != nil || res.Outcome != fetch.Held || up.Count("*") != 0 || !bytes.Equal(r.read(t, res.ID), body) {
			t.Errorf("%+v, %v, %d requests", res, err, up.Count("*"))
		}
	}
}

// After a power failure a partial may hold anything: the place is not to blame.
func TestDamagedPartialIsFetchedAnew(t *testing.T) {
	body := noise(large)
	for name, damage := range map[string]func([]byte) []byte{
		"flipped":  func(b []byte) []byte { b[7] ^= 1; return b },
		"too long": func(b []byte) []byte { return append(b, noise(large)...) },
		"complete": func([]byte) []byte { return noise(large + 1)[1:] },
		"empty":    func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			up := upstreamtest.New(t, upstreamtest.Files{file: body})
			req := fetch.Request{URL: up.URL + file, Want: []digest.Digest{sha256Of(body)}}
			r := brokenOff(t, up, req, large/2, true)
			for _, p := range r.partials(t) {
				data, err := r.root.ReadFile("store/tmp/" + p.Name())
				if err != nil {
					t.Fatal(err)
				}
				if err := r.root.WriteFile("store/tmp/"+p.Name(), damage(data), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			seen := &events{}
			res, err := r.engine(t, nil, fetch.WithObserver(seen.observe)).Fetch(t.Context(), req)
			if err != nil || !bytes.Equal(r.read(t, res.ID), body) || seen.count(fetch.WrongBytes) != 0 {
				t.Errorf("%+v, %v, %+v", res, err, seen.all)
			}
		})
	}
}

// withoutRanges says that it answers no ranges.
func withoutRanges(x *upstreamtest.Exchange) {
	x.Writer.Header().Set("Accept-Ranges", "none")
	x.Writer.Header().Set("ETag", x.Good.Header.Get("ETag"))
	x.Writer.Header().Set("Content-Length", strconv.Itoa(len(x.Good.Body)))
	x.Writer.Write(x.Good.Body)
}

func TestNothingIsLeftBehind(t *testing.T) {
	body := noise(large)
	for name, step := range map[string]upstreamtest.Step{
		"wrong":      upstreamtest.Corrupt(),
		"weak":       upstreamtest.Truncate(large/2, upstreamtest.WithETag(`W/"1"`)),
		"no ranges":  upstreamtest.Truncate(large/2, withoutRanges),
		"first byte": upstreamtest.Truncate(0),
	} {
		t.Run(name, func(t *testing.T) {
			up := upstreamtest.New(t, upstreamtest.Files{file: body})
			up.Always(file, step)
			r := newRoom(t)
			if _, err := r.engine(t, nil).Fetch(t.Context(), fetch.Request{URL: up.URL + file, Want: []digest.Digest{sha256Of(body)}}); err == nil {
				t.Error("no error")
			}
			if left := r.partials(t); len(left) != 0 {
				t.Errorf("left in store/tmp: %v", left)
			}
		})
	}
}

// A document has no digest; in one process it is resumed all the same.
func TestDocumentIsResumedInOneProcess(t *testing.T) {
	body := noise(large)
	up := upstreamtest.New(t, upstreamtest.Files{file: body})
	up.Script(file, upstreamtest.Truncate(large/2))
	r := newRoom(t)
	res, err := r.engine(t, nil).Revalidate(t.Context(), fetch.Request{URL: up.URL + file})
	if err != nil || !bytes.Equal(r.read(t, res.ID), body) || res.Transferred != large {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestManyPiecesOfALargeObject(t *testing.T) {
	body := noise(12 << 20)
	up := upstreamtest.New(t, upstreamtest.Files{file: body})
	up.Always(file, upstreamtest.Truncate(1500_000)) // more often than it would be retried
	r := newRoom(t)
	res, err := r.engine(t, nil).Fetch(t.Context(), fetch.Request{URL: up.URL + file, Want: []digest.Digest{sha256Of(body)}})
	if err != nil || res.ID != mustID(t, body) || res.Transferred != int64(len(body)) {
		t.Errorf("%+v, %v", res, err)
	}
}

// Pieces that lead nowhere are not gone on with for ever.
func TestManyPiecesThatDoNotAddUp(t *testing.T) {
	up := upstreamtest.New(t, upstreamtest.Files{file: noise(12 << 20)})
	up.Always(file, upstreamtest.Truncate(1500_000, upstreamtest.IgnoreRange()))
	_, err := newRoom(t).engine(t, nil).Fetch(t.Context(), fetch.Request{URL: up.URL + file, Want: []digest.Digest{sha256Of(nil)}})
	if err == nil || errors.Is(err, fetch.ErrWrongBytes) || up.Count(file) != 5 {
		t.Errorf("%v after %d requests", err, up.Count(file))
	}
}

func mustID(t *testing.T, body []byte) store.ID {
	t.Helper()
	id, err := store.ParseID(sha256Of(body).Hex)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Killed between the last byte of a small object, or in the middle of it, and
// the commit of its group. What had arrived whole is not asked for again.
func TestSmallObjectOfAKilledRun(t *testing.T) {
	body := noise(2000)
	for name, c := range map[string]struct {
		left     []byte
		requests int
	}{
		"whole": {body, 0}, "half": {body[:1000], 1}, "wrong": {noise(2001)[1:], 1}, "empty": {nil, 1},
	} {
		for _, want := range [][]digest.Digest{{sha256Of(body)}, {sha512Of(body), sha256Of(body)}} {
			t.Run(name, func(t *testing.T) {
				up := upstreamtest.New(t, upstreamtest.Files{file: body})
				r := newRoom(t)
				if err := r.root.MkdirAll("store/tmp", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := r.root.WriteFile("store/tmp/partial-"+sha256Of(body).Hex, c.left, 0o400); err != nil {
					t.Fatal(err)
				}
				res, err := r.engine(t, nil).Fetch(t.Context(), fetch.Request{URL: up.URL + file, Want: want})
				if err != nil || !bytes.Equal(r.read(t, res.ID), body) {
					t.Fatalf("%+v, %v", res, err)
				}
				if n := up.Count("*"); n != c.requests || n > 0 && up.Requests()[0].Header.Get("Range") != "" {
					t.Errorf("%d requests, want %d: %+v", n, c.requests, up.Requests())
				}
				if left := r.partials(t); len(left) != 0 {
					t.Errorf("left in store/tmp: %v", left)
				}
			})
		}
	}
}
