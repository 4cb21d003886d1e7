package mirror_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/ecosystems/mirror/salvage"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle/bundletest"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

func (w *world) repair(opts mirror.RepairOptions) *mirror.Verification {
	w.t.Helper()
	v, err := w.mirror().Repair(w.t.Context(), w.job(ecosystems.Selection{}), opts)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// copyOf copies the mirror, as a source for repairs.
func (w *world) copyOf() string {
	w.t.Helper()
	dir := filepath.Join(w.t.TempDir(), "other")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(w.dir))); err != nil {
		w.t.Fatal(err)
	}
	return dir
}

func openRoot(t *testing.T, dir string) *salvage.Root {
	t.Helper()
	root, err := salvage.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

// bundle makes a bundle of what is upstream.
func (w *world) bundle() *salvage.Bundle {
	w.t.Helper()
	files := maps.Clone(w.files)
	files["index"] = w.index()
	dir := w.t.TempDir()
	bundletest.Maker{Snapshots: []bundletest.Snapshot{{
		Ecosystem: "toy", Files: files, Published: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}}}.Make(w.t).Write(w.t, dir)
	b, err := salvage.OpenBundle(dir, read.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// harms are what may happen to the file of an object that holds "alpha".
var harms = map[string]func(file string) error{
	"bit flip":  func(file string) error { return rewrite(file, "alphb") },
	"truncated": func(file string) error { return rewrite(file, "alp") },
	"empty":     func(file string) error { return rewrite(file, "") },
	"longer":    func(file string) error { return rewrite(file, "alpha and more") },
	"missing":   os.Remove,
	"link": func(file string) error {
		return errors.Join(os.Remove(file), os.Symlink("/etc/passwd", file))
	},
	"pipe":   func(file string) error { return errors.Join(os.Remove(file), syscall.Mkfifo(file, 0o600)) },
	"folder": func(file string) error { return errors.Join(os.Remove(file), os.MkdirAll(file+"/inside", 0o700)) },
}

func rewrite(file, body string) error {
	return errors.Join(os.Chmod(file, 0o644), os.WriteFile(file, []byte(body), 0o644))
}

// sources are where a repair of a world may find what is lost; each makes its own.
var repairSources = map[string]func(w *world) mirror.RepairOptions{
	"upstream": func(*world) mirror.RepairOptions { return mirror.RepairOptions{} },
	"another mirror on disk": func(w *world) mirror.RepairOptions {
		return mirror.RepairOptions{Offline: true, Sources: []salvage.Source{openRoot(w.t, w.copyOf())}}
	},
	"trees on disk": func(w *world) mirror.RepairOptions {
		dir := w.t.TempDir()
		if err := os.CopyFS(filepath.Join(dir, "toy"), os.DirFS(filepath.Join(w.dir, "toy"))); err != nil {
			w.t.Fatal(err)
		}
		return mirror.RepairOptions{Offline: true, Sources: []salvage.Source{openRoot(w.t, dir)}}
	},
	"an old bundle": func(w *world) mirror.RepairOptions {
		return mirror.RepairOptions{Offline: true, Sources: []salvage.Source{w.bundle()}}
	},
	"another mirror by HTTP": func(w *world) mirror.RepairOptions {
		server := httptest.NewServer(http.FileServerFS(os.DirFS(w.copyOf())))
		w.t.Cleanup(server.Close)
		site, err := salvage.NewSite(server.URL + "/")
		if err != nil {
			w.t.Fatal(err)
		}
		return mirror.RepairOptions{Offline: true, Sources: []salvage.Source{site}}
	},
}

func TestRepairOfEveryHarmFromEverySource(t *testing.T) {
	files := map[string]string{"a": "alpha", "copy": "alpha", "dir/b": "beta", "dir/a+b": "gamma"}
	for source, options := range repairSources {
		for harm, do := range harms {
			t.Run(harm+" from "+source, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, maps.Clone(files))
				w.mustSync()
				opts := options(w)
				// The trees keep their links to what is only removed; without them the source has to help.
				for _, tree := range []string{"a", "b"} {
					for _, name := range []string{"a", "copy"} {
						if err := os.Remove(filepath.Join(w.dir, "state/trees/toy", tree, name)); err != nil {
							t.Fatal(err)
						}
					}
				}
				if err := do(w.object("alpha")); err != nil {
					t.Fatal(err)
				}
				if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) == 0 {
					t.Fatal("nothing is damaged")
				}
				v := w.repair(opts)
				if len(v.Damage) != 0 || len(v.Repaired) == 0 {
					t.Fatalf("damage %+v, repaired %+v", v.Damage, v.Repaired)
				}
				if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 0 {
					t.Errorf("afterwards: %+v", v.Damage)
				}
				if diff := cmp.Diff(files, w.tree()); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestRepairTakesWhatTheTreesStillHave(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	if err := os.Remove(w.object("alpha")); err != nil {
		t.Fatal(err)
	}
	v := w.repair(mirror.RepairOptions{Offline: true})
	if len(v.Damage) != 0 || len(v.Repaired) != 1 || v.Repaired[0].From != "this mirror's own trees" {
		t.Errorf("%+v", v)
	}
}

func TestRepairSaysWhyItCannot(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "beta"})
	w.mustSync()
	other := w.copyOf()
	if err := rewrite(filepath.Join(other, "store/sha256", sum("alpha")[:2], sum("alpha")), "alphx"); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(other, "toy")); err != nil {
		t.Fatal(err)
	}
	overwrite(t, w.object("alpha"), "alphb")
	w.set("a", "!nothing like it")
	v := w.repair(mirror.RepairOptions{Sources: []salvage.Source{openRoot(t, other)}})
	if len(v.Damage) != 1 || v.Damage[0].Path != "a" || len(v.Repaired) != 0 {
		t.Fatalf("%+v", v)
	}
	for _, want := range []string{"it cannot be had", other, "upstream"} {
		if !strings.Contains(v.Damage[0].Error, want) {
			t.Errorf("%q lacks %q", v.Damage[0].Error, want)
		}
	}
	// What could not be replaced is where it was.
	if data, err := os.ReadFile(w.object("alpha")); err != nil || string(data) != "alphb" {
		t.Errorf("%q, %v", data, err)
	}
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 1 {
		t.Errorf("%+v", v.Damage)
	}
}

func TestRepairOfOlderSnapshots(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "old": "omega"})
	first := w.mustSync()
	w.set("old", "")
	w.set("b", "beta")
	w.mustSync()
	other := w.copyOf()
	for _, tree := range []string{"a", "b"} { // the spare tree has it
		_ = os.Remove(filepath.Join(w.dir, "state/trees/toy", tree, "old"))
	}
	overwrite(t, w.object("omega"), "omeg!")
	v := w.verify(mirror.VerifyOptions{})
	if len(v.Damage) != 1 || v.Damage[0].Path != "old" || v.Damage[0].Snapshot != first.Snapshot {
		t.Fatalf("%+v", v.Damage)
	}
	v = w.repair(mirror.RepairOptions{Offline: true, Sources: []salvage.Source{openRoot(t, other)}})
	if len(v.Damage) != 0 || len(v.Repaired) == 0 {
		t.Errorf("%+v", v)
	}
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 0 {
		t.Errorf("afterwards %+v", v.Damage)
	}
}

func TestRepairWritesListsAgain(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "beta"})
	first := w.mustSync()
	w.set("b", "new")
	second := w.mustSync()
	other := w.copyOf()
	for _, id := range []string{first.Snapshot, second.Snapshot} {
		file := filepath.Join(w.dir, "snapshots/toy", id)
		if err := rewrite(file, "nothing"); err != nil {
			t.Fatal(err)
		}
	}
	overwrite(t, w.object("beta"), "BETA") // which only the list tells of
	v := w.repair(mirror.RepairOptions{Offline: true})
	if len(v.Damage) < 2 {
		t.Fatalf("%+v", v)
	}
	v = w.repair(mirror.RepairOptions{Offline: true, Sources: []salvage.Source{openRoot(t, other)}})
	if len(v.Damage) != 0 || len(v.Repaired) != 3 {
		t.Fatalf("damage %+v, repaired %+v", v.Damage, v.Repaired)
	}
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 0 || v.Snapshots != 2 {
		t.Errorf("afterwards %+v", v)
	}
}

func TestRepairWritesListsAgainFromABundle(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "beta"})
	r := w.mustSync()
	b := w.bundle()
	if err := os.Remove(filepath.Join(w.dir, "snapshots/toy", r.Snapshot)); err != nil {
		t.Fatal(err)
	}
	if err := rewrite(w.object("alpha"), "ALPHA"); err != nil {
		t.Fatal(err)
	}
	v := w.repair(mirror.RepairOptions{Offline: true, Sources: []salvage.Source{b}})
	if len(v.Damage) != 0 || len(v.Repaired) < 2 {
		t.Errorf("damage %+v, repaired %+v", v.Damage, v.Repaired)
	}
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 0 || v.Snapshot != r.Snapshot {
		t.Errorf("afterwards %+v", v)
	}
}

func TestRepairMakesTheLinkLeadToWhatIsShown(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	current := filepath.Join(w.dir, "snapshots/toy/current")
	for name, harm := range map[string]func() error{
		"missing":   func() error { return os.Remove(current) },
		"elsewhere": func() error { return errors.Join(os.Remove(current), os.Symlink("/etc/passwd", current)) },
		"a file":    func() error { return errors.Join(os.Remove(current), os.WriteFile(current, nil, 0o644)) },
	} {
		if err := harm(); err != nil {
			t.Fatal(err)
		}
		if v := w.verify(mirror.VerifyOptions{Quick: true}); len(v.Damage) != 1 || v.Damage[0].Path != "snapshots/toy/current" {
			t.Errorf("%s: %+v", name, v.Damage)
		}
		if v := w.repair(mirror.RepairOptions{Offline: true}); len(v.Damage) != 0 || len(v.Repaired) != 1 {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// recovering is a toy that knows where files are which its index does not name any more.
type recovering struct{ *toy }

func (d recovering) Recover(_ context.Context, _ layout.View, entries []layout.Entry) []fetch.Request {
	requests := make([]fetch.Request, len(entries))
	for i, e := range entries {
		requests[i] = download(d.url + "/" + e.Path).Request
	}
	return requests
}

// Upstream still has what the index has forgotten: the options that the older snapshot records lead there.
func TestRepairOfOlderSnapshotsFromUpstream(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "old": "omega"})
	w.mustSync()
	w.set("old", "")
	w.set("b", "beta")
	w.mustSync()
	for _, tree := range []string{"a", "b"} {
		_ = os.Remove(filepath.Join(w.dir, "state/trees/toy", tree, "old"))
	}
	overwrite(t, w.object("omega"), "omeg!")
	if v := w.repair(mirror.RepairOptions{}); len(v.Damage) != 1 {
		t.Fatalf("upstream does not have it: %+v", v)
	}
	w.hidden = map[string]string{"old": "omega"}
	type options struct {
		Upstream string `toml:"upstream"`
	}
	job := w.job(ecosystems.Selection{})
	job.Ecosystem.Options = func() any { return &options{} }
	job.Ecosystem.New = func(o any) (ecosystems.Driver, error) {
		if o.(*options).Upstream != "https://example.test/x" {
			t.Errorf("options %+v", o)
		}
		return recovering{w.driver}, nil
	}
	v, err := w.mirror().Repair(t.Context(), job, mirror.RepairOptions{})
	if err != nil || len(v.Damage) != 0 || len(v.Repaired) != 1 || !strings.HasSuffix(v.Repaired[0].From, "/old") {
		t.Errorf("%+v, %v", v, err)
	}
}

// Of what upstream has that the mirror never had, a repair fetches nothing.
func TestRepairFetchesNothingElse(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "beta"})
	first := w.mustSync()
	w.set("new", "something new")
	overwrite(t, w.object("alpha"), "ALPHA")
	w.requests()
	v := w.repair(mirror.RepairOptions{})
	if len(v.Damage) != 0 || v.Snapshot != first.Snapshot {
		t.Errorf("%+v", v)
	}
	if diff := cmp.Diff(map[string]int{"index": 1, "a": 1}, w.requests()); diff != "" {
		t.Error(diff)
	}
}

func TestRepairTakesNoOtherList(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	first := w.mustSync()
	other := newWorld(t, map[string]string{"a": "evil"})
	evil := other.mustSync()
	data, err := os.ReadFile(filepath.Join(other.dir, "snapshots/toy", evil.Snapshot))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{filepath.Join(w.dir, "snapshots/toy", first.Snapshot), filepath.Join(other.dir, "snapshots/toy", first.Snapshot)} {
		_ = os.Remove(file)
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	v := w.repair(mirror.RepairOptions{Offline: true, Sources: []salvage.Source{openRoot(t, other.dir)}})
	if len(v.Damage) == 0 || len(v.Repaired) != 0 {
		t.Errorf("%+v", v)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "snapshots/toy", evil.Snapshot)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the other snapshot is kept: %v", err)
	}
}

func TestRepairMendsTheTree(t *testing.T) {
	files := map[string]string{"a": "alpha", "dir/b": "beta", "dir/c": "gamma", "deep/er/d": "delta"}
	w := newWorld(t, maps.Clone(files))
	w.mustSync()
	tree := filepath.Join(w.dir, "toy")
	steps := []error{
		os.Remove(filepath.Join(tree, "a")), os.WriteFile(filepath.Join(tree, "a"), []byte("alphA"), 0o644),
		os.RemoveAll(filepath.Join(tree, "dir")), os.Symlink("/etc", filepath.Join(tree, "dir")),
		os.RemoveAll(filepath.Join(tree, "deep")), os.WriteFile(filepath.Join(tree, "deep"), nil, 0o644),
		os.WriteFile(filepath.Join(tree, "foreign"), nil, 0o644), syscall.Mkfifo(filepath.Join(tree, "pipe"), 0o600),
	}
	if err := errors.Join(steps...); err != nil {
		t.Fatal(err)
	}
	v := w.repair(mirror.RepairOptions{Offline: true})
	if len(v.Damage) != 0 || len(v.Repaired) < 6 {
		t.Errorf("damage %+v, repaired %+v", v.Damage, v.Repaired)
	}
	if diff := cmp.Diff(files, w.tree()); diff != "" {
		t.Error(diff)
	}
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 0 {
		t.Errorf("afterwards %+v", v.Damage)
	}
}

// One file that nobody has any more keeps nothing else from being mended.
func TestRepairMendsWhatItCan(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "beta", "c": "gamma"})
	w.mustSync()
	for _, body := range []string{"alpha", "beta"} {
		overwrite(t, w.object(body), strings.ToUpper(body))
	}
	if err := os.Remove(filepath.Join(w.dir, "toy/c")); err != nil {
		t.Fatal(err)
	}
	w.set("a", "!lost for ever")
	v := w.repair(mirror.RepairOptions{})
	if len(v.Damage) != 1 || v.Damage[0].Path != "a" {
		t.Errorf("%+v", v.Damage)
	}
	if diff := cmp.Diff(map[string]string{"a": "ALPHA", "b": "beta", "c": "gamma"}, w.tree()); diff != "" {
		t.Error(diff)
	}
}

func TestRepairOfTheRootMovesStrangersAway(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	for _, name := range []string{"store/sha256/00/stranger", "store/sha256/readme", "snapshots/.hidden", "state/trees/gone/a/file"} {
		file := filepath.Join(w.dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte("?"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("state/trees/gone/a", filepath.Join(w.dir, "gone")); err != nil {
		t.Fatal(err)
	}
	v, err := w.mirror().VerifyRoot(t.Context(), mirror.VerifyOptions{})
	if err != nil || len(v.Damage) != 5 {
		t.Fatalf("%+v, %v", v.Damage, err)
	}
	v, err = w.mirror().RepairRoot(t.Context(), mirror.VerifyOptions{})
	if err != nil || len(v.Damage) != 0 || len(v.Repaired) != 5 {
		t.Fatalf("%+v, %v", v, err)
	}
	for _, r := range v.Repaired {
		if _, err := os.Lstat(filepath.Join(w.dir, r.Aside)); err != nil {
			t.Error(err)
		}
	}
	if v, err := w.mirror().VerifyRoot(t.Context(), mirror.VerifyOptions{}); err != nil || len(v.Damage) != 0 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestQuarantineIsBounded(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	now := time.Now()
	w.cfg.Now = func() time.Time { return now }
	quarantine := func() []string {
		found, err := filepath.Glob(filepath.Join(w.dir, "state/quarantine/*"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	overwrite(t, w.object("alpha"), "alphb")
	w.repair(mirror.RepairOptions{})
	kept := quarantine()
	if len(kept) != 1 || !strings.HasSuffix(kept[0], sum("alpha")) {
		t.Fatalf("quarantine %v", kept)
	}
	huge := filepath.Join(w.dir, "state/quarantine/20010101T000000Z-huge")
	mine := filepath.Join(w.dir, "state/quarantine/notes")
	if err := errors.Join(os.WriteFile(huge, nil, 0o644), os.Truncate(huge, 5<<30), os.WriteFile(mine, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	w.repair(mirror.RepairOptions{})
	if got := quarantine(); len(got) != 2 {
		t.Errorf("quarantine %v", got)
	}
	now = now.Add(31 * 24 * time.Hour)
	w.repair(mirror.RepairOptions{})
	if got := quarantine(); len(got) != 1 || got[0] != mine {
		t.Errorf("after a month: %v", got)
	}
}
