package hexpm

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/lockfile"
)

// locks is what the lock files of the configuration say.
type locks struct {
	files []lockFile
}

// lockFile is one of them.
type lockFile struct {
	path string
	data []byte
	lock lockfile.Lock
}

// maxLock is far beyond the lock of any project, in bytes.
const maxLock = 16 << 20

func readLocks(paths []string) (*locks, error) {
	l := &locks{}
	for _, path := range paths {
		data, err := ecosystems.ReadFile(path, maxLock)
		if err != nil {
			return nil, fmt.Errorf("hex.locks: %w", err)
		}
		lock, err := lockfile.Parse(path, data)
		if err != nil {
			return nil, fmt.Errorf("hex.locks: %w", err)
		}
		l.files = append(l.files, lockFile{path, data, lock})
	}
	return l, nil
}

// shelfOf finds the repository that a lock entry belongs to. Locks that do not
// record repositories say "hexpm", which then is the main one, whatever its name.
func (p *planner) shelfOf(name string) *shelf {
	for _, s := range p.shelves {
		if s.name == name {
			return s
		}
	}
	if name == lockfile.Hexpm {
		return p.shelves[0]
	}
	return nil
}

// outsideLocks reports what locks name and no Hex repository holds, and returns
// the applications, whose packages are not to be replaced by Hex's.
func (p *planner) outsideLocks() map[string]bool {
	apps := map[string]bool{}
	for _, f := range p.locked.files {
		for _, o := range f.lock.Outside {
			apps[o.App] = true
			p.notice("out-of-scope", f.path, "%s locks %s to %s %s, which no Hex repository holds: mirror it by other means", f.path, o.App, o.Kind, o.Source)
		}
	}
	return apps
}

// compareWithLock reports a release that is not the one that was locked: clients
// refuse it.
func (p *planner) compareWithLock(s *shelf, r *record, pins []pin) {
	for _, pin := range pins {
		release, ok := r.pkg.Release(pin.Version)
		if !ok {
			continue
		}
		for _, sum := range []struct{ kind, locked, listed string }{
			{"outer", pin.Outer, release.OuterChecksum.String()},
			{"inner", pin.Inner, release.InnerChecksum.String()},
		} {
			if sum.locked == "" || sum.locked == sum.listed || sum.kind == "outer" && release.OuterChecksum.IsZero() {
				continue
			}
			text := fmt.Sprintf("%s locks %s %s with the %s checksum %s, but the repository has %s: it was replaced after it was locked",
				pin.file, s.title(r.name), pin.Version, sum.kind, sum.locked, sum.listed)
			p.notice("lock-mismatch", pin.file, "%s", text)
			p.mismatches = append(p.mismatches, text)
			break
		}
	}
}
