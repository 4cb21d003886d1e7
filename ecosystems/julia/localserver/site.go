package localserver

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/offmirror/offmirror/layout/serve"
)

// Site is the server as a site of its own, for what stands before sites: everything is at the root, as
// LocalPackageServer.jl has it, and below /julia as well, as on a site of a mirror.
type Site struct{ *Server }

// ecosystem is what the site is a part of.
const ecosystem = "julia"

// ServeHTTP implements [http.Handler].
func (s Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := "/" + strings.TrimLeft(r.URL.Path, "/")
	if rest, below := strings.CutPrefix(path, "/"+ecosystem); below && (rest == "" || rest[0] == '/') {
		u := *r.URL
		u.Path, u.RawPath = "/"+strings.TrimLeft(rest, "/"), ""
		r = r.WithContext(r.Context())
		r.URL = &u
	}
	s.Server.ServeHTTP(w, r)
}

// State implements what a front asks of a site. There is something to serve from the beginning: sources are
// asked when clients come. What is wrong is what /meta says.
func (s Site) State() ([]serve.State, error) {
	m := s.meta()
	state := serve.State{
		Ecosystem: ecosystem, Snapshot: "live", Taken: m.Started, Since: m.Started,
		Files: int64(m.Registries + m.Packages + m.Artifacts), Bytes: s.shelf.bytes(),
	}
	if m.Updated != nil {
		state.Taken = *m.Updated
	}
	var wrong []error
	for _, src := range m.Sources {
		if src.Error != "" {
			wrong = append(wrong, fmt.Errorf("%s is %s: %s", src.URL, src.State, src.Error))
		}
	}
	state.Err = errors.Join(wrong...)
	return []serve.State{state}, nil
}
