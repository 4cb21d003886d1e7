package justmr

import (
	"net/http"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// Serve implements [ecosystems.Driver].
func (d *driver) Serve(view layout.View) http.Handler {
	return gitrepo.Serve(view, serve.Static(view, policy))
}

// policy tells what is named by its content.
func policy(path string) serve.Class {
	if strings.HasPrefix(path, blobDir) || strings.Contains(path, ".git/objects/pack/") {
		return serve.Immutable
	}
	return serve.Revalidate
}

// Clients implements [ecosystems.Driver].
func (d *driver) Clients(baseURL string) []ecosystems.ClientSetup {
	return []ecosystems.ClientSetup{{
		Client: d.names.program,
		Steps: []ecosystems.Step{{
			Text: "let it look here first", Code: "curl -o ~/." + d.names.local + " " + baseURL + "/" + d.names.local,
		}},
	}}
}
