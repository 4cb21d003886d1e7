package julia

import (
	"encoding/json"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
)

// parseRecorded reads what a snapshot recorded. One that is of no use recorded nothing.
func parseRecorded(data json.RawMessage) []pkgserver.Registry {
	var r recorded
	if json.Unmarshal(data, &r) != nil {
		return nil
	}
	var list []pkgserver.Registry
	for id, trees := range r.Registries {
		for _, tree := range trees {
			list = append(list, pkgserver.Registry{UUID: id, Tree: tree})
		}
	}
	return list
}
