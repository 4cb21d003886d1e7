package apply_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/offmirror/offmirror/layout/bundle/apply"
	"github.com/offmirror/offmirror/layout/bundle/bundletest"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

// signed makes a bundle of a version, signed with a key.
func signed(t *testing.T, version int, key trust.Secret, rotations ...string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	k := bundletest.Maker{Snapshots: []bundletest.Snapshot{{Ecosystem: "toy", Files: site(version), Published: day(version)}}}
	b := k.Make(t)
	b.Manifest.Rotations = rotations
	var err error
	b.File, err = b.Manifest.Encode()
	must(t, err)
	b.Write(t, folder)
	signature, err := trust.Sign(key, b.File, "test")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(folder, b.Manifest.Name+".manifest.minisig"), signature, 0o600))
	return folder
}

func newKey(t *testing.T) trust.Secret {
	t.Helper()
	key, err := trust.Generate()
	must(t, err)
	return key
}

// A refused bundle leaves no trace; whom a bundle that was applied has shown is remembered.
func TestTrustComesFirst(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	old, stranger := newKey(t), newKey(t)
	refuse := func(o apply.Options, folder string, reason error) {
		t.Helper()
		if _, err := f.apply(o, folder); !errors.Is(err, reason) {
			t.Errorf("%v instead of %v", err, reason)
		}
	}
	plain, _ := make2(t, bundletest.Maker{Snapshots: snapshots(site(1))})
	refuse(apply.Options{}, plain, trust.ErrUnsigned)
	refuse(apply.Options{Trust: trust.Options{RequireTrusted: true}}, signed(t, 1, old), trust.ErrUntrusted)
	refuse(apply.Options{Trust: trust.Options{Trust: []trust.Public{stranger.Public()}}}, signed(t, 1, old), trust.ErrUntrusted)
	for o, err := range f.objects.All() {
		t.Errorf("a refused bundle left %v, %v", o, err)
	}
	f.showsNothing()
	dry, err := f.apply(apply.Options{DryRun: true}, signed(t, 1, stranger))
	must(t, err)
	if !dry.Decision.First {
		t.Error("the signer is not the first")
	}

	r, err := f.apply(apply.Options{}, signed(t, 1, old))
	must(t, err)
	if !r.Decision.First || r.Decision.Signer != old.Public() {
		t.Errorf("decision %+v", r.Decision)
	}
	refuse(apply.Options{}, signed(t, 2, stranger), trust.ErrUntrusted)
	refuse(unsigned, plain, trust.ErrDowngrade)
	wrong := signed(t, 2, old)
	manifests, err := filepath.Glob(filepath.Join(wrong, "*.minisig"))
	must(t, err)
	signature, err := trust.Sign(old, []byte("another message"), "test")
	must(t, err)
	must(t, os.WriteFile(manifests[0], signature, 0o600))
	refuse(apply.Options{}, wrong, trust.ErrSignature)
	f.shows("toy", site(1))

	fresh, rotations, err := trust.Succeed(old, nil)
	must(t, err)
	r, err = f.apply(apply.Options{}, signed(t, 2, fresh, rotations...))
	must(t, err)
	if len(r.Decision.Replaces) != 1 {
		t.Errorf("decision %+v", r.Decision)
	}
	refuse(apply.Options{}, signed(t, 3, old), trust.ErrRetired)
	f.shows("toy", site(2))
}
