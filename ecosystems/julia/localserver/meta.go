package localserver

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout/serve"
)

// meta is how things stand. The keys of LocalPackageServer.jl are among them.
type meta struct {
	Version    string       `json:"pkgserver_version"`
	Started    time.Time    `json:"start_time"`
	Updated    *time.Time   `json:"last_registry_update"` // when all sources were last asked with success; null: not yet
	Current    bool         `json:"current"`              // no source is in its last known state
	Registries int          `json:"registries_cached"`
	Packages   int          `json:"packages_cached"`
	Artifacts  int          `json:"artifacts_cached"`
	Fetching   int          `json:"fetching"` // objects that are under way
	Sources    []metaSource `json:"sources"`
}

type metaSource struct {
	Kind       string           `json:"kind"` // "git" or "server"
	URL        string           `json:"url"`
	Flavor     pkgserver.Flavor `json:"flavor,omitempty"`
	Name       string           `json:"name,omitempty"` // of a registry in git
	Registries []listed         `json:"registries"`
	State      string           `json:"state"` // see stateOf
	Attempted  *time.Time       `json:"last_attempt"`
	Succeeded  *time.Time       `json:"last_success"`
	Error      string           `json:"error,omitempty"`
}

// The states of a source.
const (
	stateCurrent   = "current"    // the last time it was asked it answered
	stateLastKnown = "last-known" // it did not, or has not been asked by this process: what it had is served
	stateUnknown   = "unknown"    // nothing is known of it: it never answered, or was not asked
)

func stateOf(t standing, have bool) string {
	switch {
	case !have:
		return stateUnknown
	case t.err != nil || !t.asked:
		return stateLastKnown
	}
	return stateCurrent
}

func (s *Server) meta() meta {
	counts := s.shelf.counts()
	m := meta{
		Version: "offmirror/" + s.version, Started: s.started.UTC(), Current: true, Fetching: s.group.Running(),
		Registries: counts["registry"], Packages: counts["package"], Artifacts: counts["artifact"],
	}
	add := func(t standing, src metaSource) {
		src.State = stateOf(t, len(src.Registries) > 0)
		src.Attempted, src.Succeeded = moment(t.attempted), moment(t.succeeded)
		if t.err != nil {
			src.Error = serve.Reason(t.err)
		}
		m.Sources = append(m.Sources, src)
		if src.Flavor == pkgserver.Eager && !t.asked {
			return // nobody has wanted it
		}
		m.Current = m.Current && src.State == stateCurrent
		if len(m.Sources) == 1 || src.Succeeded == nil || m.Updated != nil && src.Succeeded.Before(*m.Updated) {
			m.Updated = src.Succeeded
		}
	}
	for _, g := range s.registries {
		src := metaSource{Kind: "git", URL: fetch.Redact(g.url), Registries: []listed{}}
		if r, tree := g.current(); r != nil {
			src.Name, src.Registries = r.Name, append(src.Registries, listed{r.UUID, tree})
		}
		add(g.standing(), src)
	}
	for _, flavor := range []pkgserver.Flavor{pkgserver.Conservative, pkgserver.Eager} {
		if u := s.upstreams[flavor]; u != nil {
			list := listedOf(u.current())
			add(u.standing(), metaSource{Kind: "server", URL: fetch.Redact(s.server), Flavor: flavor, Registries: list})
		}
	}
	return m
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (s *Server) serveMeta(w http.ResponseWriter, r *http.Request) {
	data, err := json.MarshalIndent(s.meta(), "", "  ")
	if err != nil { // no value of these types can fail
		serve.Refuse(w, http.StatusInternalServerError, serve.Reason(err))
		return
	}
	serve.Made(w, r, "application/json", append(data, '\n'))
}
