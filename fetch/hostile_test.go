package fetch_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

const file = "/pkg/a-1.0.tar"

// noise is n bytes that do not compress, repeat or look like anything.
func noise(n int) []byte {
	out := make([]byte, n)
	rng := rand.NewChaCha8([32]byte{1})
	rng.Read(out)
	return out
}

// events collects what an engine reports.
type events struct {
	mu  sync.Mutex
	all []fetch.Event
}

func (ev *events) observe(e fetch.Event) {
	ev.mu.Lock()
	defer ev.mu.Unlock()
	ev.all = append(ev.all, e)
}

func (ev *events) count(kind fetch.EventKind) int {
	ev.mu.Lock()
	defer ev.mu.Unlock()
	n := 0
	for _, e := range ev.all {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// TestHostileUpstream lets one place misbehave in every way once, or always, and
// wants the right bytes from it or the error that belongs to it.
func TestHostileUpstream(t *testing.T) {
	body := noise(300_000)
	type kind int
	const (
		mends  kind = iota // the place has the right bytes in the end
		wrong              // ErrWrongBytes
		absent             // ErrAbsent
		barred             // ErrUnauthorized
		fails              // some other error
	)
	up := upstreamtest.OK
	for _, c := range []struct {
		name   string
		steps  []upstreamtest.Step // then well
		always upstreamtest.Step   // or then this
		want   kind
		text   string // part of the error
	}{
		{name: "truncated", steps: []upstreamtest.Step{upstreamtest.Truncate(100_000)}, want: mends},
		{name: "truncated at once", steps: []upstreamtest.Step{upstreamtest.Truncate(0)}, want: mends},
		{name: "truncated twice", steps: []upstreamtest.Step{upstreamtest.Truncate(100_000), upstreamtest.Truncate(100_000)}, want: mends},
		{name: "always truncated", always: upstreamtest.Truncate(10), want: fails, text: "broke off after"},
		{name: "truncated, then no ranges", steps: []upstreamtest.Step{upstreamtest.Truncate(100_000), upstreamtest.IgnoreRange()}, want: mends},
		{name: "truncated, weak ETag", steps: []upstreamtest.Step{upstreamtest.Truncate(100_000, upstreamtest.WithETag(`W/"1"`))}, want: mends},
		{name: "truncated, no ETag", steps: []upstreamtest.Step{upstreamtest.Truncate(100_000, upstreamtest.WithETag(""))}, want: mends},
		{name: "reset before the answer", steps: []upstreamtest.Step{upstreamtest.Reset(), upstreamtest.Reset()}, want: mends},
		{name: "reset in the body", steps: []upstreamtest.Step{upstreamtest.ResetAfter(200_000)}, want: mends},
		{name: "always reset", always: upstreamtest.Reset(), want: fails},
		{name: "announces too much", steps: []upstreamtest.Step{upstreamtest.AnnounceLength(300_001)}, want: wrong, text: "300001 bytes announced instead of 300000"},
		{name: "announces too little", steps: []upstreamtest.Step{upstreamtest.AnnounceLength(299_999)}, want: wrong, text: "299999 bytes announced"},
		{name: "HTML", always: upstreamtest.HTML(), want: wrong, text: "it is an HTML page"},
		{name: "206 without being asked", always: upstreamtest.WrongRange("bytes 0-299999/300000", 0), want: fails, text: "HTTP 206"},
		{name: "206 from elsewhere", steps: []upstreamtest.Step{upstreamtest.Truncate(1000), upstreamtest.WrongRange("bytes 500-299999/300000", 500)}, want: mends},
		{name: "206 that lies about where it begins", steps: []upstreamtest.Step{upstreamtest.Truncate(1000), upstreamtest.WrongRange("bytes 1000-299999/300000", 500)}, want: mends},
		{name: "206 of another total", steps: []upstreamtest.Step{upstreamtest.Truncate(1000), upstreamtest.WrongRange("bytes 1000-299999/400000", 1000)}, want: mends},
		{name: "206 with nonsense", steps: []upstreamtest.Step{upstreamtest.Truncate(1000), upstreamtest.WrongRange("bytes */300000", 1000)}, want: mends},
		{name: "206 without Content-Range", steps: []upstreamtest.Step{upstreamtest.Truncate(1000), upstreamtest.WrongRange("", 1000)}, want: mends},
		{name: "206 with other bytes", steps: []upstreamtest.Step{upstreamtest.Truncate(100_000), upstreamtest.Corrupt()}, want: mends},
		{name: "206 always with other bytes", always: func(x *upstreamtest.Exchange) {
			if x.Request.Header.Get("Range") == "" {
				upstreamtest.Truncate(100_000)(x)
			} else {
				upstreamtest.Corrupt()(x)
			}
		}, want: wrong},
		{name: "416", steps: []upstreamtest.Step{upstreamtest.Truncate(1000), upstreamtest.Status(416)}, want: mends},
		{name: "ETag changes mid-resume", steps: []upstreamtest.Step{upstreamtest.Truncate(1000), upstreamtest.WithETag(`"2"`)}, want: mends},
		{name: "206 under a changed ETag", steps: []upstreamtest.Step{
			upstreamtest.Truncate(1000, upstreamtest.WithETag(`"2"`)),
			func(x *upstreamtest.Exchange) { x.Request.Header.Del("If-Range"); x.Answer(x.Good) },
		}, want: mends},
		{name: "endless", always: upstreamtest.Endless(), want: wrong, text: "longer than the 300000 bytes"},
		{name: "corrupted", always: upstreamtest.Corrupt(), want: wrong, text: "sha512 is "},
		{name: "last week's", always: upstreamtest.Body(noise(299_000)), want: wrong},
		{name: "500 and 503", steps: []upstreamtest.Step{upstreamtest.Status(500), upstreamtest.Status(503), upstreamtest.Status(502)}, want: mends},
		{name: "always 500", always: upstreamtest.Status(500), want: fails, text: "HTTP 500 Internal Server Error"},
		{name: "429 with absurd waits", steps: []upstreamtest.Step{
			upstreamtest.RetryAfter(429, "99999999999999999999"), upstreamtest.RetryAfter(503, "Fri, 31 Dec 9999 23:59:59 GMT"),
			upstreamtest.RetryAfter(429, "-7"), upstreamtest.RetryAfter(429, "soon"),
		}, want: mends},
		{name: "always 429", always: upstreamtest.RetryAfter(429, "1000000"), want: fails, text: "HTTP 429"},
		{name: "401", always: upstreamtest.Status(401), want: barred, text: "token_env"},
		{name: "403", always: upstreamtest.Status(403), want: barred, text: "HTTP 403"},
		{name: "404", always: upstreamtest.Status(404), want: absent},
		{name: "410", always: upstreamtest.Status(410), want: absent},
		{name: "402", always: upstreamtest.Status(402), want: fails, text: "HTTP 402"},
		{name: "451", always: upstreamtest.Status(451), want: absent}, // the request says so
		{name: "204", always: upstreamtest.Status(204), want: fails, text: "HTTP 204"},
		{name: "304 without a condition", always: upstreamtest.Status(304), want: fails, text: "HTTP 304"},
		{name: "redirect to itself", always: upstreamtest.Redirect(302, file), want: fails, text: "more than 10 redirects"},
		{name: "redirect to nowhere", always: upstreamtest.Redirect(301, ""), want: fails, text: "without a usable Location"},
		{name: "redirect to nonsense", always: upstreamtest.Redirect(301, "http://[::1"), want: fails, text: "no URL"},
		{name: "redirect to a file", always: upstreamtest.Redirect(307, "file:///etc/passwd"), want: fails, text: `redirect to the scheme "file"`},
		{name: "ten redirects", steps: many(10, upstreamtest.Redirect(308, file)), want: mends},
		{name: "huge header", always: upstreamtest.HugeHeader(200_000), want: fails, text: "headers exceeded"},
		{name: "good", steps: []upstreamtest.Step{up()}, want: mends},
	} {
		t.Run(c.name, func(t *testing.T) {
			up := upstreamtest.New(t, upstreamtest.Files{file: body})
			up.Script(file, c.steps...)
			up.Always(file, c.always)
			seen := &events{}
			r := newRoom(t)
			e := r.engine(t, nil, fetch.WithObserver(seen.observe))
			req := fetch.Request{
				URL: up.URL + file, Want: []digest.Digest{sha512Of(body), sha256Of(body)}, Size: int64(len(body)), Absent: []int{451},
			}
			res, err := e.Fetch(t.Context(), req)
			for target, is := range map[error]bool{
				fetch.ErrWrongBytes: c.want == wrong, fetch.ErrAbsent: c.want == absent, fetch.ErrUnauthorized: c.want == barred,
			} {
				if errors.Is(err, target) != is {
					t.Errorf("is %v: %v", target, !is)
				}
			}
			if (err == nil) != (c.want == mends) || err != nil && !strings.Contains(err.Error(), c.text) {
				t.Fatalf("error %v", err)
			}
			if n := seen.count(fetch.WrongBytes); (n == 1) != (c.want == wrong) || n > 1 {
				t.Errorf("%d events of wrong bytes", n)
			}
			checkOneLine(t, err)
			if c.want == mends {
				if !bytes.Equal(r.read(t, res.ID), body) || res.From != req.URL || res.Outcome != fetch.Fetched || res.Transferred < int64(len(body)) {
					t.Errorf("%+v", res)
				}
			}
			if up.Left(file) != 0 && c.want == mends {
				t.Errorf("%d steps not reached", up.Left(file))
			}

			// The next place has the right bytes, whatever the first one does.
			other := upstreamtest.New(t, upstreamtest.Files{file: body})
			up.Script(file, c.steps...)
			r = newRoom(t)
			e = r.engine(t, nil)
			req.Mirrors = []string{other.URL + file}
			res, err = e.Fetch(t.Context(), req)
			if err != nil || !bytes.Equal(r.read(t, res.ID), body) {
				t.Errorf("with a mirror: %+v, %v", res, err)
			}
			if (res.From == req.Mirrors[0]) != (c.want != mends) {
				t.Errorf("with a mirror, it came from %s", res.From)
			}
		})
	}
}

func many(n int, s upstreamtest.Step) []upstreamtest.Step {
	out := make([]upstreamtest.Step, n)
	for i := range out {
		out[i] = s
	}
	return out
}

func checkOneLine(t *testing.T, err error) {
	t.Helper()
	if err != nil && (strings.ContainsAny(err.Error(), "\r\n") || len(err.Error()) > 2000) {
		t.Errorf("not one line: %q", err)
	}
}

func TestWrongBytesPutThePlaceAsideForTheRun(t *testing.T) {
	body := noise(1000)
	bad := upstreamtest.New(t, upstreamtest.Files{file: body})
	bad.Always(file, upstreamtest.Corrupt())
	good := upstreamtest.New(t, upstreamtest.Files{file: body})
	r := newRoom(t)
	e := r.engine(t, nil)
	req := fetch.Request{URL: bad.URL + file, Mirrors: []string{good.URL + file}, Want: []digest.Digest{sha256Of(body)}}
	for range 3 {
		res, err := e.Fetch(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.store.Remove(res.ID); err != nil {
			t.Fatal(err)
		}
	}
	if bad.Count(file) != 1 || good.Count(file) != 3 {
		t.Errorf("asked the bad place %d times and the good one %d times", bad.Count(file), good.Count(file))
	}
	req.Mirrors = nil
	if _, err := e.Fetch(t.Context(), req); !errors.Is(err, fetch.ErrWrongBytes) || bad.Count(file) != 1 {
		t.Errorf("alone: %v", err)
	}
	req.Fresh = true
	bad.Always(file, nil)
	if _, err := e.Fetch(t.Context(), req); err != nil {
		t.Errorf("fresh: %v", err)
	}
}

func TestProofDecides(t *testing.T) {
	body := noise(400_000)
	cause := errors.New("signature: not by the pinned key")
	bad := upstreamtest.New(t, upstreamtest.Files{file: noise(500)})
	good := upstreamtest.New(t, upstreamtest.Files{file: body})
	e := newRoom(t).engine(t, nil)
	req := fetch.Request{
		URL: bad.URL + file, Mirrors: []string{good.URL + file},
		Proof: func(b io.ReaderAt, size int64) error {
			got, err := io.ReadAll(io.NewSectionReader(b, 0, size))
			if err != nil {
				return err
			}
			if !bytes.Equal(got, body) {
				return cause
			}
			return nil
		},
	}
	res, err := e.Fetch(t.Context(), req)
	if err != nil || res.From != req.Mirrors[0] {
		t.Errorf("%+v, %v", res, err)
	}
	req.Mirrors = nil
	_, err = e.Fetch(t.Context(), req)
	if !errors.Is(err, fetch.ErrWrongBytes) || !errors.Is(err, cause) || !strings.Contains(err.Error(), "pinned key") {
		t.Error(err)
	}
}

func TestAbsentOnlyIfAllPlacesSaySo(t *testing.T) {
	a, b := upstreamtest.New(t, nil), upstreamtest.New(t, nil)
	e := newRoom(t).engine(t, nil)
	req := fetch.Request{URL: a.URL + file, Mirrors: []string{b.URL + file}, Want: []digest.Digest{sha256Of(nil)}}
	if _, err := e.Fetch(t.Context(), req); !errors.Is(err, fetch.ErrAbsent) {
		t.Error(err)
	}
	b.Always(file, upstreamtest.Status(500))
	_, err := e.Fetch(t.Context(), req)
	if errors.Is(err, fetch.ErrAbsent) || err == nil {
		t.Error(err)
	}
	var all *fetch.Error
	if !errors.As(err, &all) || len(all.Attempts) != 2 || all.Attempts[1].URL != req.Mirrors[0] {
		t.Errorf("%#v", err)
	}
}

func TestEmptyObject(t *testing.T) {
	up := upstreamtest.New(t, upstreamtest.Files{file: {}})
	r := newRoom(t)
	res, err := r.engine(t, nil).Fetch(t.Context(), fetch.Request{URL: up.URL + file, Want: []digest.Digest{sha256Of(nil), sha512Of(nil)}})
	if err != nil || res.Size != 0 || len(r.read(t, res.ID)) != 0 {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestDefaultCap(t *testing.T) {
	up := upstreamtest.New(t, upstreamtest.Files{file: noise(2 << 20)})
	up.Script(file, upstreamtest.OK(), upstreamtest.Endless(), upstreamtest.OK())
	e := newRoom(t).engine(t, func(c *fetch.Config) { c.MaxSize = "1MiB" })
	for _, text := range []string{"2097152 bytes announced, more than the 1048576", "longer than the 1048576 bytes"} {
		if _, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file}); err == nil || !strings.Contains(err.Error(), text) {
			t.Error(err)
		}
	}
	if _, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file, MaxSize: 2 << 20}); err != nil {
		t.Error(err)
	}
}
