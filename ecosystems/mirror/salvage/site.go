package salvage

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/offmirror/offmirror/fetch"
)

// Site is another mirror that is served by HTTP: the native trees lie below the names of their
// ecosystems. What an older snapshot needs is asked for below @ID as well, where
// offmirror serve has it.
type Site struct{ base string }

// NewSite returns the mirror at a base URL.
func NewSite(base string) (*Site, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%.200q: want the base URL of a mirror, such as http://mirror.example:8000", fetch.Redact(base))
	}
	return &Site{strings.TrimRight(base, "/")}, nil
}

// Name implements [Source].
func (s *Site) Name() string { return fetch.Redact(s.base) }

// Fetch implements [Source].
func (s *Site) Fetch(ctx context.Context, w Wanted, sink Sink) error {
	var urls []string
	for _, place := range w.Places {
		path := escape(place.Path)
		urls = append(urls, s.base+"/"+w.Ecosystem+"/"+path, s.base+"/"+w.Ecosystem+"/@"+place.Snapshot+"/"+path)
	}
	return sink.Request(ctx, fetch.Request{URL: urls[0], Mirrors: urls[1:]})
}

// escape writes a native path as part of a URL.
func escape(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}
