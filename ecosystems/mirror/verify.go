package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror/salvage"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// VerifyOptions say how thorough a verification is. The zero value reads everything.
type VerifyOptions struct {
	Quick  bool          // compare sizes only
	Sample float64       // read so many percent of the objects, the next ones each time; 0: all
	MaxAge time.Duration // what is published and was confirmed longer ago is frozen; 0: nothing is
}

func (o VerifyOptions) mode() string {
	switch {
	case o.Quick:
		return "quick"
	case o.Sample > 0:
		return "sample"
	}
	return "full"
}

// Verification is what a verification found.
type Verification struct {
	Ecosystem string    `json:"ecosystem"`
	Snapshot  string    `json:"snapshot"` // the published one
	Mode      string    `json:"mode"`     // full, sample or quick
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended"`
	Snapshots int       `json:"snapshots"` // whose lists were read
	Files     int       `json:"files"`     // of the published snapshot
	Objects   int       `json:"objects"`   // of all snapshots, each once
	Bytes     int64     `json:"bytes"`     // read and hashed, each object once
	Sample    *Sample   `json:"sample,omitempty"`

	Confirmed *time.Time          `json:"confirmed,omitempty"` // when what is published was last known to be all that there is
	Frozen    string              `json:"frozen,omitempty"`    // why it is too old; empty: it is not, or nobody asked
	Notices   []ecosystems.Notice `json:"notices,omitempty"`   // what a person should know, and is no damage

	Damage   []Damage `json:"damage,omitempty"`   // what is wrong, sorted by path; after a repair, what still is
	Repaired []Repair `json:"repaired,omitempty"` // what was wrong
}

// DamageKind says what is wrong with something.
type DamageKind string

// The kinds of damage.
const (
	Damaged DamageKind = "damaged" // bytes are not what they should be, or cannot be read
	Lost    DamageKind = "missing" // there is nothing
	Foreign DamageKind = "foreign" // there is something that nobody knows of
	BadList DamageKind = "list"    // the file of a snapshot
	BadLink DamageKind = "link"    // a symbolic link of the snapshot leads nowhere
	BadTree DamageKind = "tree"    // the published tree is not what the snapshot says
	Refuted DamageKind = "proof"   // the ecosystem's own proof failed, of bytes that are what the snapshot says
)

// Damage is one thing that is not as it should be.
type Damage struct {
	Path     string     `json:"path"` // native path; of what is in no tree, relative to ROOT
	Kind     DamageKind `json:"kind"`
	Error    string     `json:"error"`
	Object   string     `json:"object,omitempty"`   // its SHA-256
	Snapshot string     `json:"snapshot,omitempty"` // an older snapshot that needs it, if the published one does not
}

// Repair is one thing that was not as it should be, and is.
type Repair struct {
	Path   string `json:"path"` // as in [Damage]
	Object string `json:"object,omitempty"`
	From   string `json:"from,omitempty"`  // where the bytes are from
	Aside  string `json:"aside,omitempty"` // where what belonged to nobody is now
}

// Verify proves what an ecosystem has in the root:
//
//   - the lists of all kept snapshots, by their ids;
//   - every object that one of them names, by its SHA-256: each once, on all processors;
//   - each symbolic link of the published snapshot by what it leads to, and each file of the
//     tree by being its object;
//   - if driver is a [ecosystems.Prover], the published snapshot by the ecosystem's own
//     identities.
//
// It runs beside a sync and changes nothing but what it remembers itself: a report below
// state/reports and, with a sample, where the next one begins. Damage is not an error.
//
// Memory grows by about 41 bytes an object, and after that by what
// [layout.List] takes for an entry.
func (m *Mirror) Verify(ctx context.Context, ecosystem string, driver ecosystems.Driver, opts VerifyOptions) (*Verification, error) {
	v, err := m.newVerifier(ecosystem, driver, opts)
	if err == nil {
		err = v.run(ctx)
	}
	if err != nil {
		return nil, err
	}
	v.Ended = m.cfg.Now()
	m.keepVerification(v.Verification)
	return v.Verification, nil
}

// verifier is one verification of one ecosystem.
type verifier struct {
	m       *Mirror
	history *layout.History
	driver  ecosystems.Driver
	opts    VerifyOptions
	sampler *sampler
	*Verification

	lists  []string                     // ids of the snapshots whose lists are sound, the published one first
	bad    map[store.ID]problem         // objects that are not what their name says
	wanted map[store.ID]*salvage.Wanted // the same, for who would have them back
}

func (m *Mirror) newVerifier(ecosystem string, driver ecosystems.Driver, opts VerifyOptions) (*verifier, error) {
	history, err := m.History(ecosystem)
	if err != nil {
		return nil, err
	}
	return &verifier{
		m: m, history: history, driver: driver, opts: opts,
		Verification: &Verification{Ecosystem: ecosystem, Mode: opts.mode(), Started: m.cfg.Now()},
	}, nil
}

func (v *verifier) run(ctx context.Context) error {
	id, err := v.history.CurrentID()
	if err == nil && id == "" {
		return fmt.Errorf("%s: nothing published in this root: run offmirror sync %s", v.Ecosystem, v.Ecosystem)
	}
	if err != nil {
		v.damage(Damage{Path: pointerPath(v.Ecosystem), Kind: BadList, Error: err.Error()})
	}
	v.Snapshot = id
	if v.opts.Sample > 0 && v.sampler == nil {
		v.sampler = v.m.openSampler(v.Ecosystem, v.opts.Sample)
	}
	if v.sampler != nil {
		v.Sample = &v.sampler.report
	}
	if err := v.objects(ctx); err != nil {
		return err
	}
	if id != "" {
		if err := v.published(ctx, id); err != nil {
			return err
		}
	}
	if v.sampler != nil {
		v.sampler.done()
	}
	v.sort()
	return nil
}

// published proves what is shown to readers.
func (v *verifier) published(ctx context.Context, id string) error {
	snapshot, err := v.history.Load(id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		v.damage(Damage{Path: v.listPath(id), Kind: Lost, Error: err.Error()})
		return nil
	case err != nil:
		v.damageList(id, err)
		return nil
	}
	v.Files = snapshot.Len()
	v.age(snapshot.Header)
	for e, end := range snapshot.Dangling() {
		v.damage(Damage{Path: e.Path, Kind: BadLink, Error: danglingError(snapshot.List, e, end).Error()})
	}
	if err := v.tree(ctx, snapshot); err != nil {
		return err
	}
	v.pointer()
	return v.proofs(ctx, snapshot)
}

// pointer checks the link to the published snapshot, by which servers find it. It follows the tree a
// moment later, which is long over when the tree has been checked.
func (v *verifier) pointer() {
	linked, _, err := v.history.Published()
	if err == nil && linked == v.Snapshot {
		return
	}
	if now, other := v.history.CurrentID(); other != nil || now != v.Snapshot {
		return // a publication beside it
	}
	if err == nil {
		err = fmt.Errorf("leads to %q, but the tree shows %s; run sync or rollback", linked, v.Snapshot)
		if v.history.Interrupted() {
			v.m.cfg.Logger.Warn(v.Ecosystem + ": " + pointerPath(v.Ecosystem) + " " + err.Error())
			return
		}
	}
	v.damage(Damage{Path: pointerPath(v.Ecosystem), Kind: BadTree, Error: err.Error()})
}

func pointerPath(ecosystem string) string { return "snapshots/" + ecosystem + "/current" }

func (v *verifier) damage(d Damage) { v.Damage = append(v.Damage, d) }

func (v *verifier) sort() {
	slices.SortFunc(v.Damage, func(a, b Damage) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Error, b.Error), strings.Compare(a.Snapshot, b.Snapshot))
	})
	v.Damage = slices.Compact(v.Damage)
}

// reads reports whether the bytes of an entry belong to this verification.
func (v *verifier) reads(e layout.Entry) bool {
	switch {
	case v.opts.Quick:
		return false
	case v.sampler != nil:
		return v.sampler.window.has(e.Object)
	}
	return true
}

// tree checks the published tree. What a publication beside it made it see does
// not count.
func (v *verifier) tree(ctx context.Context, snapshot *layout.Snapshot) error {
	check := layout.TreeCheck{Current: snapshot, Read: v.reads}
	for {
		var found []Damage
		for p, err := range v.history.CheckTreeAs(ctx, check) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			found = append(found, Damage{Path: p, Kind: treeKind(err), Error: err.Error()})
		}
		after, err := v.history.CurrentID()
		if err != nil {
			return err
		}
		if len(found) == 0 || after == check.Current.ID {
			v.Damage = append(v.Damage, found...)
			return nil
		}
		if check.Current, err = v.history.Load(after); err != nil {
			return err
		}
	}
}

func treeKind(err error) DamageKind {
	switch {
	case errors.Is(err, layout.ErrForeign):
		return Foreign
	case errors.Is(err, store.ErrDamaged):
		return Damaged
	}
	return BadTree
}
