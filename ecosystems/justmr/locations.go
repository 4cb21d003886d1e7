package justmr

import (
	"encoding/json"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
)

// locations is a checkout-locations file of just-mr.
type locations struct {
	LocalMirrors map[string][]string `json:"local mirrors"`
}

// locate tells where this mirror has each URL that the configurations name, below a base.
func (p *planner) locate(base string) locations {
	l := locations{LocalMirrors: map[string][]string{}}
	for _, f := range p.sources.sortedFiles() {
		if _, ok := p.object(f); !ok {
			continue
		}
		for _, u := range f.urls {
			l.LocalMirrors[u] = union(l.LocalMirrors[u], []string{base + "/" + f.blobPath()})
		}
	}
	for _, g := range p.sources.sortedGit() {
		if r := p.repos[g.name]; r.err != nil {
			continue
		}
		for _, u := range g.urls {
			l.LocalMirrors[u] = union(l.LocalMirrors[u], []string{base + "/" + gitDir + g.name})
		}
	}
	return l
}

// base is the URL below which static files say that this mirror is.
func (p *planner) base() string {
	if p.baseURL != "" {
		return p.baseURL
	}
	return "file://" + p.in.Dir
}

// emitLocations yields the files that tell clients where things are.
func (p *planner) emitLocations() error {
	text, err := json.MarshalIndent(p.locate(p.base()), "", "  ")
	if err != nil {
		return err
	}
	return p.emit(ecosystems.Item{
		Path: p.names.local, Stage: layout.EntryPoint, Name: p.names.local, Reason: "tells " + p.names.program + " where things are",
		Source: ecosystems.Made{Bytes: append(text, '\n')},
	})
}

// emitAudit yields the audit.
func (p *planner) emitAudit() error { return nil }
