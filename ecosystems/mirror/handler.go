package mirror

import (
	"net/http"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// Handler serves what is published in the root, now and while it runs, with the
// driver of each ecosystem by its name. An ecosystem without a driver is not served.
func (m *Mirror) Handler(drivers map[string]ecosystems.Driver) *serve.Site {
	return serve.NewSite(m.root, m.store, func(ecosystem string, view layout.View) http.Handler {
		driver, ok := drivers[ecosystem]
		if !ok {
			return nil
		}
		return driver.Serve(view)
	})
}
