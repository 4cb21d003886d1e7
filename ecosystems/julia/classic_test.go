package julia_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout"
)

// oldWorld is a world with everything that the classic layout wants: git repositories of
// the registry and of the packages, of METADATA.jl and of the client.
type oldWorld struct {
	*world
	repos string // folder of the repositories, served at host
	host  string
	down  bool // nobody answers there

	mu        sync.Mutex
	transfers []string // what git fetched there
}

// asksForRefs reports whether git only wants to know what there is.
func asksForRefs(r *http.Request) bool {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return bytes.Contains(body, []byte("command=ls-refs"))
}

// fetched returns the repositories from which git fetched anything since the last call, sorted.
func (o *oldWorld) fetched() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := slices.Sorted(slices.Values(o.transfers))
	o.transfers = nil
	return slices.Compact(list)
}

func newOldWorld(t *testing.T, parts ...string) *oldWorld {
	t.Helper()
	o := &oldWorld{repos: t.TempDir()}
	git, err := gitrepo.New(t.Context(), gitrepo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(o.repos)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	handler, err := gitrepo.Handler(git, root, gitrepo.ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.down {
			http.Error(w, "closed", http.StatusServiceUnavailable)
			return
		}
		if name, ok := strings.CutSuffix(r.URL.Path, "/git-upload-pack"); ok && !asksForRefs(r) {
			o.mu.Lock()
			o.transfers = append(o.transfers, path.Base(name))
			o.mu.Unlock()
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	o.host = server.URL + "/old"
	o.world = newWorld(t, juliatest.WithRepos(o.host))
	o.repository("METADATA.jl", juliatest.Tree{Files: map[string]string{"Example/url": "git://github.com/JuliaLang/Example.jl.git\n", "README.md": "old\n"}})
	o.repository("PkgMirrors.jl", juliatest.Tree{Files: map[string]string{"src/PkgMirrors.jl": "module PkgMirrors end\n"}})
	o.options.Classic = parts
	o.options.MirrorName = "mirror.corp"
	o.options.ClassicSources.Metadata = o.host + "/METADATA.jl.git"
	o.options.ClassicSources.Client = o.host + "/PkgMirrors.jl.git"
	return o
}

func (o *oldWorld) folder(name string) string { return filepath.Join(o.repos, "old", name) }

// repository writes a repository with a commit for each tree.
func (o *oldWorld) repository(name string, trees ...juliatest.Tree) {
	o.t.Helper()
	if err := juliatest.WriteRepository(o.t.Context(), o.folder(name+".git"), trees...); err != nil {
		o.t.Fatal(err)
	}
}

// push brings the repositories of registries and packages up to date.
func (o *oldWorld) push() {
	o.t.Helper()
	if err := o.WriteGit(o.t.Context(), filepath.Join(o.repos, "old")); err != nil {
		o.t.Fatal(err)
	}
}

// content returns a published file of the classic layout, following links.
func (o *oldWorld) content(name string) (text string) {
	o.t.Helper()
	o.root.Current(func(view layout.View) {
		e, ok := layout.Follow(view, "classic/"+name)
		if !ok {
			o.t.Fatalf("classic/%s leads nowhere", name)
		}
		text = string(o.read(view, e.Path))
	})
	return text
}

// classicFiles returns the published files below classic, without those of bare repositories.
func (o *oldWorld) classicFiles() map[string]string {
	files := map[string]string{}
	for name, id := range o.root.Files() {
		if rest, ok := strings.CutPrefix(name, "classic/"); ok && !strings.Contains(rest, ".git/") {
			files[rest] = id
		}
	}
	return files
}

func (o *oldWorld) status() map[string]any {
	o.t.Helper()
	var status map[string]any
	if err := json.Unmarshal([]byte(o.content("status.json")), &status); err != nil {
		o.t.Fatal(err)
	}
	return status
}

// members returns names and contents of a gzipped tarball.
func members(t *testing.T, data string) map[string]string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		found[h.Name] = string(content)
	}
}

var gitParts = []string{"registries", "packages", "metadata", "client"}

func TestClassicLayout(t *testing.T) {
	o := newOldWorld(t, gitParts...)
	old := o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.Publish("Example", juliatest.Version{Number: "0.5.4"})
	jll := o.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu")
	o.push()
	o.mustSync()

	tarball := "packages/Example/General/Example-" + old.Tree.String() + ".tar.gz"
	var want []string
	for _, r := range o.Releases() {
		base := "packages/" + r.Name + "/General/" + r.Name
		want = append(want, base)
		for _, name := range []string{base + "-" + r.Tree.String(), base + "-" + r.Version.String()} {
			want = append(want, name+".tar.gz", name+".tar.gz.sha256")
		}
	}
	for _, folder := range []string{"E/Example", "J/JLLWrappers", "jll/Z/Zlib_jll"} {
		want = append(want, "registries/General/"+folder+"/releases")
		for _, file := range []string{"Package.toml", "Versions.toml", "Deps.toml", "Compat.toml"} {
			if _, ok := o.Registry.File(folder + "/" + file); ok {
				want = append(want, "registries/General/"+folder+"/"+file)
			}
		}
	}
	want = append(want, "status.json", "registries/list.txt", "registries/General/Registry.toml", "registries/General/README.md", "metadata/METADATA.jl/README.md", "metadata/METADATA.jl/Example/url")
	slices.Sort(want)
	var got []string
	files := o.classicFiles()
	for name := range files {
		got = append(got, name)
	}
	slices.Sort(got)
	if diff := cmp.Diff(slices.Compact(want), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, bare := range []string{"PkgMirrors.jl.git", "metadata/METADATA.jl.git", "registries/General.git"} {
		o.want(true, "classic/"+bare+"/HEAD", "classic/"+bare+"/packed-refs", "classic/"+bare+"/info/refs", "classic/"+bare+"/objects/info/packs")
	}

	if got := o.content("registries/list.txt"); got != "General\n" {
		t.Errorf("list.txt is %q", got)
	}
	toml, _ := o.Registry.File("Registry.toml")
	if got := o.content("registries/General/Registry.toml"); got != toml {
		t.Errorf("Registry.toml is %q", got)
	}
	for link, target := range map[string]string{
		"packages/Example/General/Example":                     "../../../registries/General/E/Example",
		"registries/General/E/Example/releases":                "../../../../packages/Example/General",
		"registries/General/jll/Z/Zlib_jll/releases":           "../../../../../packages/Zlib_jll/General",
		"packages/Example/General/Example-0.5.3.tar.gz":        path.Base(tarball),
		"packages/Example/General/Example-0.5.3.tar.gz.sha256": path.Base(tarball) + ".sha256",
		"packages/Zlib_jll/General/Zlib_jll-1.3.1+2.tar.gz":    "Zlib_jll-" + jll.Tree.String() + ".tar.gz",
	} {
		if files[link] != "-> "+target {
			t.Errorf("%s is %q, want a link to %s", link, files[link], target)
		}
	}
	if got := o.content(tarball + ".sha256"); got != files[tarball]+"\n" || len(got) != 65 {
		t.Errorf("the checksum is %q, of %s", got, files[tarball])
	}
	folder := "old-Example.jl-" + old.Tree.String()[:7]
	in := members(t, o.content(tarball))
	if _, ok := in[folder+"/Project.toml"]; !ok {
		t.Errorf("the tarball has %v", in)
	}
	for name := range in {
		if name != folder && !strings.HasPrefix(name, folder+"/") {
			t.Errorf("%s is beside the folder", name)
		}
	}
}

func TestClassicStatus(t *testing.T) {
	o := newOldWorld(t, gitParts...)
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.push()
	o.mustSync()
	first := classic.Time(o.root.Now())
	section := func() map[string]any {
		return map[string]any{"status": "updated", "created_time": first, "last_updated": first}
	}
	registries := section()
	registries["registries"] = map[string]any{"General": section()}
	want := map[string]any{
		"name": "mirror.corp", "mirror_version": "1.0.0", "created_time": first, "last_updated": first,
		"config": map[string]any{
			"mirror_releases": false, "mirror_metadata": true, "mirror_packages": true, "sync_latest": false, "ignore_invalid": false,
			"registries": map[string]any{"General": o.host + "/General.git"},
		},
		"client": section(), "metadata": section(), "packages": section(), "registries": registries,
		"releases": map[string]any{"status": "unavailable"},
	}
	if diff := cmp.Diff(want, o.status()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	o.root.Pass(time.Hour)
	if again := o.sync(ecosystems.Selection{}); again.Err != nil || !again.Unchanged {
		t.Fatalf("a second run: %+v", again)
	}
	if again := o.sync(ecosystems.Selection{Deep: true}); again.Err != nil || !again.Unchanged {
		t.Fatalf("a deep run made another snapshot: %v", again.Err)
	}
	o.Publish("Example", juliatest.Version{Number: "0.5.4"})
	o.push()
	o.root.Pass(time.Hour)
	later := classic.Time(o.root.Now())
	o.mustSync()
	want["last_updated"], want["packages"].(map[string]any)["last_updated"] = later, later
	registries["last_updated"], registries["registries"].(map[string]any)["General"].(map[string]any)["last_updated"] = later, later
	if diff := cmp.Diff(want, o.status()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestClassicGrowsWithWhatIsNew(t *testing.T) {
	o := newOldWorld(t, gitParts...)
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.Publish("Other", juliatest.Version{Number: "1.0.0"})
	o.push()
	o.mustSync()
	before := o.classicFiles()
	o.Publish("Example", juliatest.Version{Number: "0.5.4"})
	o.push()
	made := 0
	for _, it := range o.mustSync().Items {
		rest, ok := strings.CutPrefix(it.Path, "classic/")
		if !ok || strings.Contains(rest, ".git/") {
			continue
		}
		switch it.Source.(type) {
		case ecosystems.Have, ecosystems.Link:
		default:
			if made++; before[rest] != "" && !slices.Contains([]string{"status.json", "registries/list.txt", "registries/General/E/Example/Versions.toml"}, rest) {
				t.Errorf("%s was made again", rest)
			}
		}
	}
	if made != 5 { // those three, a tarball and its checksum
		t.Errorf("%d files were made", made)
	}
}

func TestClassicWithPartsOnly(t *testing.T) {
	o := newOldWorld(t, "packages")
	r := o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.down = true // nobody is asked
	o.mustSync()
	base := "packages/Example/General/Example-"
	want := []string{"status.json"}
	for _, name := range []string{r.Tree.String(), "0.5.3"} {
		want = append(want, base+name+".tar.gz", base+name+".tar.gz.sha256")
	}
	got := []string{}
	for name := range o.classicFiles() {
		got = append(got, name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	config := o.status()["config"].(map[string]any)
	if config["mirror_metadata"] != false || config["mirror_packages"] != true || len(config["registries"].(map[string]any)) != 0 {
		t.Errorf("config is %v", config)
	}
}

func TestClassicSourceThatIsGone(t *testing.T) {
	o := newOldWorld(t, gitParts...)
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.push()
	if err := os.RemoveAll(o.folder("METADATA.jl.git")); err != nil {
		t.Fatal(err)
	}
	out := o.sync(ecosystems.Selection{})
	if out.Err != nil || len(out.Missing) != 1 || !out.Missing[0].Absent || out.Missing[0].Path != "classic/metadata/METADATA.jl.git" {
		t.Fatalf("%v, missing %+v", out.Err, out.Missing)
	}
	o.want(true, "classic/registries/list.txt", "classic/PkgMirrors.jl.git/HEAD")
	if s := o.status()["metadata"].(map[string]any); s["status"] != "failed" {
		t.Errorf("metadata is %v", s)
	}
	if again := o.sync(ecosystems.Selection{}); again.Err != nil || !again.Unchanged {
		t.Errorf("a second run: %+v", again)
	}

	// A mirror that has it already goes on showing it.
	if err := os.RemoveAll(o.folder("PkgMirrors.jl.git")); err != nil {
		t.Fatal(err)
	}
	out = o.sync(ecosystems.Selection{})
	if _, told := out.Notice(ecosystems.KeptOld); out.Err != nil || !told {
		t.Errorf("%v, notices %+v", out.Err, out.Notices)
	}
	o.want(true, "classic/PkgMirrors.jl.git/HEAD")
	if s := o.status()["client"].(map[string]any); s["status"] != "updated" {
		t.Errorf("client is %v", s)
	}
}

// The repositories of a mirror need not travel with its snapshots.
func TestClassicRepositoriesThatOnlyTheSnapshotHas(t *testing.T) {
	o := newOldWorld(t, gitParts...)
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.push()
	o.mustSync()
	before := o.root.Files()
	for _, dir := range []string{filepath.Join(o.repos, "old"), filepath.Join(o.root.Dir, "store", "git")} {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	out := o.sync(ecosystems.Selection{Deep: true})
	if _, told := out.Notice(ecosystems.KeptOld); out.Err != nil || !told {
		t.Fatalf("%v, notices %+v", out.Err, out.Notices)
	}
	if diff := cmp.Diff(before, o.root.Files()); diff != "" {
		t.Errorf("what is published has changed:\n%s", diff)
	}
}

func TestClassicSourceThatDoesNotAnswer(t *testing.T) {
	o := newOldWorld(t, gitParts...)
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.push()
	o.mustSync()
	before := o.root.Files()
	o.Publish("Example", juliatest.Version{Number: "0.5.4"})
	o.down = true
	if out := o.sync(ecosystems.Selection{}); out.Err == nil {
		t.Fatal("published, although upstream did not answer")
	}
	if diff := cmp.Diff(before, o.root.Files()); diff != "" {
		t.Errorf("what is published has changed:\n%s", diff)
	}
	out := o.sync(ecosystems.Selection{AllowPartial: true})
	if _, told := out.Notice(ecosystems.KeptOld); out.Err != nil || !told {
		t.Fatalf("%v, notices %+v", out.Err, out.Notices)
	}
	o.want(true, "classic/registries/General.git/HEAD", "classic/metadata/METADATA.jl/README.md")
	o.down = false
	o.push()
	o.mustSync()
	if got, _ := o.Registry.File("E/Example/Versions.toml"); o.content("registries/General/E/Example/Versions.toml") != got {
		t.Error("the registry was not brought up to date afterwards")
	}
}

func TestClassicIgnoresInvalidRegistries(t *testing.T) {
	o := newOldWorld(t, "registries", "packages")
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.options.IgnoreInvalid = true
	out := o.mustSync() // nothing was pushed, so there is no General.git
	if _, told := out.Notice("invalid-registry"); !told || len(out.Missing) > 0 {
		t.Errorf("notices %+v, missing %+v", out.Notices, out.Missing)
	}
	registries := o.status()["registries"].(map[string]any)
	if list := o.content("registries/list.txt"); list != "" {
		t.Errorf("the list has %q, which nobody can clone", list)
	}
	if general := registries["registries"].(map[string]any)["General"].(map[string]any); general["status"] != "failed" || registries["status"] != "updated" {
		t.Errorf("registries: %v", registries)
	}
}

func TestClassicLatest(t *testing.T) {
	o := newOldWorld(t, "packages")
	o.options.ClassicLatest = true
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.push()
	o.mustSync()
	latest := "packages/Example/General/Example-latest.tar.gz"
	if got := o.content(latest + ".sha256"); got != o.classicFiles()[latest]+"\n" {
		t.Errorf("the checksum is %q, of %s", got, o.classicFiles()[latest])
	}
	if again := o.sync(ecosystems.Selection{}); again.Err != nil || !again.Unchanged {
		t.Fatalf("a second run: %+v", again)
	}
	attributes := juliatest.Tree{Files: map[string]string{".gitattributes": "secret export-ignore\nversion.txt export-subst\n", "secret": "s", "version.txt": "$Format:%H$"}}
	if err := os.RemoveAll(o.folder("Example.jl.git")); err != nil {
		t.Fatal(err)
	}
	o.repository("Example.jl", attributes)
	o.mustSync()
	folder := ""
	for name := range members(t, o.content(latest)) {
		folder, _, _ = strings.Cut(name, "/")
	}
	want := map[string]string{folder: ""}
	for name, content := range attributes.Files {
		want[folder+"/"+name] = content
	}
	if diff := cmp.Diff(want, members(t, o.content(latest))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := o.content(latest + ".sha256"); got != o.classicFiles()[latest]+"\n" {
		t.Errorf("the checksum is %q, of %s", got, o.classicFiles()[latest])
	}
	if s := o.status()["config"].(map[string]any); s["sync_latest"] != true {
		t.Errorf("config is %v", s)
	}

	if err := os.RemoveAll(o.folder("Example.jl.git")); err != nil {
		t.Fatal(err)
	}
	out := o.sync(ecosystems.Selection{})
	if _, told := out.Notice(ecosystems.KeptOld); out.Err != nil || !told {
		t.Errorf("after its repository has gone: %v, %+v", out.Err, out.Notices)
	}
	o.want(true, "classic/"+latest)
}

func TestClassicMirrorNameOfTheFirstMachine(t *testing.T) {
	o := newOldWorld(t, "packages")
	o.options.MirrorName = ""
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.mustSync()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if got := o.status()["name"]; got != host {
		t.Errorf("the mirror is called %v on %s", got, host)
	}
}

func TestClassicPlanFetchesNothing(t *testing.T) {
	o := newOldWorld(t, gitParts...)
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.push()
	o.down = true
	plan, err := o.root.Plan(o.driver(), ecosystems.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(plan.Notices, func(n ecosystems.Notice) bool {
		return n.Kind == "unknown-yet" && n.Path == "classic/registries/General.git"
	}) {
		t.Errorf("notices: %+v", plan.Notices)
	}
	tarball := "classic/packages/Example/General/Example-" + o.release("Example", "0.5.3").Tree.String() + ".tar.gz"
	for _, p := range []string{tarball, tarball + ".sha256", "classic/status.json"} {
		if !slices.ContainsFunc(plan.Items, func(it mirror.PlannedItem) bool { return it.Path == p }) {
			t.Errorf("the plan lacks %s", p)
		}
	}
	o.down = false
	o.mustSync()
	if plan, err = o.root.Plan(o.driver(), ecosystems.Selection{}); err != nil || !plan.Unchanged {
		t.Errorf("after a sync: %+v, %v", plan, err)
	}
}

func TestClassicTreeWithNamesThatCannotBeKept(t *testing.T) {
	o := newOldWorld(t, "metadata")
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	if err := os.RemoveAll(o.folder("METADATA.jl.git")); err != nil {
		t.Fatal(err)
	}
	o.repository("METADATA.jl", juliatest.Tree{
		Files:      map[string]string{"README": "upper", "readme": "lower", "aux.txt": "x", "big": strings.Repeat("0123456789abcdef", 100_000)},
		Symlinks:   map[string]string{"inside": "README", "outside": "../../../../etc/passwd", "nowhere": "missing"},
		Submodules: map[string]string{"vendored": strings.Repeat("1", 40)},
	})
	out := o.mustSync()
	var names []string
	for name := range o.classicFiles() {
		if rest, ok := strings.CutPrefix(name, "metadata/METADATA.jl/"); ok {
			names = append(names, rest)
		}
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"README", "big", "inside"}, names); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	told := 0
	for _, n := range out.Notices {
		if n.Kind == "classic-name" || n.Kind == "submodule" {
			told++
		}
	}
	if told != 4 || len(out.Missing) != 0 { // case, aux, outside, submodule
		t.Errorf("%d notices: %+v; missing %+v", told, out.Notices, out.Missing)
	}
	if got := o.content("metadata/METADATA.jl/big"); len(got) != 1_600_000 {
		t.Errorf("the big file has %d bytes", len(got))
	}
}

func TestClassicRegistryWithoutARepository(t *testing.T) {
	o := newOldWorld(t, "registries", "packages")
	r := o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.Edit("Registry.toml", func(text string) string { return strings.ReplaceAll(text, "repo = ", "origin = ") })
	out := o.sync(ecosystems.Selection{})
	if out.Err != nil || len(out.Missing) != 1 || out.Missing[0].Path != "classic/registries/General.git" || !strings.Contains(out.Missing[0].Reason, "[[julia.registry]]") {
		t.Errorf("%v, missing %+v", out.Err, out.Missing)
	}
	o.want(true, "classic/"+classic.TarballPath("Example", "General", r.Tree))
	if list := o.content("registries/list.txt"); list != "" {
		t.Errorf("the list has %q, which nobody can clone", list)
	}
}

// A registry of somebody else must not choose what of this machine is published.
func TestClassicRepositoryOnThisMachine(t *testing.T) {
	o := newOldWorld(t, "registries")
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.push()
	o.Edit("Registry.toml", func(text string) string {
		return strings.ReplaceAll(text, o.host, "file://"+filepath.Join(o.repos, "old"))
	})
	out := o.sync(ecosystems.Selection{})
	if out.Err != nil || len(out.Missing) != 1 || !out.Missing[0].Absent || !strings.Contains(out.Missing[0].Reason, "on this machine") {
		t.Errorf("got %v, missing %+v", out.Err, out.Missing)
	}
}

// Proposals are no part of what a repository publishes.
func TestClassicLeavesOutPullRequests(t *testing.T) {
	o := newOldWorld(t, "metadata")
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	bare := o.folder("METADATA.jl.git")
	for _, ref := range []string{"refs/pull/1/head", "refs/heads/side", "refs/notes/commits"} {
		if out, err := exec.CommandContext(t.Context(), "git", "--git-dir", bare, "update-ref", ref, "HEAD").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	o.mustSync()
	refs := o.content("metadata/METADATA.jl.git/info/refs")
	for ref, want := range map[string]bool{"refs/pull/": false, "refs/heads/side": true, "refs/notes/commits": true} {
		if strings.Contains(refs, ref) != want {
			t.Errorf("refs with %s: %v, of\n%s", ref, !want, refs)
		}
	}
}

// Packages of one name are told apart by their trees only.
func TestClassicPackagesOfOneName(t *testing.T) {
	o := newOldWorld(t, "packages")
	first := o.Publish("Twin", juliatest.Version{Number: "1.0.0"})
	second := o.AddPackage(juliatest.Package{Name: "Twin", UUID: juliatest.UUID("another Twin"), Path: "T/Twin2"}).Publish(juliatest.Version{Number: "1.0.0"})
	out := o.mustSync()
	o.want(true, "classic/"+classic.TarballPath("Twin", "General", first.Tree), "classic/"+classic.TarballPath("Twin", "General", second.Tree))
	if n, told := out.Notice("classic-name"); !told || !strings.Contains(n.Text, "Twin") {
		t.Errorf("notices: %+v", out.Notices)
	}
}

func TestClassicRegistryOfTheConfiguration(t *testing.T) {
	o := newOldWorld(t, "registries", "packages")
	c := newCorp(t)
	tree := c.release("CorpTool", "1.0.0", "", map[string]string{"Project.toml": "name = \"CorpTool\"\n"})
	o.options.Upstream = ""
	o.options.Registry = []julia.GitRegistry{c.table()}
	o.mustSync()
	o.want(true, "classic/registries/Corp.git/HEAD", "classic/registries/Corp/C/CorpTool/releases",
		"classic/packages/CorpTool/Corp/CorpTool-"+tree+".tar.gz", "classic/packages/CorpTool/Corp/CorpTool-1.0.0.tar.gz.sha256")
	if got := o.content("registries/list.txt"); got != "Corp\n" {
		t.Errorf("list.txt is %q", got)
	}
	if again := o.sync(ecosystems.Selection{}); again.Err != nil || !again.Unchanged {
		t.Errorf("a second run: %+v", again)
	}
}
