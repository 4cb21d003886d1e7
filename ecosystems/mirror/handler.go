package mirror

import (
	"net/http"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// Handler serves what is published in the root, now and while it runs, with the
// driver of each ecosystem by its name. An ecosystem without a driver is not served. It asks nobody
// for anything; see [Mirror.PullThrough] for a site that does.
//
// An object that turns out to be damaged is moved to state/quarantine, as [Mirror.Repair] does it, if the root can
// be written and nobody else is changing it.
func (m *Mirror) Handler(drivers map[string]ecosystems.Driver) *serve.Site {
	return m.handler(drivers, nil)
}

func (m *Mirror) handler(drivers map[string]ecosystems.Driver, pulls *Pulls) *serve.Site {
	site := serve.NewSite(m.root, m.store, func(ecosystem string, view layout.View) http.Handler {
		driver, ok := drivers[ecosystem]
		if !ok {
			return nil
		}
		h := driver.Serve(view)
		if pulls != nil && pulls.pullers[ecosystem] != nil {
			return pulls.pullers[ecosystem].handler(view, h)
		}
		return h
	})
	rotten := newRotten(m)
	site.OnRotten(rotten.met)
	site.OnCounts(func() []serve.Count {
		counts := []serve.Count{
			{Name: "offmirror_damaged_objects_total", Help: "Objects that were found damaged while they were served.", Value: rotten.found.Load()},
			{Name: "offmirror_quarantined_objects_total", Help: "Damaged objects that were moved to the quarantine.", Value: rotten.aside.Load()},
		}
		if pulls != nil {
			counts = append(counts, pulls.counts()...)
		}
		return counts
	})
	return site
}
