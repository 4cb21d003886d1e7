package gitrepo_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
)

// pinned lays an export with pins into a folder.
func pinned(t testing.TB, r *gitrepo.Repo, pins []gitrepo.Pin, trees ...string) (dir string, files map[string]string) {
	t.Helper()
	list, err := r.ExportPinned(t.Context(), pins, trees...)
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for _, f := range list {
		var b bytes.Buffer
		if _, err := f.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		if _, twice := files[f.Name]; twice {
			t.Errorf("%s: twice", f.Name)
		}
		files[f.Name] = b.String()
	}
	return lay(t, filepath.Join(t.TempDir(), "pinned.git"), files), files
}

// checkPins fetches each branch into an empty repository, as just-mr does (both refs, no
// "have"), and looks for the commit.
func checkPins(t testing.TB, w *work, url string, pins []gitrepo.Pin) {
	t.Helper()
	for _, p := range pins {
		into := filepath.Join(t.TempDir(), "into")
		w.git("init", "-q", "--bare", into)
		for _, ref := range []string{"refs/heads/" + p.Branch, "refs/tags/" + p.Branch} {
			if w.git("ls-remote", url, ref) != "" {
				w.git("--git-dir", into, "-c", "protocol.version=0", "fetch", "-q", "--no-tags", url, "+"+ref+":"+ref)
			}
		}
		w.git("--git-dir", into, "cat-file", "-e", p.Commit+"^{commit}")
		w.git("--git-dir", into, "fsck", "--full", "--strict")
	}
}

func sameRefs(t *testing.T, w *work, r *gitrepo.Repo, before map[string]string) {
	t.Helper()
	if diff := cmp.Diff(before, refs(t, r)); diff != "" {
		t.Errorf("refs of the repository itself: -before +after:\n%s", diff)
	}
	if out := w.git("--git-dir", r.Dir(), "count-objects"); !strings.HasPrefix(out, "0 objects") {
		t.Errorf("loose objects in the repository itself: %s", out)
	}
}

func TestPinsThatUpstreamReachesChangeNothing(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	w := newWork(t)
	first := w.git("rev-parse", "HEAD")
	w.git("tag", "-a", "-m", "x", "v1")
	second := w.commit("b", "b")
	r, _ := m.update(w.dir)
	want := exported(t, r)
	_, got := pinned(t, r, []gitrepo.Pin{{Branch: "main", Commit: second}, {Branch: "main", Commit: first}, {Branch: "v1", Commit: first}})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// rewrite is the life of an upstream: force pushes, a deleted branch, a moved tag.
func rewrite(t testing.TB, m *mirror) (w *work, r *gitrepo.Repo, pins []gitrepo.Pin) {
	w = newWork(t)
	up := filepath.Join(t.TempDir(), "up.git")
	w.git("tag", "v1")
	w.git("init", "-q", "--bare", up)
	pin := func(branch, id string) { pins = append(pins, gitrepo.Pin{Branch: branch, Commit: id}) }
	pin("v1", w.git("rev-parse", "HEAD"))
	for i := range 3 {
		w.git("checkout", "-q", "-B", "main", "v1")
		pin("main", w.commit(fmt.Sprint("main", i), "x"))
		w.git("checkout", "-q", "-B", "gone")
		pin("gone", w.commit(fmt.Sprint("gone", i), "y"))
		w.git("checkout", "-q", "main")
		w.git("push", "-q", "--mirror", up)
		m.update(up)
	}
	w.git("branch", "-D", "-q", "gone")
	w.git("checkout", "-q", "-B", "main", "v1")
	pin("main", w.commit("last", "z"))
	w.git("tag", "-f", "v1", w.git("commit-tree", "-m", "other", "HEAD^{tree}"))
	w.git("push", "-q", "--mirror", up)
	r, _ = m.update(up)
	return w, r, pins
}

func TestPinsOutliveWhatUpstreamDoes(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	w, r, pins := rewrite(t, m)
	before := refs(t, r)
	lost, err := r.Unreached(t.Context(), pins)
	want := []gitrepo.Pin{pins[0], pins[1], pins[2], pins[3], pins[4], pins[5]} // all but the last states of main and gone
	if diff := cmp.Diff(want, lost); err != nil || diff != "" {
		t.Errorf("unreached: %v, -want +got:\n%s", err, diff)
	}
	dir, files := pinned(t, r, pins)
	checkPins(t, w, "file://"+dir, pins)
	s := serve(t, filepath.Dir(dir), gitrepo.ServeOptions{})
	checkPins(t, w, s.URL+"/pinned.git", pins)
	w.git("--git-dir", dir, "fsck", "--full", "--strict")
	clone := filepath.Join(t.TempDir(), "clone")
	w.git("clone", "-q", s.URL+"/pinned.git", clone)
	if got, want := w.git("-C", clone, "rev-parse", "HEAD^{tree}", "HEAD^1"), w.git("rev-parse", "main^{tree}", "main"); got != want {
		t.Errorf("the merge has tree and first parent\n%s\nwant those of upstream's branch\n%s", got, want)
	}
	if got, want := w.git("-C", clone, "rev-parse", "v1"), w.git("rev-parse", "v1"); got != want {
		t.Errorf("the tag is %s, upstream's is %s", got, want)
	}
	if got := w.git("--git-dir", dir, "rev-parse", "refs/heads/v1"); got != pins[0].Commit {
		t.Errorf("refs/heads/v1 is %s, want the pinned commit itself", got)
	}
	_, again := pinned(t, r, pins)
	if diff := cmp.Diff(files, again); diff != "" {
		t.Errorf("nothing changed, yet:\n%s", diff)
	}
	sameRefs(t, w, r, before)
}

// What libgit2 sends for a branch: wants, no have, and done.
func TestWantWithoutHave(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	w, r, pins := rewrite(t, m)
	dir, _ := pinned(t, r, pins)
	s := serve(t, filepath.Dir(dir), gitrepo.ServeOptions{})
	tip := w.git("--git-dir", dir, "rev-parse", "refs/heads/main")
	line := "want " + tip + " side-band-64k ofs-delta\n"
	body := fmt.Sprintf("%04x%s0000%04xdone\n", len(line)+4, line, len("done\n")+4)
	resp, err := http.Post(s.URL+"/pinned.git/git-upload-pack", "application/x-git-upload-pack-request", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.HasPrefix(answer, []byte("0008NAK\n")) || !bytes.Contains(answer, []byte("PACK")) {
		t.Fatalf("%d, %v: %.60q", resp.StatusCode, err, answer)
	}
	pack := unband(t, answer[8:])
	into := filepath.Join(t.TempDir(), "into")
	w.git("init", "-q", "--bare", into)
	file := filepath.Join(into, "objects/pack", "pack-"+tip+".pack")
	if err := os.WriteFile(file, pack, 0o600); err != nil {
		t.Fatal(err)
	}
	w.git("--git-dir", into, "index-pack", "--strict", file)
	for _, p := range pins {
		if p.Branch == "main" {
			w.git("--git-dir", into, "cat-file", "-e", p.Commit+"^{commit}")
		}
	}
}

func TestABranchThatNeverWasStandsForItsPin(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	w := newWork(t)
	first := w.git("rev-parse", "HEAD")
	second := w.commit("b", "b")
	r, _ := m.update(w.dir)
	pins := []gitrepo.Pin{{Branch: "release/1", Commit: first}, {Branch: "release/2", Commit: first}, {Branch: "release/2", Commit: second}}
	dir, files := pinned(t, r, pins)
	checkPins(t, w, dir, pins)
	for name, want := range map[string]string{"release/1": first, "release/2": second} {
		if got := w.git("--git-dir", dir, "rev-parse", "refs/heads/"+name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if n := strings.Count(strings.Join(names(files), "\n"), ".pack"); n != 1 {
		t.Errorf("%d packs: nothing had to be merged", n)
	}
}

func names(files map[string]string) (list []string) {
	for name := range files {
		list = append(list, name)
	}
	return list
}

func TestRefsInTheWay(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	w := newWork(t)
	first := w.git("rev-parse", "HEAD")
	w.git("branch", "feature/x")
	r, _ := m.update(w.dir)
	pins := []gitrepo.Pin{{Branch: "feature", Commit: first}, {Branch: "main/sub", Commit: first}}
	dir, _ := pinned(t, r, pins)
	checkPins(t, w, dir, pins)
	w.git("clone", "-q", dir, filepath.Join(t.TempDir(), "clone"))
	if got := w.git("--git-dir", dir, "rev-parse", "refs/tags/feature", "refs/tags/main/sub"); got != first+"\n"+first {
		t.Errorf("tags in their place: %s", got)
	}
	w.git("tag", "feature/x")
	r, _ = m.update(w.dir)
	if _, err := r.ExportPinned(t.Context(), pins); err == nil || !strings.Contains(err.Error(), `"feature"`) {
		t.Errorf("both places taken: %v", err)
	}
}

func TestTreesGetRefs(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	w := newWork(t)
	w.commit("a/b/c", "deep")
	tree := w.git("rev-parse", "HEAD:a/b")
	r, _ := m.update(w.dir)
	dir, _ := pinned(t, r, nil, tree)
	into := filepath.Join(t.TempDir(), "into")
	w.git("init", "-q", "--bare", into)
	w.git("--git-dir", into, "fetch", "-q", dir, gitrepo.TreeRef(tree))
	if got := w.git("--git-dir", into, "ls-tree", "-r", "--name-only", tree); got != "c" {
		t.Errorf("the tree holds %q", got)
	}
}

func TestPinsThatCannotBe(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	w := newWork(t)
	r, _ := m.update(w.dir)
	id, tree := w.git("rev-parse", "HEAD"), w.git("rev-parse", "HEAD^{tree}")
	none := strings.Repeat("0", 39) + "1"
	for _, p := range []gitrepo.Pin{{Branch: "main", Commit: none}, {Branch: "main", Commit: tree}} {
		if _, err := r.ExportPinned(t.Context(), []gitrepo.Pin{p}); !errors.Is(err, gitrepo.ErrLacks) || !strings.Contains(err.Error(), p.Commit) {
			t.Errorf("%v: %v", p, err)
		}
	}
	if _, err := r.ExportPinned(t.Context(), nil, id); !errors.Is(err, gitrepo.ErrLacks) {
		t.Errorf("a commit as a tree: %v", err)
	}
	for _, branch := range []string{"", "a..b", "a b", "-x", "a\nb", "x.lock", "a//b", "@{u}", "a~1"} {
		if gitrepo.CheckBranch(branch) == nil {
			t.Errorf("%q is taken for a branch", branch)
		}
		if _, err := r.ExportPinned(t.Context(), []gitrepo.Pin{{Branch: branch, Commit: id}}); err == nil {
			t.Errorf("%q is exported", branch)
		}
	}
}

// Whatever is pinned under whatever name, it can be found there, and what git clones is sound.
func TestAnyPins(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	w, r, _ := rewrite(t, m)
	commits := strings.Fields(w.git("--git-dir", r.Dir(), "rev-list", "--all"))
	random := rand.New(rand.NewPCG(1, 2))
	branches := []string{"main", "gone", "v1", "new"}
	for range 12 {
		var pins []gitrepo.Pin
		for range random.IntN(6) {
			pins = append(pins, gitrepo.Pin{Branch: branches[random.IntN(len(branches))], Commit: commits[random.IntN(len(commits))]})
		}
		dir, _ := pinned(t, r, pins)
		for _, p := range pins {
			reached := ""
			for _, ref := range []string{"refs/heads/", "refs/tags/"} {
				reached += w.git("--git-dir", dir, "for-each-ref", "--format=%(refname)", "--contains", p.Commit, ref+p.Branch)
			}
			if reached == "" {
				t.Errorf("of %v, %v is not reached", pins, p)
			}
		}
	}
}

// unband takes a pack out of side-band packets.
func unband(t testing.TB, packets []byte) (pack []byte) {
	t.Helper()
	for len(packets) > 4 {
		var n int
		if _, err := fmt.Sscanf(string(packets[:4]), "%04x", &n); err != nil || n > len(packets) {
			t.Fatalf("%.10q: %v", packets, err)
		}
		if n == 0 {
			break
		}
		if packets[4] == 1 {
			pack = append(pack, packets[5:n]...)
		}
		packets = packets[n:]
	}
	return pack
}
