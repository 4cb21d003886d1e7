package mirror

import (
	"context"
	"errors"
	"strings"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// RepairRoot is [Mirror.VerifyRoot] that moves what belongs to nobody to state/quarantine. A git
// repository that is damaged stays: only a sync can clone it again, and nobody but the
// site can say whether the commits are needed that upstream has dropped since.
func (m *Mirror) RepairRoot(ctx context.Context, opts VerifyOptions) (result *Verification, err error) {
	defer m.locate(&err)
	lock, err := layout.Lock(m.root)
	if err != nil {
		return nil, err
	}
	defer lock.Unlock()
	v, err := m.VerifyRoot(ctx, opts)
	if err != nil {
		return nil, err
	}
	damage := v.Damage
	v.Damage = nil
	for _, d := range damage {
		if d.Kind != Foreign {
			if strings.HasPrefix(d.Path, gitDir+"/") {
				d.Error += "; move it away, and a sync clones it again, as far as upstream still has it"
			}
			v.Damage = append(v.Damage, d)
			continue
		}
		to, err := m.quarantined("foreign-" + d.Path)
		if err == nil {
			err = m.root.Rename(d.Path, to)
		}
		switch {
		case err == nil:
			v.Repaired = append(v.Repaired, Repair{Path: d.Path, Aside: to})
		case errors.Is(err, store.ErrFull):
			return nil, err
		default:
			d.Error += "; it cannot be moved to " + quarantineDir + ": " + err.Error()
			v.Damage = append(v.Damage, d)
		}
	}
	m.regret(nil, "the quarantine grows", m.pruneQuarantine())
	return v, nil
}
