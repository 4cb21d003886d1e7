package justmr

import (
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// Serve implements [ecosystems.Driver]: the tree, git repositories over smart HTTP, and the files
// for clients, which name the URL by which the client came.
func (d *driver) Serve(view layout.View) http.Handler {
	h := &handler{rest: gitrepo.Serve(view, serve.Static(view, policy, serve.ContentTypes(contentType)))}
	h.locations = sync.OnceValue(func() *Locations {
		l, err := ReadLocations(view)
		if err != nil {
			slog.Error("files for clients are served as they are in the tree", "error", err)
		}
		return l
	})
	return serve.Before(h.rest, atRoot, h)
}

// atRoot reports whether a path is that of a file at the root, where those for clients are.
func atRoot(path string) bool { return !strings.Contains(path, "/") }

// policy tells what is named by its content.
func policy(path string) serve.Class {
	if strings.HasPrefix(path, blobDir) || strings.Contains(path, gitrepo.Suffix+"/objects/pack/") {
		return serve.Immutable
	}
	return serve.Revalidate
}

// contentType tells the type of what is for people.
func contentType(path string) string {
	if path == byHostPage {
		return "text/html; charset=utf-8"
	}
	return ""
}

type handler struct {
	rest      http.Handler
	locations func() *Locations // nil if they cannot be read
}

// plainHost is what a client may say that the host is: it gets into what it is answered.
var plainHost = regexp.MustCompile(`^(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,60}\])(?::[0-9]{1,5})?$`)

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if text, ok := h.forClient(r); ok {
		serve.Made(w, r, "application/octet-stream", text)
		return
	}
	h.rest.ServeHTTP(w, r)
}

// forClient returns the file that a client asks for, if it is one that names this server.
func (h *handler) forClient(r *http.Request) (text []byte, ok bool) {
	name := serve.NativePath(r.URL.Path)
	if strings.Contains(name, "/") || r.Method != http.MethodGet && r.Method != http.MethodHead || !plainHost.MatchString(r.Host) {
		return nil, false
	}
	local := false
	for _, names := range clientNames {
		local = local || name == names.local
	}
	if !local && name != gitConfigFile {
		return nil, false
	}
	l := h.locations()
	if l == nil {
		return nil, false
	}
	b, err := ParseBase(serve.BaseURL(r))
	switch {
	case err != nil:
		return nil, false
	case name == gitConfigFile:
		return l.GitConfig(b), true
	case name == clientNames[l.Names].local:
		return l.Local(b), true
	}
	return nil, false
}
