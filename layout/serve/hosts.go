package serve

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Hosts serves parts of a site under host names of their own, at their root: with
//
//	"repo.hex.pm": "hex", "pkg.julialang.org": "julia", "last-year.mirror.corp": "julia/@2025"
//
// what is at /hex/packages/plug of site is at /packages/plug of repo.hex.pm. A client is taken for
// one of repo.hex.pm by its header Host, whatever the port. All other names are those of
// rest. Nothing outside of its part can be reached under such a name.
type Hosts struct {
	paths      map[string]string // with a slash in front, by name
	site, rest http.Handler
}

// NewHosts returns a Hosts for paths by name, without slashes at either end.
func NewHosts(paths map[string]string, site, rest http.Handler) *Hosts {
	h := &Hosts{paths: make(map[string]string, len(paths)), site: site, rest: rest}
	for name, path := range paths {
		h.paths[hostName(name)] = "/" + path
	}
	return h
}

// Path returns the path of the site that the host of a request stands for, with a slash in
// front, or "" if that is no host of its own.
func (h *Hosts) Path(r *http.Request) string {
	if path, ok := h.paths[r.Host]; ok || r.Host == "" {
		return path // as most clients write it
	}
	return h.paths[hostName(r.Host)]
}

// ServeHTTP implements http.Handler.
func (h *Hosts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mount := h.Path(r)
	if mount == "" {
		h.rest.ServeHTTP(w, r)
		return
	}
	o := originOf(r)
	o.mount = mount
	r = withOrigin(r, o)
	r.URL = &url.URL{Path: mount + "/" + strings.TrimLeft(r.URL.Path, "/"), RawQuery: r.URL.RawQuery}
	h.site.ServeHTTP(w, r)
}

// hostName is a host without its port, in small letters, without the dot of a full name.
func hostName(host string) string {
	if colon := strings.LastIndexByte(host, ':'); colon >= 0 && !strings.Contains(host[colon:], "]") {
		host = host[:colon]
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// origin is what is known of the way by which a client came, beside the request.
type origin struct {
	mount string // the path of the site that the client takes for the root
	https bool   // between the client and a proxy
}

type originKey struct{}

func originOf(r *http.Request) origin {
	o, _ := r.Context().Value(originKey{}).(origin)
	return o
}

func withOrigin(r *http.Request, o origin) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), originKey{}, o))
}

// BehindHTTPS returns the request of a client that speaks HTTPS with a proxy, which is believed,
// so that [BaseURL] says so.
func BehindHTTPS(r *http.Request) *http.Request {
	o := originOf(r)
	o.https = true
	return withOrigin(r, o)
}
