package ecosystemtest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
)

// Repair repairs what is published, from upstream and the given sources.
func (r *Root) Repair(d ecosystems.Driver, opts mirror.RepairOptions) *mirror.Verification {
	r.t.Helper()
	m := r.open()
	defer r.close(m)
	eco := r.Ecosystem
	eco.New = nil
	v, err := m.Repair(r.t.Context(), mirror.Job{Ecosystem: eco, Driver: d, Options: eco.Options()}, opts)
	if err != nil {
		r.t.Fatalf("repair: %v", err)
	}
	return v
}

// Ruin damages each object of the mirror, in turn by a bit, by its length, and altogether, in the store and
// in the trees. It returns how many there were.
func (r *Root) Ruin() (n int) {
	r.t.Helper()
	err := filepath.WalkDir(filepath.Join(r.Dir, "store", "sha256"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		// The trees lose the file with it: it would help.
		switch {
		case n%3 == 0 || len(data) == 0:
			return errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, append(data, '!'), 0o600), os.Remove(path))
		case n%3 == 1:
			data[len(data)/2] ^= 1
		default:
			data = data[:len(data)-1]
		}
		return errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, data, 0o600))
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// checkRepair loses every object of a mirror. As long as upstream is as it was, it can be had again.
func checkRepair(t *testing.T, s Suite) {
	_, root, driver := s.synced(t)
	before := root.Files()
	if n := root.Ruin(); n == 0 {
		t.Fatal("there are no objects")
	}
	v := root.Repair(driver, mirror.RepairOptions{})
	for _, d := range v.Damage {
		t.Errorf("not repaired: %s: %s", d.Path, d.Error)
	}
	for _, d := range root.Verify(driver) {
		t.Errorf("after the repair %s: %s", d.Path, d.Error)
	}
	if diff := cmp.Diff(before, root.Files()); diff != "" {
		t.Error(diff)
	}
	if run := root.Sync(driver, ecosystems.Selection{}); run.Err != nil || !run.Unchanged {
		t.Errorf("the next sync: unchanged %v, error %v", run.Unchanged, run.Err)
	}
}
