package faults

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
)

func init() { roles[tracerVariable] = traceMain }

// traced runs the program under a tracer.
func (s *site) traced(in injection, args ...string) (outcome, injected) {
	s.t.Helper()
	like := s.command()
	in.Program, in.Args, in.Env, in.Dir, in.UID = offmirror, args, like.Env, like.Dir, -1
	if privileged() {
		in.UID = nobody
	}
	root, err := filepath.EvalSymlinks(s.root)
	if err != nil {
		s.t.Fatal(err)
	}
	in.Root = root
	text, err := json.Marshal(in)
	if err != nil {
		s.t.Fatal(err)
	}
	report, reportTo, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	defer report.Close()
	self, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(s.t.Context(), self)
	cmd.Env = append(os.Environ(), tracerVariable+"="+string(text))
	cmd.ExtraFiles = []*os.File{reportTo}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Start()
	reportTo.Close()
	if err != nil {
		s.t.Fatal(err)
	}
	var what injected
	decodeErr := json.NewDecoder(report).Decode(&what)
	if err := cmd.Wait(); err != nil || decodeErr != nil {
		s.t.Fatalf("tracer: %v, %v (a program must be allowed to ptrace its own child here)\n%s", err, decodeErr, stderr.String())
	}
	o := outcome{what.Code, stdout.String(), stderr.String()}
	o.sane(s.t)
	return o, what
}

func situations(t *testing.T) []*situation {
	t.Helper()
	first := &situation{name: "first sync", run: syncHex, calls: map[string]int{}, up: smallUpstream(t), base: t.TempDir()}
	first.after = first.up.state()
	later := &situation{name: "later sync", run: syncHex, calls: map[string]int{}, up: smallUpstream(t)}
	s := newSite(t, later.up)
	s.must(0, "sync", "hex")
	later.up.publish("package_000", hexpmtest.Size(300<<10))
	s.must(0, "sync", "hex") // both trees are in use now
	later.base, later.before = s.root, s.tree()
	later.up.Replace("package_001", "1.3.0")
	later.up.RemoveRelease("package_002", "1.1.0")
	later.up.RemovePackage("package_003")
	later.up.publish("package_004")
	later.up.publish("brand_new")
	later.after = later.up.state()
	return []*situation{first, later, receiving(t)}
}

// receiving is a mirror that has had one bundle and is given the next, in several volumes.
func receiving(t *testing.T) *situation {
	t.Helper()
	up := smallUpstream(t)
	n := &situation{name: "bundle", calls: map[string]int{}, up: up, before: up.state()}
	near, far, media := newSite(t, up), newSite(t, up), mediaFolder(t)
	near.must(0, "sync", "hex")
	near.must(0, "bundle", "create", "-o", filepath.Join(media, "first"))
	far.must(0, "bundle", "apply", filepath.Join(media, "first"))
	up.publish("package_000", hexpmtest.Size(200<<10))
	up.Replace("package_001", "1.3.0")
	up.RemovePackage("package_003")
	near.must(0, "sync", "hex")
	n.run = []string{"bundle", "apply", filepath.Join(media, "second")}
	near.must(0, "bundle", "create", "-o", n.run[2], "--volume-size", "64KiB")
	n.base, n.after = far.root, up.state()
	return n
}

// mediaFolder is a folder in which those write as whom the program runs.
func mediaFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if privileged() {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// points chooses which of the calls of a run are hit: few of them, or all.
func (n *situation) points(t *testing.T, class class, few int) []int {
	t.Helper()
	if n.calls[string(class)] == 0 {
		s := n.site(t)
		o, seen := s.traced(injection{Class: class}, n.run...)
		if o.code != 0 || seen.Calls == 0 || !s.tree().equal(n.after) {
			t.Fatalf("undisturbed: exit code %d, %d calls\n%s", o.code, seen.Calls, o.stderr)
		}
		n.calls[string(class)] = seen.Calls
	}
	all := make([]int, n.calls[string(class)]*11/10) // another run may make some more
	for i := range all {
		all[i] = i + 1
	}
	if thorough() {
		return all
	}
	newRandom(t).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:few]
}

// each runs test for each point, side by side.
func each(t *testing.T, points []int, test func(t *testing.T, at int)) {
	for _, at := range points {
		t.Run(strconv.Itoa(at), func(t *testing.T) {
			t.Parallel()
			test(t, at)
		})
	}
}

// fault is an error of the operating system.
type fault struct {
	what   string
	class  class
	errno  syscall.Errno
	sticky bool // it does not pass
	says   string
}

var systemFaults = []fault{
	{"full disk", space, syscall.ENOSPC, true, "no space left"},
	{"over quota", space, syscall.EDQUOT, true, "no space left"},
	{"full at a flush", flushes, syscall.ENOSPC, false, "no space left"},
	{"failed flush", flushes, syscall.EIO, false, "input/output error"},
	{"failing medium", changes, syscall.EIO, false, "input/output error"},
	{"read-only", changes, syscall.EROFS, true, "read-only file system"},
	{"forbidden", changes, syscall.EACCES, true, "permission denied"},
	{"too many open files", changes, syscall.EMFILE, false, "too many open files"},
}

// The system calls by which a sync changes the mirror are taken one by one. The
// program is killed right before each; and each fails, alone or with all that
// follow. Where it fails the program either does without, or ends with 1 and says why.
// Readers see the old tree or the new one, and the next run comes to the new one.
func TestAtEachSystemCall(t *testing.T) {
	all := situations(t)
	for _, n := range all {
		t.Run("killed/"+n.name, func(t *testing.T) {
			each(t, n.points(t, changes, 5), func(t *testing.T, at int) {
				s := n.site(t)
				_, what := s.traced(injection{Class: changes, At: at}, n.run...)
				n.whole(s, "killed before "+what.Hit)
			})
		})
	}
	for i, f := range systemFaults {
		for j, n := range all {
			if !thorough() && i%len(all) != j {
				continue
			}
			t.Run(f.what+"/"+n.name, func(t *testing.T) {
				each(t, n.points(t, f.class, 1), func(t *testing.T, at int) {
					s := n.site(t)
					o, what := s.traced(injection{Class: f.class, At: at, Errno: int(f.errno), Sticky: f.sticky}, n.run...)
					when := f.what + " at " + what.Hit
					f.check(s, n, o, when)
					n.whole(s, when)
				})
			})
		}
	}
}

func (f fault) check(s *site, n *situation, o outcome, when string) {
	s.t.Helper()
	switch o.code {
	case 0:
		if !s.tree().equal(n.after) {
			s.t.Errorf("%s: the run ended well, but the tree is not the new one", when)
		}
	case 1:
		lines := slices.DeleteFunc(strings.Split(o.stderr, "\n"), func(l string) bool { return !strings.HasPrefix(l, "offmirror: ") })
		if len(lines) != 1 || !strings.Contains(lines[0], f.says) {
			s.t.Errorf("%s: want one line that says %q:\n%s", when, f.says, o.stderr)
		}
		if !strings.Contains(lines[0], s.root) {
			s.t.Errorf("%s: the complaint does not name the root: %s", when, lines[0])
		}
	default:
		s.t.Errorf("%s: exit code %d\n%s", when, o.code, o.stderr)
	}
}
