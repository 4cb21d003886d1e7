package faults

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// chore is work on a mirror that asks no upstream: gc, rollback, forget.
type chore struct {
	*situation
	args []string
	left []string // what an undisturbed run leaves: objects and snapshots
}

// chores makes a mirror with three snapshots, of which the second tree shows the second.
func chores(t *testing.T) []*chore {
	t.Helper()
	up := smallUpstream(t)
	s := newSite(t, up)
	s.must(0, "sync", "hex")
	first := s.tree()
	up.Replace("package_001", "1.3.0")
	s.must(0, "sync", "hex")
	up.RemovePackage("package_003")
	up.publish("package_004")
	s.must(0, "sync", "hex")
	ids := snapshotsOf(t, s.root)
	if len(ids) != 3 {
		t.Fatalf("%d snapshots", len(ids))
	}
	current, second := linkOf(t, s.root+"/snapshots/hex/current"), markerOfSpare(t, s.root)
	oldest := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == current || id == second })[0]
	all := []*chore{
		{args: []string{"gc", "--keep-last", "1", "--grace", "0s"}},
		{args: []string{"gc", "--keep-last", "1"}},
		{args: []string{"snapshot", "forget", "hex", second}},
		{args: []string{"snapshot", "rollback", "hex", oldest}},
	}
	for _, c := range all {
		c.situation = &situation{name: strings.Join(c.args[:2], " "), calls: map[string]int{}, up: up, base: s.root, before: s.tree(), after: s.tree()}
		if c.args[1] == "rollback" {
			c.after = first
		}
	}
	return all
}

func snapshotsOf(t *testing.T, root string) (ids []string) {
	t.Helper()
	entries, err := os.ReadDir(root + "/snapshots/hex")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if len(e.Name()) == 32 {
			ids = append(ids, e.Name())
		}
	}
	return ids
}

func linkOf(t *testing.T, name string) string {
	t.Helper()
	target, err := os.Readlink(name)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func markerOfSpare(t *testing.T, root string) string {
	t.Helper()
	spare := map[string]string{"a": "b", "b": "a"}[filepath.Base(linkOf(t, root+"/hex"))]
	text, err := os.ReadFile(root + "/state/trees/hex/" + spare + ".snapshot")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// remains lists the objects, snapshots and files of the trees.
func remains(t testing.TB, root string) (names []string) {
	t.Helper()
	for _, folder := range []string{"store/sha256", "snapshots", "state/trees"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				names = append(names, strings.TrimPrefix(p, root))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// points is situation.points for the chore.
func (c *chore) points(t *testing.T, class class, few int) []int {
	t.Helper()
	if c.calls[string(class)] == 0 {
		s := c.site(t)
		o, seen := s.traced(injection{Class: class}, c.args...)
		if o.code != 0 || seen.Calls == 0 || !s.tree().equal(c.after) {
			t.Fatalf("undisturbed: exit code %d, %d calls\n%s", o.code, seen.Calls, o.stderr)
		}
		c.left = remains(t, s.root)
		c.calls[string(class)] = seen.Calls
	}
	all := make([]int, c.calls[string(class)])
	for i := range all {
		all[i] = i + 1
	}
	if thorough() {
		return all
	}
	newRandom(t).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(few, len(all))]
}

// whole checks that nothing that is kept is lost, and that the next run comes to the end.
func (c *chore) whole(s *site, when string) {
	s.t.Helper()
	if tree := s.tree(); !tree.equal(c.before) && !tree.equal(c.after) {
		s.t.Errorf("%s: the tree is neither the old one nor the new one", when)
	}
	if o := s.run("verify", "hex"); o.code != 0 {
		s.t.Errorf("%s: verify ended with %d\n%s%s", when, o.code, o.stdout, o.stderr)
	}
	again := c.args
	if o := s.run(again...); o.code != 0 && !(again[1] == "forget" && o.code == 2) { // it may be forgotten already
		s.t.Errorf("%s: the next run ended with %d\n%s", when, o.code, o.stderr)
	}
	if tree := s.tree(); !tree.equal(c.after) {
		s.t.Errorf("%s: after the next run the tree differs in %s", when, tree.difference(c.after))
	}
	if o := s.run("verify", "hex"); o.code != 0 {
		s.t.Errorf("%s: after the next run verify ended with %d\n%s%s", when, o.code, o.stdout, o.stderr)
	}
	if again[0] == "gc" {
		if diff := cmp.Diff(withoutTrees(c.left), withoutTrees(remains(s.t, s.root))); diff != "" {
			s.t.Errorf("%s: after the next run something else is left: %s", when, diff)
		}
	}
}

// withoutTrees leaves the trees out: a second tree may be empty until the next publication.
func withoutTrees(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return strings.HasPrefix(name, "/state/trees/") })
}

// The system calls by which gc, forget and rollback change the mirror, one by one: killed before each, and each
// failing. Whatever happens, every snapshot that is still kept is whole, and the next run comes to
// what an undisturbed one comes to.
func TestChoresAtEachSystemCall(t *testing.T) {
	for i, c := range chores(t) {
		t.Run("killed/"+c.name, func(t *testing.T) {
			each(t, c.points(t, changes, 4), func(t *testing.T, at int) {
				s := c.site(t)
				_, what := s.traced(injection{Class: changes, At: at}, c.args...)
				c.whole(s, "killed before "+what.Hit)
			})
		})
		for j, f := range systemFaults {
			if !thorough() && j%4 != i {
				continue
			}
			t.Run(f.what+"/"+c.name, func(t *testing.T) {
				each(t, c.points(t, f.class, 1), func(t *testing.T, at int) {
					s := c.site(t)
					o, what := s.traced(injection{Class: f.class, At: at, Errno: int(f.errno), Sticky: f.sticky}, c.args...)
					when := f.what + " at " + what.Hit
					if o.code != 0 && o.code != 1 {
						t.Errorf("%s: exit code %d\n%s", when, o.code, o.stderr)
					}
					if o.code == 1 && !strings.Contains(o.stderr, f.says) {
						t.Errorf("%s: want %q in\n%s", when, f.says, o.stderr)
					}
					c.whole(s, when)
				})
			})
		}
	}
}
