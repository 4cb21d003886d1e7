package page

import (
	"embed"
	"net/http"

	"github.com/offmirror/offmirror/layout/serve"
)

//go:embed assets
var assets embed.FS

// contentTypes has the type of each asset, by its path below a site or an ecosystem.
var contentTypes = map[string]string{
	"-/page.css": "text/css; charset=utf-8",
	"-/page.js":  "text/javascript; charset=utf-8",
	"-/icon.svg": "image/svg+xml",
}

// asset answers with a file of this package.
func asset(w http.ResponseWriter, r *http.Request, path string) {
	contentType, ok := contentTypes[path]
	if !ok {
		serve.NotFound(w, r)
		return
	}
	data, err := assets.ReadFile("assets/" + path[2:])
	if err != nil {
		serve.NotFound(w, r)
		return
	}
	secure(w.Header())
	serve.Made(w, r, contentType, data)
}

// policy is the Content-Security-Policy of all answers: what is in this package, and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secure sets what browsers are to keep to.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}
