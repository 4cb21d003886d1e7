package fetch_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

const document = "/names"

func outcome(t *testing.T, e *fetch.Engine, req fetch.Request, want fetch.Outcome) fetch.Result {
	t.Helper()
	res, err := e.Revalidate(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if res.Outcome != want {
		t.Errorf("%s: outcome %d, want %d", req.URL, res.Outcome, want)
	}
	return res
}

func TestRevalidateFollowsTheDocument(t *testing.T) {
	tree := &upstreamtest.Tree{}
	up := upstreamtest.New(t, tree)
	r := newRoom(t)
	e := r.engine(t, nil)
	req := fetch.Request{URL: up.URL + document}
	for i, text := range []string{"one", "one", "two", "one", "one"} {
		tree.Put(document, []byte(text))
		want := []fetch.Outcome{fetch.Fetched, fetch.NotModified, fetch.Fetched, fetch.Fetched, fetch.NotModified}[i]
		res := outcome(t, e, req, want)
		if got := string(r.read(t, res.ID)); got != text {
			t.Errorf("%d: %q", i, got)
		}
		if res.From != req.URL || (res.Transferred == 0) != (want == fetch.NotModified) {
			t.Errorf("%d: %+v", i, res)
		}
	}
	tree.Put(document, nil)
	if _, err := e.Revalidate(t.Context(), req); !errors.Is(err, fetch.ErrAbsent) {
		t.Error(err)
	}
}

func TestValidatorsSurviveAKill(t *testing.T) {
	up := upstreamtest.New(t, upstreamtest.Files{document: []byte("x")})
	r := newRoom(t)
	outcome(t, r.engine(t, nil), fetch.Request{URL: up.URL + document}, fetch.Fetched)
	killed := r.asKilled(t) // the engine was not closed
	outcome(t, killed.engine(t, nil), fetch.Request{URL: up.URL + document}, fetch.NotModified)
	torn, err := killed.root.ReadFile("state/fetch/journal")
	if err != nil {
		t.Fatal(err)
	}
	if err := killed.root.WriteFile("state/fetch/journal", torn[:len(torn)-3], 0o600); err != nil {
		t.Fatal(err)
	}
	e := killed.engine(t, nil)
	outcome(t, e, fetch.Request{URL: up.URL + document}, fetch.Fetched)
	e.Close()
	outcome(t, killed.engine(t, nil), fetch.Request{URL: up.URL + document}, fetch.NotModified)
}

func TestObjectThatIsGoneIsFetchedAgain(t *testing.T) {
	up := upstreamtest.New(t, upstreamtest.Files{document: []byte("x")})
	r := newRoom(t)
	e := r.engine(t, nil)
	res := outcome(t, e, fetch.Request{URL: up.URL + document}, fetch.Fetched)
	if err := r.store.Remove(res.ID); err != nil {
		t.Fatal(err)
	}
	outcome(t, e, fetch.Request{URL: up.URL + document}, fetch.Fetched)
	if got := up.Requests()[1].Header.Get("If-None-Match"); got != "" {
		t.Errorf("If-None-Match: %s", got)
	}
}

func TestFreshSendsNoValidators(t *testing.T) {
	up := upstreamtest.New(t, upstreamtest.Files{document: []byte("x")})
	e := newRoom(t).engine(t, nil)
	for range 2 {
		outcome(t, e, fetch.Request{URL: up.URL + document, Fresh: true}, fetch.Fetched)
	}
	h := up.Requests()[1].Header
	if h.Get("If-None-Match") != "" || h.Get("Cache-Control") != "no-cache" {
		t.Errorf("%v", h)
	}
	outcome(t, e, fetch.Request{URL: up.URL + document}, fetch.NotModified)
	if h := up.Requests()[2].Header; h.Get("Cache-Control") != "" {
		t.Errorf("%v", h)
	}
}

// A copy that was good enough for an earlier wish, or an earlier key.
func TestConfirmedCopyIsProvenToo(t *testing.T) {
	up := upstreamtest.New(t, upstreamtest.Files{document: []byte("signed")})
	e := newRoom(t).engine(t, nil)
	req := fetch.Request{URL: up.URL + document}
	outcome(t, e, req, fetch.Fetched)
	proofs := 0
	req.Proof = func(body io.ReaderAt, size int64) error {
		proofs++
		data, err := io.ReadAll(io.NewSectionReader(body, 0, size))
		if err == nil && string(data) != "signed" {
			err = errors.New("other bytes")
		}
		return err
	}
	req.Want = []digest.Digest{sha512Of([]byte("signed"))}
	outcome(t, e, req, fetch.NotModified)
	if proofs != 1 {
		t.Errorf("%d proofs", proofs)
	}
	up.Forget()
	req.Proof = func(io.ReaderAt, int64) error { return errors.New("not by this key") }
	_, err := e.Revalidate(t.Context(), req)
	if !errors.Is(err, fetch.ErrWrongBytes) || !strings.Contains(err.Error(), "not by this key") {
		t.Error(err)
	}
	// Asked once with validators and once without, and not put aside: it may change.
	if up.Count(document) != 2 || up.Requests()[1].Header.Get("If-None-Match") != "" {
		t.Errorf("%+v", up.Requests())
	}
	req.Proof = nil
	outcome(t, e, req, fetch.NotModified)
}

func TestLastModifiedAlone(t *testing.T) {
	const date = "Fri, 20 Nov 2026 10:00:00 GMT"
	up := upstreamtest.New(t, nil)
	up.Always(document, func(x *upstreamtest.Exchange) {
		x.Writer.Header().Set("Last-Modified", date)
		if x.Request.Header.Get("If-Modified-Since") == date {
			x.Writer.WriteHeader(http.StatusNotModified)
			return
		}
		io.WriteString(x.Writer, "dated")
	})
	e := newRoom(t).engine(t, nil)
	outcome(t, e, fetch.Request{URL: up.URL + document}, fetch.Fetched)
	outcome(t, e, fetch.Request{URL: up.URL + document}, fetch.NotModified)
}

func TestNoValidatorsNoCondition(t *testing.T) {
	up := upstreamtest.New(t, upstreamtest.Files{document: []byte("x")})
	up.Always(document, upstreamtest.WithETag(""))
	e := newRoom(t).engine(t, nil)
	for range 2 {
		outcome(t, e, fetch.Request{URL: up.URL + document}, fetch.Fetched)
	}
}

// Each place has validators of its own.
func TestValidatorsBelongToAPlace(t *testing.T) {
	a := upstreamtest.New(t, upstreamtest.Files{document: []byte("x")})
	b := upstreamtest.New(t, upstreamtest.Files{document: []byte("x")})
	e := newRoom(t).engine(t, nil)
	req := fetch.Request{URL: a.URL + document, Mirrors: []string{b.URL + document}}
	outcome(t, e, req, fetch.Fetched)
	a.Always(document, upstreamtest.Status(404))
	if res := outcome(t, e, req, fetch.Fetched); res.From != req.Mirrors[0] {
		t.Errorf("%+v", res)
	}
	if got := b.Requests()[0].Header.Get("If-None-Match"); got != "" {
		t.Errorf("If-None-Match: %s", got)
	}
	if res := outcome(t, e, req, fetch.NotModified); res.From != req.Mirrors[0] {
		t.Errorf("%+v", res)
	}
}

// What is wanted by another digest than SHA-256 is not fetched twice either.
func TestHeldByAnyDigest(t *testing.T) {
	body := noise(5000)
	up := upstreamtest.New(t, upstreamtest.Files{file: body})
	r := newRoom(t)
	var blob digest.Digest
	{
		h, err := digest.NewHasher(int64(len(body)), digest.GitBlob)
		if err != nil {
			t.Fatal(err)
		}
		h.Write(body)
		sums, _ := h.Finish(nil)
		blob = sums[0]
	}
	for i, want := range [][]digest.Digest{{blob}, {blob}, {blob, sha512Of(body)}, {sha512Of(body), blob}, {sha256Of(body), blob}} {
		e := r.engine(t, nil)
		res, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file, Want: want})
		if err != nil || (res.Outcome == fetch.Held) != (i != 0 && i != 2) {
			t.Errorf("%d: %+v, %v", i, res, err)
		}
		e.Close()
	}
	if up.Count(file) != 2 {
		t.Errorf("%d requests", up.Count(file))
	}
	var id store.ID
	for info, err := range r.store.All() {
		if err != nil || !id.IsZero() {
			t.Errorf("%v, %v", info, err)
		}
		id = info.ID
	}
	if err := r.store.Remove(id); err != nil {
		t.Fatal(err)
	}
	if res, err := r.engine(t, nil).Fetch(t.Context(), fetch.Request{URL: up.URL + file, Want: []digest.Digest{blob}}); err != nil || res.Outcome != fetch.Fetched {
		t.Errorf("after its removal: %+v, %v", res, err)
	}
}

func TestImpossibleRequests(t *testing.T) {
	e := newRoom(t).engine(t, nil)
	for _, req := range []fetch.Request{
		{}, {URL: "/a/path"}, {URL: "host/path"}, {URL: "http://[::1"}, {URL: "http://a b/"}, {URL: "http:///x"},
		{URL: "ssh://host/x"}, {URL: "http://host/" + strings.Repeat("x", 20000)}, {URL: "http://host/\n"},
		{URL: "http://host/", Want: []digest.Digest{{}}}, {URL: "http://host/", Want: []digest.Digest{{Algorithm: "sha256", Hex: "AB"}}},
	} {
		_, err := e.Fetch(t.Context(), req)
		_, serr := e.Size(t.Context(), req)
		if err == nil || serr == nil || errors.Is(err, fetch.ErrAbsent) {
			t.Errorf("%.40q: %v, %v", req.URL, err, serr)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("not one line: %q", err)
		}
	}
}

func TestSize(t *testing.T) {
	body := noise(5000)
	up := upstreamtest.New(t, upstreamtest.Files{file: body})
	e := newRoom(t).engine(t, nil)
	size := func(req fetch.Request) int64 {
		t.Helper()
		n, err := e.Size(t.Context(), req)
		if err != nil {
			t.Error(err)
		}
		return n
	}
	req := fetch.Request{URL: up.URL + "/none", Mirrors: []string{up.URL + file}, Want: []digest.Digest{sha256Of(body)}}
	if n := size(req); n != 5000 || up.Requests()[1].Method != http.MethodHead {
		t.Errorf("%d, %+v", n, up.Requests())
	}
	if n := size(fetch.Request{URL: "http://none.invalid/", Size: 7}); n != 7 {
		t.Error(n)
	}
	for _, s := range []upstreamtest.Step{upstreamtest.Status(405), func(x *upstreamtest.Exchange) { http.NewResponseController(x.Writer).Flush() }} {
		up.Script(file, s)
		if n := size(req); n != fetch.UnknownSize {
			t.Error(n)
		}
	}
	up.Script(file, upstreamtest.Status(503), upstreamtest.Redirect(302, "/elsewhere"))
	if n, err := e.Size(t.Context(), req); !errors.Is(err, fetch.ErrAbsent) || n != fetch.UnknownSize {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := e.Fetch(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	up.Forget()
	if n := size(req); n != 5000 || up.Count("*") != 0 {
		t.Errorf("%d with %d requests for what is held", n, up.Count("*"))
	}
}

// A run that was killed before the group of a document had become durable has
// left it whole, and its validators.
func TestDocumentOfAKilledRunIsNotFetchedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		left string
		want fetch.Outcome
	}{"whole": {"document", fetch.NotModified}, "torn": {"docu", fetch.Fetched}, "other": {"DOCUMENT", fetch.Fetched}} {
		t.Run(name, func(t *testing.T) {
			up := upstreamtest.New(t, upstreamtest.Files{document: []byte("document")})
			r := newRoom(t)
			res := outcome(t, r.engine(t, nil), fetch.Request{URL: up.URL + document}, fetch.Fetched)
			killed := r.asKilled(t)
			if err := killed.root.Remove(killed.store.Path(res.ID)); err != nil {
				t.Fatal(err)
			}
			if err := killed.root.WriteFile("store/tmp/partial-"+res.ID.String(), []byte(c.left), 0o600); err != nil {
				t.Fatal(err)
			}
			res = outcome(t, killed.engine(t, nil), fetch.Request{URL: up.URL + document}, c.want)
			if got := string(killed.read(t, res.ID)); got != "document" {
				t.Errorf("got %q", got)
			}
			if left := killed.partials(t); len(left) != 0 {
				t.Errorf("left in store/tmp: %v", left)
			}
		})
	}
}
