package mirror

import (
	"encoding/json"
	"path"

	"github.com/offmirror/offmirror/layout"
)

// keepVerification keeps the last verification of each ecosystem below state/reports. On read-only
// media there is none.
func (m *Mirror) keepVerification(v *Verification) {
	data, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		err = layout.WriteFile(m.root, path.Join(reportsDir, "verify-"+v.Ecosystem+".json"), append(data, '\n'), 0o644)
	}
	if err != nil {
		m.cfg.Logger.Info("the report of this verification is not kept", "error", err)
	}
}
