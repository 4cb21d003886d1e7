package fetch_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

// asked returns which hosts were asked, in order.
func asked(up *upstreamtest.Server) string {
	var out []string
	for _, r := range up.Requests() {
		out = append(out, strings.TrimSuffix(r.Host, ".test"))
	}
	up.Forget()
	return strings.Join(out, " ")
}

func TestFailingHostIsTriedLastAndRemembered(t *testing.T) {
	up := upstreamtest.NewInMemory(t, anything)
	r := newRoom(t)
	seen := &events{}
	open := func() *fetch.Engine {
		return r.engine(t, func(c *fetch.Config) {
			c.Retries = 1
			c.LocalMirrors = map[string][]string{"http://main.test/": {"http://local.test/"}}
		}, fetch.WithDialer(up.Dial), fetch.WithObserver(seen.observe))
	}
	bad := true
	up.Always("*", func(x *upstreamtest.Exchange) {
		if bad && x.Request.Host == "local.test" {
			upstreamtest.Status(500)(x)
			return
		}
		x.Answer(x.Good)
	})
	n := 0
	get := func(e *fetch.Engine) string {
		t.Helper()
		n++
		if _, err := e.Fetch(t.Context(), fetch.Request{URL: fmt.Sprint("http://main.test/", n), Mirrors: []string{fmt.Sprint("http://mirror.test/", n)}}); err != nil {
			t.Error(err)
		}
		return asked(up)
	}
	e := open()
	for i, want := range []string{"local local main", "local local main", "main", "main"} {
		if got := get(e); got != want {
			t.Errorf("request %d asked %q, want %q", i, got, want)
		}
	}
	if seen.count(fetch.Demoted) != 1 || !e.Stats().Hosts["local.test"].Demoted {
		t.Errorf("%d events, %+v", seen.count(fetch.Demoted), e.Stats())
	}
	e.Close()

	e = open() // the next run begins with what the last one learned
	if got := get(e); got != "main" {
		t.Errorf("the next run asked %q", got)
	}
	bad = false
	up.Always("//main.test/6", upstreamtest.Status(404))
	up.Always("//mirror.test/6", upstreamtest.Status(404))
	if n = 5; get(e) != "main mirror local" {
		t.Error("a demoted host is not asked last")
	}
	e.Close()
	if got := get(open()); got != "local" {
		t.Errorf("after it worked, the next run asked %q", got)
	}
}

func TestLyingHostIsTriedLast(t *testing.T) {
	up := upstreamtest.NewInMemory(t, nil)
	for i := range 10 {
		up.Always(fmt.Sprint("//good.test/", i), upstreamtest.Body([]byte{byte(i)}))
		up.Always(fmt.Sprint("//liar.test/", i), upstreamtest.HTML())
	}
	e := newRoom(t).engine(t, nil, fetch.WithDialer(up.Dial))
	for i := range 10 {
		_, err := e.Fetch(t.Context(), fetch.Request{
			URL: fmt.Sprint("http://liar.test/", i), Mirrors: []string{fmt.Sprint("http://good.test/", i)},
			Want: []digest.Digest{sha256Of([]byte{byte(i)})},
		})
		if err != nil {
			t.Fatal(err)
		}
		want := "liar good"
		if i >= 4 {
			want = "good"
		}
		if got := asked(up); got != want {
			t.Errorf("request %d asked %q", i, got)
		}
	}
}

func TestHealthFileTakesAnyDamage(t *testing.T) {
	up := upstreamtest.NewInMemory(t, anything)
	for _, text := range []string{
		"", "{", "[]", `{"hosts": []}`, `{"hosts": {"local.test": {"demoted_until": "9999-01-01T00:00:00Z", "demoted_runs": -5}}}`,
	} {
		r := newRoom(t)
		if err := r.root.MkdirAll("state/fetch", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := r.root.WriteFile("state/fetch/hosts.json", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		e := r.engine(t, nil, fetch.WithDialer(up.Dial))
		if _, err := e.Fetch(t.Context(), fetch.Request{URL: "http://local.test/x"}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if err := e.Close(); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		data, err := r.root.ReadFile("state/fetch/hosts.json")
		var file struct {
			Hosts map[string]struct {
				Requests int64 `json:"requests"`
			} `json:"hosts"`
		}
		if err != nil || json.Unmarshal(data, &file) != nil || file.Hosts["local.test"].Requests != 1 {
			t.Errorf("%s becomes %s, %v", text, data, err)
		}
	}
}
