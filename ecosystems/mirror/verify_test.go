package mirror_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/mirror"
)

func (w *world) verify(opts mirror.VerifyOptions) *mirror.Verification {
	w.t.Helper()
	v, err := w.mirror().Verify(w.t.Context(), "toy", w.driver, opts)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// object returns the store's file behind a path of the tree.
func (w *world) object(body string) string {
	return filepath.Join(w.dir, "store/sha256", sum(body)[:2], sum(body))
}

// overwrite changes a file in place, as a bad disk or a careless hand would.
func overwrite(t *testing.T, file, body string) {
	t.Helper()
	if err := errors.Join(os.Chmod(file, 0o644), os.WriteFile(file, []byte(body), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyFindsNothingWrongWithAFreshMirror(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "copy": "alpha", "dir/b": "beta"})
	w.mustSync()
	v := w.verify(mirror.VerifyOptions{})
	if len(v.Damage) != 0 || v.Files != 4 {
		t.Errorf("verification %+v", v)
	}
	index := len(w.index())
	if want := int64(len("alpha") + len("beta") + index); v.Bytes != want {
		t.Errorf("read %d bytes, want each object once: %d", v.Bytes, want)
	}
}

func TestVerifyNamesEveryPathOfADamagedObject(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "copy": "alpha", "b": "beta"})
	w.mustSync()
	overwrite(t, w.object("alpha"), "alphA")
	v := w.verify(mirror.VerifyOptions{})
	if len(v.Damage) != 2 || v.Damage[0].Path != "a" || v.Damage[1].Path != "copy" {
		t.Errorf("damage %+v", v.Damage)
	}
	if quick := w.verify(mirror.VerifyOptions{Quick: true}); len(quick.Damage) != 0 {
		t.Errorf("quick read bytes: %+v", quick.Damage)
	}
	overwrite(t, w.object("alpha"), "short")
	overwrite(t, w.object("beta"), "longer than it was")
	if quick := w.verify(mirror.VerifyOptions{Quick: true}); len(quick.Damage) == 0 || quick.Damage[0].Path != "b" {
		t.Errorf("damage %+v", quick.Damage)
	}
}

func TestVerifyTellsOfDamageOnce(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	w.driver.needs = "a"
	overwrite(t, w.object("alpha"), "alphA")
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 1 || !strings.Contains(v.Damage[0].Error, "damaged") {
		t.Errorf("damage %+v", v.Damage)
	}
	w.driver.needs = "b"
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 2 || v.Damage[1].Error != "missing" {
		t.Errorf("damage %+v", v.Damage)
	}
}

func TestVerifyFindsMissingObjects(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	if err := os.Remove(w.object("alpha")); err != nil {
		t.Fatal(err)
	}
	v := w.verify(mirror.VerifyOptions{Quick: true})
	if len(v.Damage) != 1 || v.Damage[0].Path != "a" {
		t.Errorf("damage %+v", v.Damage)
	}
}

func TestVerifyChecksTheTreeItself(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "beta", "c": "gamma", "d": "delta"})
	w.mustSync()
	tree := filepath.Join(w.dir, "toy")
	replace := func(name, body string) {
		file := filepath.Join(tree, name)
		if err := errors.Join(os.Remove(file), os.WriteFile(file, []byte(body), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	replace("a", "alphA")
	replace("b", "beta") // another inode, the same bytes
	if err := errors.Join(os.Remove(filepath.Join(tree, "c")), os.Remove(filepath.Join(tree, "d")),
		os.Symlink("/etc/passwd", filepath.Join(tree, "d")), os.WriteFile(filepath.Join(tree, "extra"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range w.verify(mirror.VerifyOptions{}).Damage {
		got = append(got, d.Path)
	}
	if want := "a c d extra"; strings.Join(got, " ") != want {
		t.Errorf("damaged %v, want %s", got, want)
	}
}

func TestVerifyAsksTheDriverForItsProof(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "beta"})
	w.mustSync()
	w.driver.proof = func(path string) error {
		if path == "b" {
			return errors.New("bad signature")
		}
		return nil
	}
	v := w.verify(mirror.VerifyOptions{})
	if len(v.Damage) != 1 || v.Damage[0] != (mirror.Damage{Path: "b", Kind: mirror.Refuted, Error: "bad signature"}) {
		t.Errorf("damage %+v", v.Damage)
	}
}

func TestVerifyAsksForNoProofOfWhatIsDamaged(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "beta"})
	w.mustSync()
	overwrite(t, w.object("alpha"), "alphA")
	w.driver.proof = func(path string) error {
		if path == "a" {
			return errors.New("was shown to the driver")
		}
		return nil
	}
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 1 {
		t.Errorf("damage %+v", v.Damage)
	}
}

func TestVerifyWithoutASnapshotSaysWhatToDo(t *testing.T) {
	w := newWorld(t, nil)
	_, err := w.mirror().Verify(t.Context(), "toy", w.driver, mirror.VerifyOptions{})
	if err == nil || !strings.Contains(err.Error(), "offmirror sync toy") {
		t.Errorf("error %v", err)
	}
}

func TestPipeInAForeignRootDoesNotHoldUpVerification(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "1", "b": "2"})
	report := w.mustSync()
	object := filepath.Join(w.dir, "store", "sha256", sum("1")[:2], sum("1"))
	for _, name := range []string{object, filepath.Join(w.dir, "snapshots", "toy", report.Snapshot)} {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := w.mirror().Verify(t.Context(), "toy", w.driver, mirror.VerifyOptions{})
		if err != nil || len(v.Damage) == 0 {
			t.Errorf("%s is a pipe: %+v, %v", name, v, err)
		}
	}
}
