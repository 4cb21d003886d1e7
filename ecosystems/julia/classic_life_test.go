package julia_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
)

// lasting returns the files that do not depend on when they came: not the times, nor in
// which packs git got its objects.
func (o *oldWorld) lasting() map[string]string {
	files := o.classicFiles()
	for _, dated := range []string{"status.json", "releases/releaseinfo.json"} {
		delete(files, dated)
	}
	return files
}

// A mirror that followed its upstreams has the same as one that was made today.
func TestClassicMirrorThatFollowedIsLikeANewOne(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			o := newOldWorld(t, gitParts...)
			o.options.ClassicLatest = seed == 0
			random := rand.New(rand.NewPCG(seed, 0))
			old := []juliatest.Tree{{Files: map[string]string{"Example/url": "git://github.com/JuliaLang/Example.jl.git\n", "README.md": "old\n"}}}
			names := []string{"Example", "Other", "Third"}
			versions := map[string]int{}
			step := map[string]func(){
				"publish": func() {
					name := names[random.IntN(len(names))]
					versions[name]++
					o.Publish(name, juliatest.Version{Number: fmt.Sprintf("0.%d.0", versions[name])})
				},
				"yank": func() {
					if versions["Example"] > 0 {
						o.Yank("Example", "0.1.0", random.IntN(2) == 0)
					}
				},
				"metadata": func() {
					files := map[string]string{"README.md": fmt.Sprint(random.IntN(3)), fmt.Sprintf("P%d/url", random.IntN(3)): "x"}
					if random.IntN(2) == 0 { // a folder becomes a file, or a file a folder
						files = map[string]string{"P0": "file", "README.md/inner": "y"}
					}
					old = append(old, juliatest.Tree{Files: files})
					o.repository("METADATA.jl", old...)
				},
				"time": func() { o.root.Pass(time.Hour) },
			}
			kinds := []string{"publish", "publish", "yank", "metadata", "time"}
			step["publish"]()
			for range 4 {
				for range 1 + random.IntN(3) {
					step[kinds[random.IntN(len(kinds))]]()
				}
				o.push()
				o.mustSync()
			}
			n := o.another()
			n.mustSync()
			if diff := cmp.Diff(n.lasting(), o.lasting()); diff != "" {
				t.Errorf("-new +followed:\n%s", diff)
			}
		})
	}
}

// What the store lost, a deep sync makes again, and nothing else changes.
func TestClassicIsMended(t *testing.T) {
	o := newWholeOldWorld(t)
	before := o.root.Files()
	for name, id := range before {
		if !strings.HasPrefix(name, "classic/") || strings.HasPrefix(id, "->") {
			continue
		}
		if err := os.Remove(filepath.Join(o.root.Dir, "store", "sha256", id[:2], id)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	out := o.sync(ecosystems.Selection{Deep: true})
	if _, told := out.Notice("healing"); out.Err != nil || !told {
		t.Fatalf("%v, notices %+v", out.Err, out.Notices)
	}
	if diff := cmp.Diff(before, o.root.Files()); diff != "" {
		t.Errorf("-before +mended:\n%s", diff)
	}
	for _, d := range o.root.Verify(o.driver()) {
		t.Errorf("verify: %+v", d)
	}
}

func TestClassicOptions(t *testing.T) {
	for key, change := range map[string]func(*julia.Options){
		"classic":        func(o *julia.Options) { o.Classic = []string{"everything"} },
		"classic_latest": func(o *julia.Options) { o.Classic, o.ClassicLatest = []string{"registries"}, true },
	} {
		o := julia.Ecosystem().Options().(*julia.Options)
		change(o)
		if _, err := julia.New(o); err == nil || !strings.HasPrefix(err.Error(), "julia."+key+": ") {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// A part that is no longer asked for goes, and comes back as it was.
func TestClassicPartsComeAndGo(t *testing.T) {
	o := newOldWorld(t, gitParts...)
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.push()
	o.mustSync()
	before := o.lasting()
	o.options.Classic = []string{"packages"}
	o.mustSync()
	for name := range o.lasting() {
		if !strings.HasPrefix(name, "packages/") {
			t.Errorf("%s is still there", name)
		}
	}
	if s := o.status()["metadata"].(map[string]any); s["status"] != "unavailable" {
		t.Errorf("metadata is %v", s)
	}
	o.options.Classic = nil
	o.mustSync()
	if left := o.below("classic/"); len(left) > 0 {
		t.Errorf("%v is still there", left)
	}
	o.options.Classic = gitParts
	o.fetched()
	o.mustSync()
	if diff := cmp.Diff(before, o.lasting()); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
	if got := o.fetched(); len(got) > 0 {
		t.Errorf("%v was fetched again", got)
	}
}
