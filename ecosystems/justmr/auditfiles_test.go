package justmr_test

import (
	"archive/tar"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/justmr/audit"
)

func (w *world) published(name string) string {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.root.Dir, "justmr", name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(data)
}

func (w *world) audit() map[string]audit.Entry {
	w.t.Helper()
	var list []audit.Entry
	if err := json.Unmarshal([]byte(w.published("audit.json")), &list); err != nil {
		w.t.Fatal(err)
	}
	entries := map[string]audit.Entry{}
	for _, e := range list {
		entries[e.Repositories[0]] = e
	}
	return entries
}

func tarWith(t *testing.T, name string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAudit(t *testing.T) {
	w := newWorld(t)
	repo := filepath.Join(w.dir, "r.git")
	w.git("init", "-q", "-b", "main", repo)
	w.git("-C", repo, "commit", "-q", "--allow-empty", "-m", "one")
	commit := w.git("-C", repo, "rev-parse", "HEAD")
	zlib := w.put("/zlib.tar", tarWith(t, "zlib-1.3/COPYING"))
	gone := blobID("gone")
	w.config(`
		"zlib": {"repository": {"type": "archive", "content": "` + zlib + `", "fetch": "URL/dead.tar", "mirrors": ["URL/zlib.tar"], "distfile": "zlib.tar"}},
		"zlib too": {"repository": {"type": "foreign file", "name": "x", "content": "` + zlib + `", "fetch": "URL/dead.tar"}},
		"gone": {"repository": {"type": "zip", "content": "` + gone + `", "fetch": "URL/gone.zip"}},
		"r": {"repository": {"type": "git", "repository": "` + repo + `", "branch": "main", "commit": "` + commit + `"}}`)
	if o := w.sync(); o.Err != nil {
		t.Fatal(o.Err)
	}
	today := w.root.Now().UTC().Format(time.DateOnly)
	got := w.audit()
	z := got["zlib"]
	if len(z.SHA256) != 64 || len(z.SHA512) != 128 {
		t.Errorf("%+v", z)
	}
	z.SHA256, z.SHA512 = "", ""
	want := audit.Entry{
		Content: zlib, Size: int64(len(tarWith(t, "zlib-1.3/COPYING"))), Type: "archive, foreign file",
		URLs:  []audit.URL{{URL: w.url + "/dead.tar", Primary: true, Status: "absent", Date: today}, {URL: w.url + "/zlib.tar", Status: "ok", Date: today}},
		Names: []string{"dead.tar", "zlib.tar"}, Repositories: []string{"zlib", "zlib too"}, Files: []string{"repos.json"},
		Licence: "zlib-1.3/COPYING", FirstSeen: today, LastSeen: today, Upstream: audit.Moved, Path: z.Path,
	}
	if diff := cmp.Diff(want, z); diff != "" || !strings.HasPrefix(z.Path, "blob/"+zlib+"/") {
		t.Errorf("%s%s", z.Path, diff)
	}
	if e := got["gone"]; e.Upstream != audit.Gone || e.Path != "" || e.Content != gone {
		t.Errorf("%+v", e)
	}
	if e := got["r"]; e.Upstream != audit.Live || e.Path != "git/localhost"+repo || e.FirstSeen != today || len(e.Pins) != 1 || e.Pins[0] != (audit.Pin{Branch: "main", Commit: commit}) {
		t.Errorf("%+v", e)
	}
	rows, err := csv.NewReader(strings.NewReader(w.published("audit.csv"))).ReadAll()
	if err != nil || len(rows) != 1+len(got) {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if files := w.root.Files(); files["audit.cdx.json"] != "" {
		t.Error("a bill of materials that nobody asked for")
	}
}

// A run that learns nothing new writes nothing new, also when it looked at upstream.
func TestAuditRests(t *testing.T) {
	w := newWorld(t)
	content := w.put("/a.tgz", "a")
	w.config(`"a": {"repository": {"type": "archive", "content": "` + content + `", "fetch": "URL/a.tgz"}}`)
	w.options.CycloneDX = true
	w.mustSync()
	before := w.root.Files()
	if before["audit.cdx.json"] == "" {
		t.Fatal("no bill of materials")
	}
	w.root.Pass(time.Second)
	if o := w.root.Sync(w.driver(), ecosystems.Selection{Deep: true}); o.Err != nil || !o.Unchanged {
		t.Errorf("unchanged: %t, %v", o.Unchanged, o.Err)
	}
	first := w.audit()["a"]
	w.root.Pass(48 * time.Hour)
	if o := w.sync(); o.Err != nil || !o.Unchanged {
		t.Errorf("nobody looked at upstream; unchanged: %t, %v", o.Unchanged, o.Err)
	}
	if o := w.root.Sync(w.driver(), ecosystems.Selection{Deep: true}); o.Err != nil {
		t.Fatal(o.Err)
	}
	second := w.audit()["a"]
	if second.LastSeen <= first.LastSeen || second.FirstSeen != first.FirstSeen {
		t.Errorf("first %+v\nthen %+v", first, second)
	}
	if w.root.Files()["audit.cdx.json"] != before["audit.cdx.json"] {
		t.Error("the bill of materials changed with a date")
	}
}

func TestAuditHoldsNoCredentials(t *testing.T) {
	w := newWorld(t)
	content := w.put("/a.tgz", "a")
	secret := strings.Replace(w.url, "http://", "http://user:hunter2@", 1)
	w.config(`"a": {"repository": {"type": "archive", "content": "` + content + `", "fetch": "` + secret + `/a.tgz"}}`)
	w.options.CycloneDX = true
	if o := w.sync(); o.Err != nil {
		t.Fatal(o.Err)
	}
	for _, name := range []string{"audit.json", "audit.csv", "audit.cdx.json"} {
		if text := w.published(name); strings.Contains(text, "hunter2") || !strings.Contains(text, "/a.tgz") {
			t.Errorf("%s: %s", name, text)
		}
	}
}
