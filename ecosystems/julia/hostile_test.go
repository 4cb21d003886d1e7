package julia_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/layout"
)

// tarball is a gzipped tarball with one file, and its tree.
func tarball(t *testing.T, name, content string) (data []byte, tree treehash.Hash) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	sums, err := treehash.Sum(bytes.NewReader(b.Bytes()), treehash.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), sums.Full
}

// A file has the tree that its content has, however many trees a package says it has, and however
// the mirror came by it.
func TestDownloadProvesOneTreeOnly(t *testing.T) {
	w := newWorld(t)
	c := newCorp(t)
	data, tree := tarball(t, "a", "content\n")
	origin := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(data) }))
	t.Cleanup(origin.Close)
	sum := sha256.Sum256(data)
	other := strings.Repeat("ab", 20)
	entry := func(name, tree string) string {
		return fmt.Sprintf("[%s]\ngit-tree-sha1 = %q\n[[%s.download]]\nurl = %q\nsha256 = %q\n", name, tree, name, origin.URL+"/a.tar.gz", hex.EncodeToString(sum[:]))
	}
	c.release("Honest", "1.0.0", "", map[string]string{"Artifacts.toml": entry("a", tree.String())})
	w.options.Upstream = ""
	w.options.Registry = []julia.GitRegistry{c.table()}
	w.mustSync()
	w.want(true, "artifact/"+tree.String())

	c.release("Liar", "1.0.0", "", map[string]string{"Artifacts.toml": entry("b", other)})
	o := w.sync(ecosystems.Selection{AllowPartial: true})
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	w.want(false, "artifact/"+other)
	for _, d := range w.root.Verify(w.driver()) {
		t.Errorf("verify: %+v", d)
	}
	if got := offersOf(t, w.listed("registries", c.uuid)); len(got) != 1 {
		t.Errorf("offered: %q", got)
	}
}

// What is in a folder to adopt may be anything, even what never ends.
func TestAdoptFolderWithPipes(t *testing.T) {
	w := newWorld(t)
	r := w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	dir := t.TempDir()
	pipe := filepath.Join(dir, filepath.FromSlash(r.Path))
	if err := os.MkdirAll(filepath.Dir(pipe), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	w.options.Adopt = []string{dir}
	o := w.mustSync()
	w.want(true, r.Path)
	if _, told := o.Notice("adopt"); !told {
		t.Error("nobody says that there is no regular file")
	}
}

// A package can say that it needs more than there is. That is nobody's problem but its own.
func TestBoastfulArtifactStopsNothing(t *testing.T) {
	w := newWorld(t)
	c := newCorp(t)
	c.release("Boaster", "1.0.0", "", map[string]string{"Artifacts.toml": fmt.Sprintf(
		"[a]\ngit-tree-sha1 = %q\n[[a.download]]\nurl = %q\nsha256 = %q\nsize = 9000000000000000000\n", strings.Repeat("ab", 20), w.url+"/a.tar.gz", strings.Repeat("cd", 32))})
	c.release("Good", "1.0.0", "", map[string]string{"a": "1"})
	w.options.Upstream = ""
	w.options.Registry = []julia.GitRegistry{c.table()}
	if o := w.sync(ecosystems.Selection{}); o.Err != nil {
		t.Fatal(o.Err)
	}
	if got := offersOf(t, w.listed("registries", c.uuid)); !slices.Contains(got, "Good 1.0.0") {
		t.Errorf("offered: %q", got)
	}
}

// What is listed is here, also where clients read more into a registry than this program does.
func TestNothingIsListedThatWasPassedOver(t *testing.T) {
	for name, edit := range map[string]func(string) string{
		"a version twice":  func(s string) string { return s + "[\"1.0\"]\ngit-tree-sha1 = \"" + strings.Repeat("ab", 20) + "\"\n" },
		"too large":        func(s string) string { return s + "#" + strings.Repeat(" ", 17<<20) + "\n" },
		"large":            func(s string) string { return s + "#" + strings.Repeat(" ", 5<<20) + "\n" },
		"too many":         func(s string) string { return s + manyVersions(10_001) },
		"another Registry": nil,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Publish("Good", juliatest.Version{Number: "1.0.0"})
			odd := w.Publish("Odd", juliatest.Version{Number: "1.0.0"})
			path := "O/Odd/Versions.toml"
			if edit == nil {
				w.Edit("Registry.toml", func(s string) string { return strings.Replace(s, `name = "Odd"`, `name = "Odd:"`, 1) })
			} else {
				w.Edit(path, edit)
			}
			o := w.sync(ecosystems.Selection{})
			if o.Err != nil {
				t.Fatal(o.Err)
			}
			r := w.listed("registries", registry.General)
			if r.Hash() == w.Hash() && !w.has(odd.Path) {
				t.Error("the registry is published as it is")
			}
			if got := offersOf(t, r); !slices.Contains(got, "Good 1.0.0") {
				t.Errorf("offered: %q", got)
			}
		})
	}
}

func manyVersions(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "\n[\"2.%d.0\"]\ngit-tree-sha1 = %q\n", i, fmt.Sprintf("%040d", i))
	}
	return b.String()
}

// One package of thousands must not stop the others.
func TestNestedArtifacts(t *testing.T) {
	w := newWorld(t)
	c := newCorp(t)
	c.release("Nested", "1.0.0", "", map[string]string{"Artifacts.toml": "a = " + strings.Repeat("[", 15<<20)})
	c.release("Good", "1.0.0", "", map[string]string{"a": "1"})
	w.options.Upstream = ""
	w.options.Registry = []julia.GitRegistry{c.table()}
	o := w.mustSync()
	if _, told := o.Notice("broken-package"); !told {
		t.Error("nobody says that the package is broken")
	}
	if got := offersOf(t, w.listed("registries", c.uuid)); !slices.Contains(got, "Good 1.0.0") {
		t.Errorf("offered: %q", got)
	}
}

// A clock that was wrong once must not keep the mirror from asking again for years.
func TestClockThatWasAhead(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	gone := w.Publish("Example", juliatest.Version{Number: "0.5.4", Missing: true})
	const years = 20 * 365 * 24 * time.Hour
	w.root.Pass(years)
	if o := w.sync(ecosystems.Selection{}); o.Err != nil {
		t.Fatal(o.Err)
	}
	w.root.Pass(-years)
	w.asked()
	if o := w.sync(ecosystems.Selection{}); o.Err != nil {
		t.Fatal(o.Err)
	}
	if asked := w.asked(); !slices.Contains(asked, gone.Path) {
		t.Errorf("asked for %q", asked)
	}
}

// A package may say that any repository is its own, also one that only this machine may see.
func TestLatestIsNotOfForeignRepositories(t *testing.T) {
	o := newOldWorld(t, "packages")
	o.options.ClassicLatest = true
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.AddPackage(juliatest.Package{Name: "Thief", Repo: o.host + "/Secret.git"})
	o.Publish("Thief", juliatest.Version{Number: "1.0.0"})
	o.push()
	if err := os.RemoveAll(o.folder("Secret.git")); err != nil { // juliatest takes it for the package's own
		t.Fatal(err)
	}
	o.repository("Secret", juliatest.Tree{Files: map[string]string{"plans.txt": "secret\n"}})
	out := o.sync(ecosystems.Selection{})
	if out.Err != nil {
		t.Fatal(out.Err)
	}
	o.want(true, "classic/packages/Example/General/Example-latest.tar.gz")
	o.want(false, "classic/packages/Thief/General/Thief-latest.tar.gz")
	if !slices.ContainsFunc(out.Missing, func(m layout.Missing) bool { return strings.Contains(m.Reason, "none of the package's versions") }) {
		t.Errorf("missing: %+v", out.Missing)
	}
}
