package juliatest

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
)

// Serving is how tarballs are compressed for clients.
type Serving int

// How package servers serve tarballs.
const (
	ServeGzip  Serving = iota // gzip, whoever asks: all servers for a long time
	ServeAsked                // zstd to clients that list it in Accept-Encoding
	ServeZstd                 // zstd, whoever asks
)

// Serve sets how tarballs are compressed from now on.
func (u *Upstream) Serve(how Serving) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.packing = how
}

// SetCDN answers requests for registries, packages and artifacts with a redirect to another host,
// where [Upstream.CDN] is served: to the URL with the same path below it, and with ".tar.zst" behind
// that for clients that list zstd in Accept-Encoding. The empty URL ends it.
func (u *Upstream) SetCDN(base string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.cdn = strings.TrimSuffix(base, "/")
}

// ServeHTTP answers as pkg.julialang.org does, and as the servers of releases and artifacts do.
func (u *Upstream) ServeHTTP(w http.ResponseWriter, req *http.Request) { u.handle(w, req, false) }

// CDN returns the handler of the host to which [Upstream.SetCDN] redirects. Its requests are in
// the log of the Upstream.
func (u *Upstream) CDN() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { u.handle(w, req, true) })
}

func (u *Upstream) handle(w http.ResponseWriter, req *http.Request, cdn bool) {
	counted := &countingWriter{ResponseWriter: w, status: http.StatusOK}
	counted.record = sync.OnceFunc(func() { u.record(req, counted, cdn) })
	defer counted.record() // also when an intercept aborts
	if f := u.interceptor(); f != nil && f(counted, req) {
		return
	}
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(counted, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	path := strings.TrimPrefix(req.URL.Path, "/")
	if f, ok := u.fault(strings.TrimSuffix(path, ".tar.zst")); ok && f.status != 0 {
		if f.retryAfter != "" {
			counted.Header().Set("Retry-After", f.retryAfter)
		}
		http.Error(counted, http.StatusText(f.status), f.status)
		return
	} else if ok {
		u.answer(&cutWriter{countingWriter: counted, left: f.bytes}, req, path, cdn)
		return
	}
	u.answer(counted, req, path, cdn)
}

func (u *Upstream) answer(w http.ResponseWriter, req *http.Request, path string, cdn bool) {
	h := w.Header()
	zstd := asksZstd(req.Header)
	u.mu.Lock()
	flavored, base, serving := !u.flavorless, u.cdn, u.packing
	u.mu.Unlock()
	packing := Gzip
	_, notObject := pkgserver.ParsePath(path)
	switch {
	case cdn:
		if bare, ok := strings.CutSuffix(path, ".tar.zst"); ok {
			path, packing = bare, Zstd
		}
		if _, err := pkgserver.ParsePath(path); err != nil {
			http.NotFound(w, req)
			return
		}
	case path == pkgserver.RegistriesPath && flavored && !u.isFrozen(path):
		h.Set("Location", u.prefix()+"/"+flavorOf(req.Header).Path())
		h.Set("Vary", "Julia-Registry-Preference, Julia-CI-Variables")
		w.WriteHeader(http.StatusFound)
		return
	case notObject == nil && base != "":
		to := base + req.URL.EscapedPath()
		if zstd {
			to += ".tar.zst"
		}
		h.Set("Vary", "Accept-Encoding")
		http.Redirect(w, req, to, http.StatusFound)
		return
	case serving == ServeZstd || serving == ServeAsked && zstd:
		packing = Zstd
	}
	data, kind, ok := u.content(path, packing)
	if !ok {
		http.NotFound(w, req)
		return
	}
	h.Set("ETag", etag(data))
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-cache")
	if notObject == nil || cdn {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if serving == ServeAsked && notObject == nil {
		h.Set("Vary", "Accept-Encoding")
	}
	http.ServeContent(w, req, "", time.Time{}, bytes.NewReader(data))
}

// prefix returns the path of the base URL, without a slash at the end.
func (u *Upstream) prefix() string {
	at, err := url.Parse(u.base)
	if err != nil {
		panic("juliatest: " + err.Error())
	}
	return strings.TrimSuffix(at.Path, "/")
}

// asksZstd reports whether Accept-Encoding lists zstd.
func asksZstd(h http.Header) bool {
	for entry := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(entry, ";")
		if strings.TrimSpace(name) != "zstd" {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
		return weight == "" || err == nil && q > 0
	}
	return false
}

// flavorOf is what a package server chooses for a client.
func flavorOf(h http.Header) pkgserver.Flavor {
	switch f := pkgserver.Flavor(h.Get("Julia-Registry-Preference")); f {
	case pkgserver.Eager, pkgserver.Conservative:
		return f
	}
	for entry := range strings.SplitSeq(h.Get("Julia-CI-Variables"), ";") {
		if strings.HasSuffix(entry, "=t") {
			return pkgserver.Eager
		}
	}
	return pkgserver.Conservative
}
