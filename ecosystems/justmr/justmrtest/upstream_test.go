package justmrtest_test

import (
	"bytes"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/justmr/justmrtest"
)

func start(t *testing.T, hosts int) *justmrtest.Upstream {
	t.Helper()
	u, stop, err := justmrtest.Start(t.Context(), hosts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return u
}

// get asks for a URL. The status is 0 if there is no answer.
func get(t *testing.T, url string) (status int, body, kind string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", ""
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(data), res.Header.Get("Content-Type")
}

func TestFiles(t *testing.T) {
	u := start(t, 2)
	first, second := u.Host(0), u.Host(1)
	a := first.Put("/a.tgz", []byte("a"))
	q := first.Put("/cgi?id=1;x=y", []byte("q"))
	want := func(url string, status int, body string) {
		t.Helper()
		if gotStatus, gotBody, _ := get(t, url); gotStatus != status || status == 200 && gotBody != body {
			t.Errorf("GET %s: %d %q, want %d %q", url, gotStatus, gotBody, status, body)
		}
	}
	want(a, 200, "a")
	want(q, 200, "q")
	want(first.URL()+"/cgi?id=2", 404, "")
	want(second.URL()+"/a.tgz", 404, "")
	if diff := cmp.Diff([]string{"GET " + a + " 200", "GET " + q + " 200", "GET " + first.URL() + "/cgi?id=2 404", "GET " + second.URL() + "/a.tgz 404"}, log(u)); diff != "" {
		t.Errorf("log, -want +got:\n%s", diff)
	}
	u.ResetLog()
	first.Remove("/a.tgz")
	want(a, 404, "")
	if got := log(u); len(got) != 1 {
		t.Errorf("after ResetLog: %q", got)
	}
}

func log(u *justmrtest.Upstream) []string {
	var lines []string
	for _, r := range u.Requests() {
		lines = append(lines, r.String())
	}
	return lines
}

func TestFaults(t *testing.T) {
	u := start(t, 1)
	h := u.Host(0)
	a := h.Put("/a", []byte("good"))
	steps := []struct {
		name   string
		do     func()
		status int
		body   string
	}{
		{"failing once", func() { h.Fail("/a", 503, 1) }, 503, ""},
		{"after that", func() {}, 200, "good"},
		{"failing always", func() { h.Fail("/a", 500, -1) }, 500, ""},
		{"still", func() {}, 500, ""},
		{"damaged", func() { h.Tamper("/a", func(b []byte) []byte { return bytes.ToUpper(b) }) }, 200, "GOOD"},
		{"healed", func() { h.Heal("/a") }, 200, "good"},
		{"down", func() { u.Down(true) }, 0, ""},
		{"up", func() { u.Down(false) }, 200, "good"},
	}
	for _, s := range steps {
		s.do()
		status, body, _ := get(t, a)
		if status != s.status || status == 200 && body != s.body {
			t.Errorf("%s: %d %q, want %d %q", s.name, status, body, s.status, s.body)
		}
	}
	h.Page("/nowhere")
	if status, body, kind := get(t, h.URL()+"/nowhere"); status != 200 || kind != "text/html; charset=utf-8" || body == "" {
		t.Errorf("a page: %d %q %q", status, kind, body)
	}
	if requests := u.Requests(); !slices.ContainsFunc(requests, func(r justmrtest.Request) bool { return r.Status == 0 }) {
		t.Errorf("the log lacks the request that was not answered: %v", requests)
	}
}

func TestRepositories(t *testing.T) {
	ctx := t.Context()
	u := start(t, 1)
	r, err := u.Host(0).Repository(ctx, "group/r")
	if err != nil {
		t.Fatal(err)
	}
	must := func(id string, err error) string {
		t.Helper()
		if err != nil || len(id) != 40 {
			t.Fatalf("%q, %v", id, err)
		}
		return id
	}
	one := must(r.Commit(ctx, "master", justmrtest.File{Name: "a/b", Text: "1"}))
	two := must(r.Commit(ctx, "master", justmrtest.File{Name: "a/b", Text: "2"}))
	if err := r.AnnotatedTag(ctx, "v2", two); err != nil {
		t.Fatal(err)
	}
	clone := func(ref string) string {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "c")
		if out, err := exec.CommandContext(ctx, "git", "clone", "-q", "-b", ref, r.URL(), dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		out, err := exec.CommandContext(ctx, "git", "-C", dir, "rev-parse", "HEAD", "HEAD^0:a").Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out[:40])
	}
	if got := clone("master"); got != two {
		t.Errorf("master is %s, want %s", got, two)
	}
	if tree := must(r.Tree(ctx, one, "a")); tree == must(r.Tree(ctx, two, "a")) {
		t.Errorf("both trees are %s", tree)
	}
	if err := r.DeleteTag(ctx, "v2"); err != nil {
		t.Fatal(err)
	}
	three := must(r.ForcePush(ctx, "master", justmrtest.File{Name: "a/b", Text: "3"}))
	if got := clone("master"); got != three {
		t.Errorf("master is %s after the push, want %s", got, three)
	}
	if tree, err := r.Tree(ctx, one, "a"); err == nil {
		t.Errorf("what was rewritten is still there: %s", tree)
	}
	must(r.Commit(ctx, "side", justmrtest.File{Name: "x", Text: "y"}))
	if err := r.DeleteBranch(ctx, "side"); err != nil {
		t.Fatal(err)
	}
	if tip, err := r.Tip(ctx, "refs/heads/side"); tip != "" || err != nil {
		t.Errorf("a deleted branch is at %q, %v", tip, err)
	}
	if _, err := u.Host(0).Repository(ctx, "group/r"); err == nil {
		t.Error("a repository was made twice")
	}
	if err := r.Remove(); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := get(t, r.URL()+"/info/refs?service=git-upload-pack"); status != 404 {
		t.Errorf("a removed repository answers %d", status)
	}
}

// The same calls give the same ids on each run and machine.
func TestSameEachTime(t *testing.T) {
	ctx := t.Context()
	var ids []string
	for range 2 {
		r, err := start(t, 1).Host(0).Repository(ctx, "r")
		if err != nil {
			t.Fatal(err)
		}
		id, err := r.Commit(ctx, "main", justmrtest.File{Name: "f", Text: "text"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if ids[0] != ids[1] {
		t.Errorf("commits %q", ids)
	}
}
