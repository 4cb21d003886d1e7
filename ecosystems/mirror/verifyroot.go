package mirror

import (
	"context"
	"fmt"
	"strings"

	"github.com/offmirror/offmirror/layout"
)

// StoreName is what verifications of what belongs to no single ecosystem are called.
const StoreName = "store"

const treesDir = "state/trees"

// VerifyRoot proves what belongs to no single ecosystem. It looks for files in the store that
// are no objects, and for trees and lists without a history, by their names alone. What lies
// elsewhere in the root, such as a configuration, is its owner's. Unless opts are for a quick
// look, git proves the repositories below store/git, from which syncs update and make what is
// published; what is published of them is proven with their ecosystem.
func (m *Mirror) VerifyRoot(ctx context.Context, opts VerifyOptions) (*Verification, error) {
	v := &verifier{m: m, opts: opts, Verification: &Verification{Ecosystem: StoreName, Mode: opts.mode(), Started: m.cfg.Now()}}
	for path, err := range m.store.Foreign(ctx) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		v.damage(Damage{Path: path, Kind: Foreign, Error: err.Error()})
	}
	if err := v.strangers(); err != nil {
		return nil, err
	}
	if !opts.Quick {
		if err := v.repositories(ctx); err != nil {
			return nil, err
		}
	}
	v.sort()
	v.Ended = m.cfg.Now()
	return v.Verification, nil
}

// strangers finds folders of trees and lists that belong to no history, and links in the
// root that lead to such trees.
func (v *verifier) strangers() error {
	names, err := layout.Ecosystems(v.m.root)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, name := range names {
		known[name] = true
	}
	for _, folder := range []string{"snapshots", treesDir} {
		entries, err := readDir(v.m.root, folder)
		if err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
		for _, e := range entries {
			if !known[e.Name()] {
				v.damage(Damage{Path: folder + "/" + e.Name(), Kind: Foreign, Error: "belongs to no ecosystem; remove it"})
			}
		}
	}
	entries, err := readDir(v.m.root, ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		target, err := v.m.root.Readlink(e.Name())
		if err != nil || !strings.HasPrefix(target, treesDir+"/") || known[unswapped(e.Name())] {
			continue
		}
		if rest := strings.TrimPrefix(target, treesDir+"/"); !known[e.Name()] || !strings.HasPrefix(rest, e.Name()+"/") {
			v.damage(Damage{Path: e.Name(), Kind: Foreign, Error: fmt.Sprintf("leads to %.200s, which is no tree of an ecosystem of that name; remove it", target)})
		}
	}
	return nil
}

// unswapped returns the ecosystem whose link a publication was about to put into place when it died; the next
// one begins anew.
func unswapped(name string) string {
	ecosystem, ok := strings.CutSuffix(strings.TrimPrefix(name, "."), ".new")
	if !ok || !strings.HasPrefix(name, ".") {
		return ""
	}
	return ecosystem
}
