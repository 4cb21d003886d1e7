package julia_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/mirror"
)

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
