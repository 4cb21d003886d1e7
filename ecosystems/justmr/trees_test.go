package justmr_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
)

func treeEntry(name, id, command string) string {
	return `"` + name + `": {"repository": {"type": "git tree", "id": "` + id + `", "cmd": ` + command + `, "env": {"FROM": "env"}, "inherit env": ["OFFMIRROR_TEST", "FROM"]}}`
}

// treeOf is the id of a tree with one file.
func (w *world) treeOf(name, content string) string {
	w.t.Helper()
	r := w.gitHost().repo("scratch.git")
	r.commit(name, content)
	return r.git("rev-parse", "HEAD^{tree}")
}

func TestTreesThatARepositoryHas(t *testing.T) {
	w := newWorld(t)
	r := w.gitHost().repo("r.git")
	commit := r.commit("deep/er/file", "x")
	tree := r.git("rev-parse", "HEAD:deep")
	r.push()
	w.config(gitEntry("r", r.url, "main", commit) + "," + treeEntry("tree", tree, `["false"]`))
	o := w.mustSync()
	n, ok := o.Notice("git-tree")
	if l := w.locations(); !ok || !strings.Contains(n.Text, tree) || len(l.Trees) != 1 || n.Path != l.Trees[0].Path {
		t.Errorf("%+v, %+v", o.Notices, l.Trees)
	}
	w.fetchesTree(tree, "er/file")
}

// fetchesTree fetches a tree as Clients says.
func (w *world) fetchesTree(tree, file string) {
	w.t.Helper()
	l := w.locations().Trees[0]
	into := filepath.Join(w.t.TempDir(), "into")
	w.git("init", "-q", "--bare", into)
	w.git("--git-dir", into, "fetch", "-q", w.serveMirror()+"/justmr/"+l.Path, l.Ref)
	if got := w.git("--git-dir", into, "ls-tree", "-r", "--name-only", tree); got != file {
		w.t.Errorf("the tree holds %q", got)
	}
}

func TestCommandsAreNotRunUnlessAsked(t *testing.T) {
	w := newWorld(t)
	tree := w.treeOf("made", "content of OFFMIRROR_TEST here inherited\n")
	t.Setenv("OFFMIRROR_TEST", "here")
	t.Setenv("FROM", "inherited")
	const script = `["sh", "-c", "mkdir -p some/where && echo content of OFFMIRROR_TEST $OFFMIRROR_TEST $FROM$HOME > some/where/made; exit 3"]`
	w.config(treeEntry("tree", tree, script))
	o := w.sync()
	if o.Err != nil || len(o.Missing) != 1 || !strings.Contains(o.Missing[0].Reason, tree) || !strings.Contains(o.Missing[0].Reason, "mkdir -p") {
		t.Fatalf("%v, missing %+v", o.Err, o.Missing)
	}
	w.options.RunCommands = true
	w.mustSync()
	w.want("git/trees/" + tree + ".git/HEAD")
	w.fetchesTree(tree, "made")
	// What is here is not made again, also when something else is new.
	before := w.root.Files()
	w.config(treeEntry("tree", tree, `["sh", "-c", "touch `+w.dir+`/ran"]`))
	w.mustSync()
	if diff := cmp.Diff(before, w.root.Files()); diff != "" {
		t.Error(diff)
	}
	if found, _ := filepath.Glob(w.dir + "/ran"); len(found) > 0 {
		t.Error("a command was run although the tree is here")
	}
	if got := w.locations().Trees; len(got) != 1 || got[0].Ref != gitrepo.TreeRef(tree) {
		t.Errorf("%+v", got)
	}
}

func TestCommandsThatMakeSomethingElse(t *testing.T) {
	w := newWorld(t)
	w.options.RunCommands = true
	id := strings.Repeat("1", 40)
	for command, want := range map[string]string{
		`["sh", "-c", "echo other > x"]`:          id,
		`["no-such-program-here"]`:                "no-such-program-here",
		`[]`:                                      id,
		`["sh", "-c", "yes | head -c 9000000"]`:   id,
		`["sh", "-c", "mkfifo pipe; echo a > a"]`: "pipe",
	} {
		w.config(treeEntry("tree", id, command))
		o := w.sync()
		text := ""
		for _, m := range o.Missing {
			text += m.Name + ": " + m.Reason
		}
		if o.Err != nil || !strings.Contains(text, want) || !strings.Contains(text, `"tree"`) || strings.Contains(text, "\n") {
			t.Errorf("%s: %v, missing %q", command, o.Err, text)
		}
	}
}
