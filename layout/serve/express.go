package serve

import (
	"net/http"
	"strings"

	"github.com/offmirror/offmirror/layout/serve/express"
)

// Plain is a handler that can say beforehand what it answers to a plain request for a file, so that no request and no
// header need to be made for it: see [express.Lane].
type Plain interface {
	http.Handler

	// FindPlain fills in the answer of ServeHTTP to a request for a path of the tree, whatever q says of the
	// path: the same status, the same headers in the order of their names, and the same body. It reports false
	// if ServeHTTP is to be asked.
	FindPlain(path string, q *express.Request, a *express.Answer) bool
}

// Before returns h, which stands before next and answers as next does to plain requests for files at all paths of a tree but those
// that are special. If next is no [Plain] the result is none either.
func Before(next http.Handler, special func(path string) bool, h http.Handler) http.Handler {
	if plain, ok := next.(Plain); ok {
		return &before{h, plain, special}
	}
	return h
}

type before struct {
	http.Handler
	next    Plain
	special func(path string) bool
}

// FindPlain implements [Plain].
func (b *before) FindPlain(path string, q *express.Request, a *express.Answer) bool {
	return !b.special(path) && b.next.FindPlain(path, q, a)
}

// FindPlain fills in what [Site.ServeHTTP] answers to a request for a small file of what is published now, and puts the name of the
// ecosystem into the label. It reports false if it is to be asked itself.
func (s *Site) FindPlain(q *express.Request, a *express.Answer) bool {
	ecosystem, rest, ok := strings.Cut(q.Path, "/")
	if !ok || strings.HasPrefix(rest, "@") || strings.HasPrefix(rest, ownPath) || ecosystem == "-" || ecosystem == "api" {
		return false
	}
	m := s.mount(ecosystem)
	if m == nil {
		return false
	}
	p, err := m.current()
	if err != nil || p == nil {
		return false
	}
	a.Label = ecosystem
	plain, ok := p.handler.(Plain)
	return ok && plain.FindPlain(rest, q, a)
}
