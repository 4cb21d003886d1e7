package julia

import (
	"net/http"
	"strings"

	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// Serve implements [ecosystems.Driver].
func (d *driver) Serve(view layout.View) http.Handler {
	return serveJulias(view, serve.Static(view, policy))
}

// policy tells what is named by its content.
func policy(path string) serve.Class {
	for _, dir := range []string{"registry/", "package/", "artifact/"} {
		if strings.HasPrefix(path, dir) {
			return serve.Immutable
		}
	}
	return serve.Revalidate
}
