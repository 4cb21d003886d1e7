package julia_test

import (
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
)

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
