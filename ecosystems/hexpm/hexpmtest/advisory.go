package hexpmtest

import (
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// Advise adds a security advisory about some versions of a package, or changes
// the one with the same ID. updated_at stays as it is. An empty URL or summary
// gets one that fits.
func (r *Repository) Advise(name string, a registry.Advisory, versions ...string) {
	if a.Summary == "" {
		a.Summary = "A problem in " + name
	}
	if a.HTMLURL == "" {
		a.HTMLURL = "https://osv.dev/vulnerability/" + a.ID
	}
	if a.APIURL == "" {
		a.APIURL = "https://api.osv.dev/v1/vulns/" + a.ID
	}
	r.change(name, event{pkg: true, indexes: true}, func(p *pkg, _ time.Time) {
		p.withdraw(a.ID)
		p.advisories = append(p.advisories, a)
		slices.SortFunc(p.advisories, func(a, b registry.Advisory) int { return strings.Compare(a.ID, b.ID) })
		for _, v := range versions {
			rel := p.must(v)
			rel.advisories = append(rel.advisories, a.ID)
			slices.Sort(rel.advisories)
		}
	})
}

// WithdrawAdvisory takes an advisory back. updated_at stays as it is.
func (r *Repository) WithdrawAdvisory(name, id string) {
	r.change(name, event{pkg: true, indexes: true}, func(p *pkg, _ time.Time) { p.withdraw(id) })
}

func (p *pkg) withdraw(id string) {
	p.advisories = slices.DeleteFunc(p.advisories, func(a registry.Advisory) bool { return a.ID == id })
	for _, rel := range p.releases {
		rel.advisories = slices.DeleteFunc(rel.advisories, func(other string) bool { return other == id })
	}
}
