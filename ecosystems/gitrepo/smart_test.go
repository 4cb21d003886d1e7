package gitrepo_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	web "github.com/offmirror/offmirror/layout/serve"
)

// general is where the tests have their repository, in the tree of an ecosystem.
const general = "classic/registries/General.git"

// tree is a mirror root that publishes repositories.
type tree struct {
	t       testing.TB
	dir     string
	root    *os.Root
	objects *store.Store
	history *layout.History
}

func newTree(t testing.TB) *tree {
	t.Helper()
	dir := t.TempDir()
	root := openRoot(t, dir)
	objects, err := store.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { objects.Close() })
	history, err := layout.OpenHistory(root, objects, "julia")
	if err != nil {
		t.Fatal(err)
	}
	return &tree{t, dir, root, objects, history}
}

// publish makes a snapshot of files, some of them links ("-> TARGET").
func (m *tree) publish(files map[string]string) *layout.Snapshot {
	m.t.Helper()
	s, err := m.history.Write(m.t.Context(), layout.Header{Time: time.Unix(1, 0)}, func(yield func(layout.Entry) bool) {
		for name, content := range files {
			e := layout.Entry{Path: name, Size: int64(len(content))}
			if target, ok := strings.CutPrefix(content, "-> "); ok {
				e = layout.Entry{Path: name, Link: target}
			} else {
				var err error
				if e.Object, err = m.objects.Put(m.t.Context(), []byte(content)); err != nil {
					m.t.Fatal(err)
				}
			}
			if !yield(e) {
				return
			}
		}
	})
	if err == nil {
		err = m.history.Publish(m.t.Context(), s)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

// site serves the root as the program does.
func (m *tree) site(smart *gitrepo.Smart) *httptest.Server {
	return listen(m.t, web.NewSite(m.root, m.objects, func(_ string, view layout.View) http.Handler {
		return smart.Serve(view, web.Static(view, web.AlwaysRevalidate))
	}))
}

func below(folder string, files map[string]string) map[string]string {
	out := map[string]string{}
	for name, content := range files {
		out[folder+"/"+name] = content
	}
	return out
}

func TestGitClonesFromASnapshot(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			m := newMirror(t, gitrepo.Options{})
			w, r, rewritten := eventful(t, m, "--object-format="+format)
			tree := newTree(t)
			old := tree.publish(below(general, exported(t, r)))
			then := w.git("rev-parse", "main")
			now := w.commit("later", "2")
			m.update(w.dir)
			files := below(general, exported(t, r))
			files["git/Linked.git"] = "-> ../" + general
			files["registries"] = "-> classic/registries"
			tree.publish(files)
			site := tree.site(gitrepo.NewSmart(gitrepo.Options{}, gitrepo.ServeOptions{})).URL
			before := stamps(t, tree.dir)

			for _, path := range []string{general, "registries/General.git", "git/Linked.git", "/classic//registries/General.git/"} {
				for _, version := range []string{"0", "1", "2"} {
					checkClone(t, w, site+"/julia/"+path, rewritten, "-c", "protocol.version="+version)
				}
			}
			for ref, want := range map[string]string{"@" + old.ID + "/": then, "@" + old.ID[:8] + "/": then, "": now} {
				if got := w.git("ls-remote", site+"/julia/"+ref+general, "HEAD"); got != want+"\tHEAD" {
					t.Errorf("%s: HEAD is %s, want %s", ref, got, want)
				}
			}
			clone := filepath.Join(t.TempDir(), "old")
			w.git("clone", "-q", site+"/julia/@"+old.ID+"/"+general, clone)
			w.git("-C", clone, "fetch", "-q", site+"/julia/"+general, "main") // only what is new
			if got := w.git("-C", clone, "rev-parse", "HEAD", "FETCH_HEAD"); got != then+"\n"+now {
				t.Errorf("clone of the older snapshot: %s", got)
			}
			if diff := cmp.Diff(before, stamps(t, tree.dir)); diff != "" {
				t.Errorf("serving changed the mirror: %s", diff)
			}
			w.git("clone", "-q", "--depth=1", site+"/julia/"+general, filepath.Join(t.TempDir(), "shallow"))
		})
	}
	if left := files(t, temporary); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// stamps returns what a change to a folder or to a file in it would change.
func stamps(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			out[p] = fmt.Sprint(info.Mode(), info.Size(), info.ModTime())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// As from any web server, with the same URLs.
func TestDumbClientsOfASnapshot(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	w, r, rewritten := eventful(t, m)
	tree := newTree(t)
	tree.publish(below(general, exported(t, r)))
	var asked []string
	site := tree.site(gitrepo.NewSmart(gitrepo.Options{}, gitrepo.ServeOptions{}))
	plain := listen(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		r.URL.RawQuery = "" // what a server that knows nothing makes of it
		site.Config.Handler.ServeHTTP(rw, r)
	}))
	checkClone(t, w, plain.URL+"/julia/"+general, rewritten)
	if !strings.Contains(strings.Join(asked, " "), ".pack") {
		t.Errorf("asked for %v", asked)
	}
	checkClone(t, w, "file://"+filepath.Join(tree.dir, "julia", general), rewritten)
}

func TestWithoutGitFilesAreServed(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	m := newMirror(t, gitrepo.Options{})
	w, r, rewritten := eventful(t, m)
	tree := newTree(t)
	tree.publish(below(general, exported(t, r)))
	site := tree.site(gitrepo.NewSmart(gitrepo.Options{Program: "no-such-git"}, gitrepo.ServeOptions{}))
	checkClone(t, w, site.URL+"/julia/"+general, rewritten)
	checkClone(t, w, site.URL+"/julia/"+general, rewritten)
	if got := ask(t, site, "POST", "/julia/"+general+"/git-receive-pack", "", nil); got.StatusCode != http.StatusForbidden {
		t.Errorf("push without git: %s", got.Status)
	}
	if got := ask(t, site, "POST", "/julia/"+general+"/git-upload-pack", "application/x-git-upload-pack-request", nil); got.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("smart request without git: %s", got.Status)
	}
	if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "plain files only") || !strings.Contains(log.String(), "no-such-git") {
		t.Errorf("%d lines of log:\n%s", n, log.String())
	}
}

func TestRequestsForASnapshot(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	w, r, _ := eventful(t, m)
	tree := newTree(t)
	content := below(general, exported(t, r))
	content["plain/info/refs"] = "a file"
	content["plain.git/info/refs"] = "another"
	content["strange.git/HEAD"] = "-> ../classic/registries/General.git/description"
	tree.publish(content)
	s := tree.site(gitrepo.NewSmart(gitrepo.Options{}, gitrepo.ServeOptions{MaxRequest: 1000}))
	const repo, list, pack = "/julia/" + general, "/info/refs?service=git-upload-pack", "application/x-git-upload-pack-request"
	for _, c := range []struct {
		method, target, contentType, body string
		want                              int
	}{
		{"GET", repo + list, "", "", 200},
		{"GET", "/julia/@0123/" + general + list, "", "", 404},
		{"GET", repo + "/info/refs", "", "", 200},
		{"HEAD", repo + list, "", "", 200}, // of the file
		{"GET", repo + "/HEAD", "", "", 200},
		{"GET", repo + "/config", "", "", 200},
		{"GET", repo + "/git-upload-pack", "", "", 404},
		{"GET", repo + "/info/refs?service=git-upload-archive", "", "", 200},
		{"POST", repo + list, "", "", 405},
		{"POST", repo + "/git-upload-pack", "text/plain", "", 415},
		{"POST", repo + "/git-upload-pack", pack, strings.Repeat("0000", 1000), 413},
		{"POST", repo + "/HEAD", pack, "", 405},
		{"GET", "/julia/plain/info/refs?service=git-upload-pack", "", "", 200},
		{"GET", "/julia/plain.git/info/refs?service=git-upload-pack", "", "", 200},
		{"POST", "/julia/plain.git/git-upload-pack", pack, "", 405},
		{"GET", "/julia/strange.git" + list, "", "", 404},
		{"GET", "/julia/absent.git" + list, "", "", 404},
		{"GET", "/julia/classic/registries/x/%2e%2e/General.git" + list, "", "", 404},
		{"GET", repo + "/info/refs?service=git-receive-pack", "", "", 403},
		{"POST", repo + "/git-receive-pack", "application/x-git-receive-pack-request", "", 403},
		{"GET", repo + "/git-receive-pack", "", "", 403},
		{"POST", "/julia/absent.git/git-receive-pack", "", "", 403},
	} {
		got := ask(t, s, c.method, c.target, c.contentType, strings.NewReader(c.body))
		if got.StatusCode != c.want {
			t.Errorf("%s %s: %s, want %d", c.method, c.target, got.Status, c.want)
		}
		smart := got.Header.Get("Content-Type") == "application/x-git-upload-pack-advertisement"
		if smart != (c.method == "GET" && c.target == repo+list) {
			t.Errorf("%s %s: %v", c.method, c.target, got.Header)
		}
	}
	cmd := w.git("rev-parse", "HEAD")
	if got := w.git("ls-remote", s.URL+repo, "HEAD"); got != cmd+"\tHEAD" {
		t.Errorf("HEAD is %s", got)
	}
}

// A snapshot from elsewhere must make git neither do nor see anything but the packs.
func TestHostileRepositoriesInASnapshot(t *testing.T) {
	w, outside, trap := newWork(t), t.TempDir(), filepath.Join(t.TempDir(), "sprung")
	secret := newWork(t)
	hidden := secret.commit("secret", "of another user")
	secret.publish(outside, "secret.git")
	m := newMirror(t, gitrepo.Options{})
	r, _ := m.update(w.dir)
	script := "#!/bin/sh\ntouch " + trap + "\nexec \"$@\"\n"
	content := exported(t, r)
	maps.Copy(content, map[string]string{
		"config": "[core]\n\tbare = true\n\tfsmonitor = " + trap + "\n\thooksPath = hooks\n\tsshCommand = touch " + trap + "\n" +
			"[uploadpack]\n\tpackObjectsHook = touch " + trap + ";\n[include]\n\tpath = /etc/passwd\n[extensions]\n\tworktreeConfig = true\n",
		"hooks/post-upload-pack":       script,
		"hooks/pre-upload":             script,
		"objects/info/alternates":      filepath.Join(outside, "secret.git", "objects") + "\n",
		"objects/info/http-alternates": "http://127.0.0.1:1/\n",
		"commondir":                    filepath.Join(outside, "secret.git") + "\n",
		"gitdir":                       outside + "\n",
		"shallow":                      "",
		"info/grafts":                  hidden + "\n",
		"objects/pack/evil":            "x",
		"objects/pack/pack-x.pack":     "x",
	})
	tree := newTree(t)
	tree.publish(below(general, content))
	site := tree.site(gitrepo.NewSmart(gitrepo.Options{}, gitrepo.ServeOptions{})).URL + "/julia/" + general
	clone := filepath.Join(t.TempDir(), "clone")
	w.git("clone", "-q", site, clone)
	if got := w.git("-C", clone, "rev-parse", "HEAD"); got != w.git("rev-parse", "HEAD") {
		t.Errorf("HEAD is %s", got)
	}
	request := "0032want " + hidden + "\n00000009done\n"
	resp, err := http.Post(site+"/git-upload-pack", "application/x-git-upload-pack-request", strings.NewReader(request))
	if err == nil {
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if bytes.Contains(body, []byte("PACK")) {
			t.Errorf("sent what is not in the snapshot: %.60q", body)
		}
	}
	if _, err := os.Lstat(trap); err == nil {
		t.Error("git ran what the snapshot says")
	}
	for name, head := range map[string]string{
		"no ref": "ref: ../../secret\n", "lines": "ref: refs/heads/main\nx\n", "nonsense": "nonsense", "empty": "", "long": "ref: refs/" + strings.Repeat("x", 2000),
	} {
		content["HEAD"] = head
		tree.publish(below(general, content))
		s := tree.site(gitrepo.NewSmart(gitrepo.Options{}, gitrepo.ServeOptions{}))
		got := ask(t, s, "GET", "/julia/"+general+"/info/refs?service=git-upload-pack", "", nil)
		if body, _ := io.ReadAll(got.Body); got.StatusCode != http.StatusInternalServerError || bytes.Contains(body, []byte("/")) {
			t.Errorf("HEAD with %s: %s %s", name, got.Status, body)
		}
	}
}

// The objects may be anywhere, and be missing.
func TestDamagedObjectsOfASnapshot(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	w, r, rewritten := eventful(t, m)
	tree := newTree(t)
	s := tree.publish(below(general, exported(t, r)))

	// A view that is no snapshot of this machine: packs are copied.
	smart := gitrepo.NewSmart(gitrepo.Options{}, gitrepo.ServeOptions{})
	viewed := struct{ layout.View }{s}
	checkClone(t, w, listen(t, smart.Serve(viewed, web.Static(viewed, web.AlwaysRevalidate))).URL+"/"+general, rewritten)

	for e := range s.All(general + "/objects/pack/") {
		if err := tree.objects.Remove(e.Object); err != nil {
			t.Fatal(err)
		}
		break
	}
	server := tree.site(smart)
	got := ask(t, server, "GET", "/julia/"+general+"/info/refs?service=git-upload-pack", "", nil)
	if body, _ := io.ReadAll(got.Body); got.StatusCode != http.StatusInternalServerError || bytes.Contains(body, []byte(tree.dir)) {
		t.Errorf("%s %s", got.Status, body)
	}
}

// What the program uses when nobody asks for bounds.
func TestServe(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	w, r, rewritten := eventful(t, m)
	s := newTree(t).publish(below(general, exported(t, r)))
	checkClone(t, w, listen(t, gitrepo.Serve(s, web.Static(s, web.AlwaysRevalidate))).URL+"/"+general, rewritten)
}
