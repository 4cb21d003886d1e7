package julia

import "github.com/offmirror/offmirror/ecosystems"

// Clients implements [ecosystems.Driver].
func (d *driver) Clients(baseURL string) []ecosystems.ClientSetup {
	return []ecosystems.ClientSetup{{
		Client: "Julia (1.5 and later)",
		Steps: []ecosystems.Step{{
			Text: "let Pkg ask this mirror", Code: "export JULIA_PKG_SERVER=" + baseURL,
		}},
	}}
}
