package justmr_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
)

func sha(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

func TestFilesOfThisMachine(t *testing.T) {
	w := newWorld(t)
	file := filepath.Join(w.dir, "with space.tgz")
	w.must(os.WriteFile(file, []byte("local"), 0o600))
	u := (&url.URL{Scheme: "file", Path: file}).String()
	w.config(archive("primary", blobID("local"), u, `, "distfile": "l.tgz"`))
	w.mustSync()
	if got := string(w.read("distdir/l.tgz")); got != "local" {
		t.Errorf("%q", got)
	}
	w.must(os.WriteFile(file, []byte("other"), 0o600))
	w.config(archive("mirror", blobID("other"), "URL/gone.tgz", `, "mirrors": ["`+u+`"]`))
	w.mustSync()
	// What a configuration from elsewhere names is not read.
	w.put("/repos.json", `{"repositories": {`+archive("x", blobID("other2"), u)+`}}`)
	w.must(os.WriteFile(file, []byte("other2"), 0o600))
	w.options.Configs = []string{w.url + "/repos.json"}
	if o := w.sync(); o.Err != nil || len(o.Missing) != 1 {
		t.Errorf("%v, missing %+v", o.Err, o.Missing)
	}
}

func TestURLsThatCannotBeFetched(t *testing.T) {
	w := newWorld(t)
	for _, u := range []string{"ftp://127.0.0.9/x.tgz", "/etc/passwd", "no URL", "file:///no/such/file", "http:///x"} {
		w.config(archive("x", blobID(u), u))
		o := w.sync()
		if o.Err != nil || len(o.Missing) != 1 || strings.Contains(o.Missing[0].Reason, "\n") {
			t.Errorf("%s: %v, missing %+v", u, o.Err, o.Missing)
		}
	}
}

func TestChecksumsThatContradict(t *testing.T) {
	w := newWorld(t)
	id, other := w.put("/x.tgz", "x"), w.put("/y.tgz", "y")
	for name, more := range map[string]string{
		"of a content that is here": `, "sha256": "` + sha("y") + `"`,
		"sha512":                    `, "sha512": "` + strings.Repeat("0", 128) + `"`,
	} {
		w.config(archive("x", id, "URL/x.tgz") + "," + archive("y", other, "URL/y.tgz"))
		w.mustSync()
		w.config(archive("bad", id, "URL/x.tgz", more) + "," + archive("y", other, "URL/y.tgz"))
		o := w.sync()
		if o.Err != nil || len(o.Missing) != 1 || !strings.Contains(o.Missing[0].Name, `"bad"`) || !strings.Contains(o.Missing[0].Reason, id) {
			t.Errorf("%s: %v, missing %+v", name, o.Err, o.Missing)
		}
		w.want("distdir/y.tgz")
	}
	// The store has something of the SHA-256, but that is not the content.
	fresh := newWorld(t)
	fresh.put("/x.tgz", "x")
	fresh.config(archive("x", id, "URL/x.tgz"))
	fresh.mustSync()
	fresh.config(archive("liar", blobID("z"), "URL/z.tgz", `, "sha256": "`+sha("x")+`"`))
	o := fresh.root.Sync(fresh.driver(), ecosystems.Selection{AllowPartial: true})
	if _, published := fresh.root.Files()["blob/"+blobID("z")+"/z.tgz"]; published || len(o.Missing) == 0 {
		t.Errorf("%v, missing %+v", o.Err, o.Missing)
	}
}

func TestNamesStay(t *testing.T) {
	w := newWorld(t)
	id := w.put("/x.tgz", "x")
	w.config(archive("x", id, "URL/x.tgz"))
	w.mustSync()
	w.config(archive("x", id, "URL/x.tgz") + "," + archive("a", id, "URL/x.tgz", `, "distfile": "a.tgz"`))
	w.mustSync()
	w.want("blob/"+id+"/x.tgz", "distdir/a.tgz", "distdir/x.tgz")
}
