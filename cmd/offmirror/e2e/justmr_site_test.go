//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/justmr/justmrtest"
)

// builders are the systems with just-mr: 1.5 and 1.6.
var builders = []system{trixie, sid}

// A justmrSite is a project with a repos.json, the hosts from which it comes, and a
// mirror of that. All of it is in one folder, which is the home of whoever builds the project.
type justmrSite struct {
	t      testing.TB
	up     *justmrtest.Upstream
	config *justmrtest.Config
	mirror mirror
	folder string
	users  int
}

// deadHost is where nobody listens: a connection is refused at once.
const deadHost = "http://127.0.0.99:1"

func newJustMRSite(t testing.TB) *justmrSite {
	t.Helper()
	up, stop, err := justmrtest.Start(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	s := &justmrSite{t: t, up: up, config: &justmrtest.Config{}, folder: newFolder(t)}
	s.mirror = mirror{t: t, root: filepath.Join(s.folder, "mirror"), ecosystem: "justmr"}
	s.mirror.sync = []string{"--config", s.configure()}
	return s
}

// configure writes a configuration of offmirror, in which the given lines follow on
// those of [justmr].
func (s *justmrSite) configure(lines ...string) string {
	s.t.Helper()
	file := filepath.Join(s.folder, "offmirror.toml")
	writeFile(s.t, file, fmt.Sprintf("[fetch]\nretries = 1\nbackoff = \"50ms\"\nbackoff_max = \"100ms\"\n\n[justmr]\nconfigs = [%q]\n%s\n", filepath.Join(s.folder, "repos.json"), strings.Join(lines, "\n")))
	return file
}

// write writes the project's repos.json.
func (s *justmrSite) write() {
	s.t.Helper()
	writeFile(s.t, filepath.Join(s.folder, "repos.json"), string(s.config.JSON()))
}

// update writes repos.json and brings the mirror up to date.
func (s *justmrSite) update(words ...string) result {
	s.t.Helper()
	s.write()
	return s.mirror.update(words...)
}

// synced brings the mirror up to date, has it verified, and forgets what was asked of upstream.
func (s *justmrSite) synced() {
	s.t.Helper()
	s.update().ok()
	s.mirror.offmirror("verify").ok()
	s.up.ResetLog()
}

// archive serves an archive of two files below a folder of its name.
func (s *justmrSite) archive(host int, path string) (url, content string) {
	name, _, _ := strings.Cut(filepath.Base(path), ".")
	data := justmrtest.TarGz(justmrtest.File{Name: name + "/README", Text: "this is " + path + "\n"}, justmrtest.File{Name: name + "/src/main.c", Text: "int main;\n"})
	return s.put(host, path, data)
}

func (s *justmrSite) put(host int, path string, data []byte) (url, content string) {
	return s.up.Host(host).Put(path, data), justmrtest.Content(data)
}

// repository makes a git repository of a host.
func (s *justmrSite) repository(host int, name string) *gitUpstream {
	s.t.Helper()
	r, err := s.up.Host(host).Repository(s.t.Context(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	return &gitUpstream{s.t, r}
}

// A gitUpstream is a repository whose methods do not fail.
type gitUpstream struct {
	t testing.TB
	*justmrtest.Repository
}

// commit adds a commit with a text in rules/RULES, and returns its id.
func (r *gitUpstream) commit(branch, text string) string {
	r.t.Helper()
	id, err := r.Commit(r.t.Context(), branch, justmrtest.File{Name: "rules/RULES", Text: text}, justmrtest.File{Name: "README", Text: "rules"})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// tree is the id of a folder of a commit.
func (r *gitUpstream) tree(commit, folder string) string {
	r.t.Helper()
	id, err := r.Tree(r.t.Context(), commit, folder)
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// A justmrUser builds the project, with an empty local build root.
type justmrUser struct {
	home
	site  *justmrSite
	name  string
	names *resolver
}

func (s *justmrSite) user(sys system) *justmrUser {
	s.t.Helper()
	s.users++
	u := &justmrUser{home{t: s.t, system: sys, dir: s.folder}, s, fmt.Sprintf("user%d", s.users), newResolver(s.t)}
	u.nameserver = u.names.address
	u.write(u.name+"/ROOT", "")
	return u
}

// justmr runs just-mr on the project.
func (u *justmrUser) justmr(words ...string) result {
	u.t.Helper()
	argv := append([]string{"just-mr", "--norc", "--plain-log", "--local-build-root", filepath.Join(u.dir, u.name, "root"), "-C", filepath.Join(u.dir, "repos.json")}, words...)
	return u.run(u.name, nil, argv...)
}

// setup is "just-mr setup --all", with options, and returns the git tree
// of each repository that is no folder.
func (u *justmrUser) setup(options ...string) map[string]string {
	u.t.Helper()
	return u.setups("--all", options...)
}

// setups sets up what a repository needs.
func (u *justmrUser) setups(what string, options ...string) map[string]string {
	u.t.Helper()
	out := u.justmr(append(options, "setup", what)...).ok().output
	lines := strings.Split(strings.TrimSpace(out), "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, u.dir) })
	if i < 0 {
		u.t.Fatalf("just-mr setup named no configuration:\n%s", out)
	}
	var made struct {
		Repositories map[string]struct {
			Root []any `json:"workspace_root"`
		}
	}
	if err := json.Unmarshal([]byte(readFile(u.t, lines[i])), &made); err != nil {
		u.t.Fatal(err)
	}
	roots := map[string]string{}
	for name, r := range made.Repositories {
		if len(r.Root) < 2 {
			u.t.Fatalf("%q has the root %q", name, r.Root)
		}
		if r.Root[0] != "file" {
			roots[name] = fmt.Sprint(r.Root[1])
		}
	}
	return roots
}

// local is the option that has just-mr read a file of locations.
func (u *justmrUser) local(text string) []string {
	u.t.Helper()
	name := u.name + "/just-local.json"
	u.write(name, text)
	return []string{"--checkout-locations", filepath.Join(u.dir, name)}
}

// distdirs are the options that name all distdirs of the mirror.
func (u *justmrUser) distdirs() (options []string) {
	u.t.Helper()
	found, err := filepath.Glob(u.site.mirror.file("distdir*"))
	if err != nil {
		u.t.Fatal(err)
	}
	for _, dir := range found {
		options = append(options, "--distdir", dir)
	}
	return options
}

// stayed fails the test if anything was asked of upstream, or of a name server.
func (u *justmrUser) stayed() {
	u.t.Helper()
	own, err := os.Hostname() // which git looks up to make up an address for its user
	if err != nil {
		u.t.Fatal(err)
	}
	if names := slices.DeleteFunc(u.names.asked(), func(n string) bool { return n == own }); len(names) > 0 {
		u.t.Errorf("just-mr asked for hosts other than the mirror: %q", names)
	}
	if asked := u.site.up.Requests(); len(asked) > 0 {
		u.t.Errorf("just-mr asked upstream %v", asked)
	}
}

// withJustMR runs a test for each version of just-mr.
func withJustMR(t *testing.T, f func(t *testing.T, s system)) {
	for _, s := range builders {
		t.Run(string(s), func(t *testing.T) { f(t, s) })
	}
}

// get returns the body of a URL that must be there.
func get(t testing.TB, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v", url, res.Status, err)
	}
	return string(body)
}

// with returns the same site for use by another test.
func (s *justmrSite) with(t testing.TB) *justmrSite {
	c := *s
	c.t, c.mirror = t, s.mirror.with(t)
	s.users += 10
	return &c
}

// served starts the server of the mirror and returns a tap with the file of locations that it gives.
func (s *justmrSite) served() (tap *tap, local string) {
	s.t.Helper()
	tap = s.mirror.serve()
	return tap, get(s.t, tap.URL+"/just-local.json")
}

// want compares roots with those that upstream itself gives.
func wantRoots(t testing.TB, got, want map[string]string) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("roots are\n%v\nwant\n%v", got, want)
	}
}

// fromUpstream is what just-mr makes of the project without a mirror.
func (s *justmrSite) fromUpstream(sys system) map[string]string {
	s.t.Helper()
	u := s.user(sys)
	roots := u.setup()
	s.up.ResetLog()
	return roots
}

// remove removes a file of upstream's folder or of a user.
func remove(t testing.TB, name string) {
	t.Helper()
	if err := os.RemoveAll(name); err != nil {
		t.Fatal(err)
	}
}
