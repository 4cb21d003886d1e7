package localserver

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"time"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

const (
	stateFile = "state/localserver.json"
	maxState  = 4 << 20 // bytes
)

// past is what the next start knows of the sources, by a digest of their URLs, which may hold secrets.
type past struct {
	Version int                   `json:"version"`
	Sources map[string]pastSource `json:"sources"`
}

type pastSource struct {
	Succeeded  time.Time     `json:"succeeded"`            // when it was last found to be so
	UUID       uuid.UUID     `json:"uuid,omitzero"`        // of a registry in git
	Tree       treehash.Hash `json:"tree,omitzero"`        // of that
	Registries []listed      `json:"registries,omitempty"` // of a Pkg server
}

// listed is a [pkgserver.Registry] in JSON.
type listed struct {
	UUID uuid.UUID     `json:"uuid"`
	Tree treehash.Hash `json:"tree"`
}

func listedOf(list []pkgserver.Registry) []listed {
	out := make([]listed, 0, len(list))
	for _, r := range list {
		out = append(out, listed(r))
	}
	return out
}

func sourceKey(kind, url string) string {
	sum := sha256.Sum256([]byte(kind + "\n" + url))
	return hex.EncodeToString(sum[:])
}

func (g *gitRegistry) key() string { return sourceKey("git", g.url) }
func (u *upstream) key() string    { return sourceKey("server "+string(u.flavor), u.s.server) }

// sinceWhen is when a source was last found to be as it is. The first update is not over yet when its state
// is saved.
func (s *Server) sinceWhen(u *updates) time.Time {
	if t := u.standing().succeeded; !t.IsZero() {
		return t.UTC()
	}
	return s.now().UTC()
}

// save writes the state of the sources.
func (s *Server) save() error {
	s.saving.Lock()
	defer s.saving.Unlock()
	p := past{Version: 1, Sources: map[string]pastSource{}}
	for _, g := range s.registries {
		if r, tree := g.current(); r != nil {
			p.Sources[g.key()] = pastSource{Succeeded: s.sinceWhen(g.updates), UUID: r.UUID, Tree: tree}
		}
	}
	for _, u := range s.upstreams {
		if list := u.current(); len(list) > 0 {
			p.Sources[u.key()] = pastSource{Succeeded: s.sinceWhen(u.updates), Registries: listedOf(list)}
		}
	}
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return layout.WriteFile(s.cache, stateFile, append(data, '\n'), 0o644)
}

// restore takes up the state of the last process. A file that is missing or damaged is an empty one:
// the sources will be asked.
func (s *Server) restore() {
	data, err := store.ReadRegular(s.cache, stateFile, maxState)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var p past
	if err == nil {
		err = json.Unmarshal(data, &p)
	}
	if err != nil || p.Version != 1 {
		s.log.Warn("the state of the last start is of no use; all sources will be asked anew", "file", stateFile, "error", err)
		return
	}
	for _, g := range s.registries {
		if was, ok := p.Sources[g.key()]; ok && !was.UUID.IsZero() {
			g.restore(s.life, was)
		}
	}
	for _, u := range s.upstreams {
		if was, ok := p.Sources[u.key()]; ok {
			u.restore(s.life, was)
		}
	}
}
