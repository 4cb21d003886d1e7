package front

import (
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/layout/serve"
	"github.com/offmirror/offmirror/layout/serve/access"
)

// compose puts before the site what is configured, and nothing else:
//
//	proxies ─ observer ─┬─ /healthz, /readyz, /metrics
//	                    └─ rate ─ hosts ─ gate ─ site
func (f *Front) compose(log *slog.Logger) http.Handler {
	var h http.Handler = f.site
	if len(f.gates) > 0 {
		h = f.guard(h)
	}
	if len(f.config.Hosts) > 0 {
		f.hosts = serve.NewHosts(f.config.Hosts, h, h)
		h = f.hosts
	}
	h = f.endpoints(f.limit.before(h))
	if f.requests != nil || log != nil || len(f.gates) > 0 {
		h = &observer{next: h, requests: f.requests, log: log, ecosystem: f.ecosystem}
	}
	if len(f.proxies) > 0 {
		h = f.believe(h)
	}
	return h
}

// believe puts the client that a proxy asks for in the place of the proxy.
func (f *Front) believe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client, https, ok := f.proxies.Client(r)
		if https {
			r = serve.BehindHTTPS(r)
		}
		if ok {
			r = r.WithContext(r.Context())
			r.RemoteAddr = netip.AddrPortFrom(client, 0).String()
		}
		next.ServeHTTP(w, r)
	})
}

// first returns the first part of a path, however many slashes stand before it.
func first(path string) string {
	part, _, _ := strings.Cut(strings.TrimLeft(path, "/"), "/")
	return part
}

// ecosystem returns what a request is about that has not come to the hosts yet, or "".
func (f *Front) ecosystem(r *http.Request) string {
	path := r.URL.Path
	if f.hosts != nil {
		if mount := f.hosts.Path(r); mount != "" {
			path = mount
		}
	}
	if name := first(path); slices.Contains(f.o.Ecosystems, name) {
		return name
	}
	return ""
}

// guard lets in whom the gate of a part admits. It stands behind the hosts, so the path says
// which part that is.
func (f *Front) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		part := f.part(r.URL.Path)
		if !f.admit(w, r, part) {
			return
		}
		if part == partPage {
			admitted := f.gate(partPage)
			r = serve.WithOpen(r, func(ecosystem string) bool {
				gate := f.gate(ecosystem)
				return gate == nil || gate == admitted
			})
		}
		next.ServeHTTP(w, r)
	})
}

// part returns which part of the site a path belongs to. What the API tells of an ecosystem belongs to
// that ecosystem.
func (f *Front) part(path string) string {
	part := first(path)
	if words := strings.Split(serve.NativePath(path), "/"); len(words) > 3 && words[0] == "api" && words[2] == "ecosystems" {
		part = words[3]
	}
	if !slices.Contains(f.o.Ecosystems, part) {
		return partPage
	}
	return part
}

// gate returns the gate of a part, or nil if everybody is let in.
func (f *Front) gate(part string) *access.Gate {
	if gate, ok := f.gates[part]; ok {
		return gate
	}
	return f.gates[partRest]
}

// admit reports whether a part is open to who asks, and answers if it is not.
func (f *Front) admit(w http.ResponseWriter, r *http.Request, part string) bool {
	gate := f.gate(part)
	if gate == nil {
		return true
	}
	name, verdict := gate.Admit(r, clientOf(r))
	if verdict != access.Admitted {
		f.refused.count(verdict)
		gate.Refuse(w, verdict)
		return false
	}
	if rec, ok := w.(*recorder); ok {
		rec.user, rec.private = name, true
	}
	return true
}
