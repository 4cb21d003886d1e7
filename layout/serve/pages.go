package serve

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"

	"github.com/offmirror/offmirror/layout"
)

// Pages answers what is for people, and for programs that ask about a mirror rather than for what
// is in it. Handlers see the path as the client sent it. Paths that no tree may have never come here.
type Pages interface {
	// Site answers "/", and whatever is below "/-/" and "/api/".
	Site(w http.ResponseWriter, r *http.Request)

	// Ecosystem answers "/ECOSYSTEM/" and what is below "/ECOSYSTEM/-/", and the same of
	// "/ECOSYSTEM/@REF/". Who asks has been let in.
	Ecosystem(w http.ResponseWriter, r *http.Request, p Place)
}

// Place is the part of a site that a page is about.
type Place struct {
	Shown
	Base string // URL at which clients reach what is shown, see [BaseURL]
	Rest string // what the path has below the ecosystem or the snapshot: "", or begins with "-/"

	// Root leads from the page to the ecosystem's root, and Home to the site's. Both are relative,
	// for proxies that mount the site elsewhere, and end with a slash. Home is empty where the
	// ecosystem is served under a host name of its own, from which nothing else can be reached;
	// then Root is that of what the name stands for.
	Root, Home string

	// Pinned is set where a host name of its own stands for one snapshot: then there are no others.
	Pinned bool
}

// Shown is a snapshot as a site serves it.
type Shown struct {
	Ecosystem string
	Ref       string           // as the client wrote it; "" for what is published
	Snapshot  *layout.Snapshot // its list
	View      layout.View      // the same; a damaged object cannot be read through it
}

// ownPath is where pages are, below the site and below an ecosystem. No tree has such a folder at its root.
const ownPath = "-/"

// WithPages has pages answer what is for people; without, that is not found. Call it before the
// site serves.
func (s *Site) WithPages(p Pages) *Site {
	s.pages = p
	return s
}

// Snapshot returns what an ecosystem shows: the published snapshot if ref is empty, and else the one that
// ref means, see [layout.History.Resolve]. The error matches [fs.ErrNotExist] if there is none,
// or if the ecosystem is not served.
func (s *Site) Snapshot(ecosystem, ref string) (Shown, error) {
	m := s.mount(ecosystem)
	if m == nil {
		return Shown{}, fs.ErrNotExist
	}
	var p *published
	var err error
	if ref == "" {
		p, err = m.current()
	} else {
		p, err = m.kept(ref)
	}
	if err == nil && (p == nil || p.handler == nil) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return Shown{}, err
	}
	return Shown{Ecosystem: ecosystem, Ref: ref, Snapshot: p.Snapshot, View: p}, nil
}

// sitePage answers what belongs to no ecosystem.
func (s *Site) sitePage(w http.ResponseWriter, r *http.Request) {
	if s.pages == nil {
		NotFound(w, r)
		return
	}
	s.pages.Site(w, r)
}

// page answers for an ecosystem, or for one of its snapshots.
func (s *Site) page(w http.ResponseWriter, r *http.Request, shown Shown, prefix, rest string) {
	if s.pages == nil {
		NotFound(w, r)
		return
	}
	p := Place{Shown: shown, Base: BaseURL(below(r, prefix, "")), Rest: rest}
	path, home := r.URL.Path, shown.Ecosystem+"/"
	if mount := originOf(r).mount; mount != "" {
		path, home = strings.TrimPrefix(path, mount), ""
		p.Pinned = strings.Contains(mount, "@")
	}
	native := NativePath(path)
	up := "./" + strings.Repeat("../", strings.Count(native, "/"))
	if native != "" && strings.HasSuffix(path, "/") {
		up += "../"
	}
	if p.Root = up + home; home != "" {
		p.Home = up
	}
	s.pages.Ecosystem(w, r, p)
}

type openKey struct{}

// WithOpen tells pages which ecosystems are open to who asks, beside the one that a path is about.
func WithOpen(r *http.Request, open func(ecosystem string) bool) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), openKey{}, open))
}

// Open reports whether a page that is about no single ecosystem may show what is in this one to
// who asks: everybody may see it, unless something before the site has said otherwise by [WithOpen].
func Open(r *http.Request, ecosystem string) bool {
	open, ok := r.Context().Value(openKey{}).(func(string) bool)
	return !ok || open(ecosystem)
}

// cannotRead answers when a snapshot could not be had.
func cannotRead(w http.ResponseWriter, r *http.Request, ecosystem string, err error) {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, layout.ErrAmbiguous) {
		NotFound(w, r)
		return
	}
	slog.Error("cannot serve", "ecosystem", ecosystem, "error", err)
	Refuse(w, http.StatusServiceUnavailable, "the mirror cannot read this snapshot")
}
