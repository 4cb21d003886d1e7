package hexpm

import (
	"net/http"

	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// Serve implements [ecosystems.Driver]. Hex clients need plain files and little
// else, but that exactly; package serve says what. Nothing here may be cached
// without asking again, not even tarballs: for a day a release can be replaced
// under its name, documentation and installers at any time, and a client
// that gets the old bytes with the new index refuses them. Its question costs a 304.
func (d *driver) Serve(view layout.View) http.Handler {
	return serveGleam(view, serve.Static(view, serve.AlwaysRevalidate))
}
