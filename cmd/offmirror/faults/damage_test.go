package faults

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// damage is something that a medium, a person or another program does to a file.
type damage struct {
	what string
	do   func(path string, random *rand.Rand) error
}

// edit is damage to the bytes of a file; what is no file is removed.
func edit(change func(data []byte, random *rand.Rand) []byte) func(string, *rand.Rand) error {
	return func(path string, random *rand.Rand) error {
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() {
			return errors.Join(err, os.RemoveAll(path))
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.Chmod(path, 0o644); err != nil {
			return err
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0) // the same inode, so all of its names
		if err != nil {
			return err
		}
		_, err = f.Write(change(slices.Clone(data), random))
		return errors.Join(err, f.Close(), os.Chmod(path, info.Mode().Perm()))
	}
}

// replace is damage that puts something else where a file was.
func replace(put func(path string) error) func(string, *rand.Rand) error {
	return func(path string, _ *rand.Rand) error {
		return errors.Join(os.RemoveAll(path), put(path))
	}
}

var damages = []damage{
	{"flipped", edit(func(b []byte, r *rand.Rand) []byte {
		if len(b) > 0 {
			b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		}
		return b
	})},
	{"truncated", edit(func(b []byte, r *rand.Rand) []byte { return b[:r.IntN(len(b)+1)] })},
	{"emptied", edit(func([]byte, *rand.Rand) []byte { return nil })},
	{"grown", edit(func(b []byte, _ *rand.Rand) []byte { return append(b, "garbage"...) })},
	{"garbage", edit(func(b []byte, r *rand.Rand) []byte {
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	})},
	{"zeroed", edit(func(b []byte, _ *rand.Rand) []byte { clear(b); return b })},
	{"removed", replace(func(string) error { return nil })},
	{"a folder", replace(func(path string) error { return os.MkdirAll(filepath.Join(path, "inside"), 0o755) })},
	{"an empty folder", replace(func(path string) error { return os.Mkdir(path, 0o755) })},
	{"a file", replace(func(path string) error { return os.WriteFile(path, []byte("a file"), 0o644) })},
	{"a dangling link", replace(func(path string) error { return os.Symlink("nowhere", path) })},
	{"a link to itself", replace(func(path string) error { return os.Symlink(filepath.Base(path), path) })},
	{"a link outside", replace(func(path string) error { return os.Symlink(outside(), path) })},
	{"unreadable", func(path string, _ *rand.Rand) error {
		if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink != 0 {
			return err
		}
		return os.Chmod(path, 0)
	}},
}

// outside is a folder that no command may touch.
func outside() string { return filepath.Dir(offmirror) }

// things lists everything below the root, sorted: its folders and files.
func (s *site) things() []string {
	s.t.Helper()
	var all []string
	err := filepath.WalkDir(s.root, func(path string, _ fs.DirEntry, err error) error {
		if path != s.root {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// owned gives to the program what the test has put there.
func (s *site) owned(path string) {
	s.t.Helper()
	if !privileged() {
		return
	}
	err := filepath.WalkDir(path, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody)
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.t.Fatal(err)
	}
}

// Something in the mirror root is damaged, whatever it is and in whatever way. No
// command panics, hangs or touches anything outside; what is served is either right
// or an error, unless verify has found it; and when the objects that verify names are
// removed, `sync --deep` mends everything, or says what to move away.
func TestDamageAtRandom(t *testing.T) {
	n := &situation{run: syncHex, up: smallUpstream(t)}
	s := newSite(t, n.up)
	s.must(0, "sync", "hex")
	n.up.publish("package_000")
	s.must(0, "sync", "hex")
	n.base, n.before = s.root, s.tree()
	n.up.publish("package_001")
	n.after = n.up.state()
	random := newRandom(t)
	for round := range rounds(t, 10) {
		s := n.site(t)
		all := s.things()
		path := all[random.IntN(len(all))]
		if random.IntN(3) == 0 { // objects are most of the files, and all alike
			others := slices.DeleteFunc(all, func(p string) bool {
				return strings.Contains(p, "/sha256/") || strings.Contains(p, "/tarballs/")
			})
			path = others[random.IntN(len(others))]
		}
		d := damages[random.IntN(len(damages))]
		relative, _ := filepath.Rel(s.root, path)
		if err := d.do(path, random); err != nil {
			t.Fatal(err)
		}
		s.owned(path)
		t.Run(fmt.Sprintf("%d/%s/%s", round, d.what, relative), func(t *testing.T) {
			s.t = t
			n.endure(s, path, random.IntN(2) == 0)
		})
	}
}

// endure runs all commands on a damaged mirror and mends it. With a sync in
// between, changes are published first by a run that does not look for damage.
func (n *situation) endure(s *site, path string, sync bool) {
	s.t.Helper()
	found := false
	for _, args := range [][]string{
		{"status"}, {"snapshot", "list"}, {"snapshot", "show", "current"}, {"verify", "--quick", "hex"}, {"verify", "hex"}, {"plan", "hex"},
	} {
		o := s.run(args...)
		s.t.Logf("%v: %d %s", args, o.code, strings.TrimSpace(o.stderr))
		switch o.code {
		case 0:
		case 1, 2, 4: // 2: nothing is in the mirror any more, so it has to be named
			o.complaint(s.t)
			found = true
		default:
			s.t.Errorf("%v: exit code %d\n%s", args, o.code, o.stderr)
		}
	}
	n.served(s, found)
	if sync {
		switch o := s.run("sync", "hex"); o.code {
		case 0:
		case 1:
			o.complaint(s.t)
		default:
			s.t.Errorf("sync: exit code %d\n%s", o.code, o.stderr)
		}
	}
	s.removeDamaged()
	relative, _ := filepath.Rel(s.root, path)
	o := s.run("sync", "--deep", "hex")
	s.t.Logf("sync --deep: %d %s", o.code, strings.TrimSpace(o.stderr))
	if o.code == 1 { // it says what is in the way
		line := o.complaint(s.t)
		if !strings.Contains(line, relative) && !strings.Contains(line, filepath.Dir(relative)) {
			s.t.Errorf("the complaint does not name %s: %s", relative, line)
		}
		if err := os.RemoveAll(path); err != nil {
			s.t.Fatal(err)
		}
		o = s.run("sync", "--deep", "hex")
	}
	if o.code != 0 {
		s.t.Errorf("sync --deep: %d\n%s", o.code, o.stderr)
	}
	if tree := s.tree(); !tree.equal(n.after) {
		s.t.Errorf("after sync --deep the tree differs from upstream in %s", tree.difference(n.after))
	}
	o = s.run("verify", "hex")
	if o.code == 4 && s.beyondSync(o.stdout, relative) {
		o.code = 0
	}
	if o.code != 0 {
		s.t.Errorf("after sync --deep verify ended with %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	if seen := served(s.t, s.serve(), n.after); !seen.equal(n.after) {
		s.t.Errorf("after sync --deep what is served differs from upstream in %s", seen.difference(n.after))
	}
}

// beyondSync reports whether verify blames only what no sync mends: strangers that lie in the store at
// path, which are not the mirror's own, and older snapshots, of which upstream has no more.
func (s *site) beyondSync(said, path string) bool {
	current, err := os.Readlink(filepath.Join(s.root, "snapshots/hex/current"))
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(said) {
		older := ofOlder.FindStringSubmatch(line)
		switch {
		case !strings.Contains(line, ": damaged "), strings.HasPrefix(line, "store: damaged "+path):
		case older == nil || older[1]+older[2] == filepath.Base(current):
			return false
		}
	}
	return true
}

var ofOlder = regexp.MustCompile(`^hex: damaged (?:\S+ of snapshot ([0-9a-f]{32}): its object [0-9a-f]{64} |snapshots/hex/([0-9a-f]{32}): )`)

var damagedObject = regexp.MustCompile(`: object ([0-9a-f]{64})( is damaged)?: `)

// removeDamaged removes the objects of which verify says that they are damaged or
// cannot be read.
func (s *site) removeDamaged() {
	s.t.Helper()
	for line := range strings.Lines(s.run("verify", "hex").stdout) {
		if found := damagedObject.FindStringSubmatch(line); found != nil {
			id := found[1]
			if err := os.RemoveAll(filepath.Join(s.root, "store/sha256", id[:2], id)); err != nil && !errors.Is(err, syscall.ENOTDIR) && !errors.Is(err, syscall.ELOOP) {
				s.t.Fatal(err)
			}
		}
	}
}

// served asks a server on the damaged mirror for everything. Wrong bytes may be
// served only where verify has found them: they have the right number, and telling
// would mean to read all of them for each answer.
func (n *situation) served(s *site, found bool) {
	s.t.Helper()
	base, o := s.tryServe()
	if base == "" {
		o.complaint(s.t)
		return
	}
	for path, want := range n.before {
		switch status, etag, body := ask(s.t, base, path); {
		case status == 200 && etag != want:
			s.t.Errorf("%s is served under the ETag %s", path, etag)
		case status == 200 && etag != sum(body) && !found:
			s.t.Errorf("%s is served with wrong bytes that verify has not found", path)
		}
	}
}
