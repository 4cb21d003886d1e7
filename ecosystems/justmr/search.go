package justmr

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/justmr/audit"
	"github.com/offmirror/offmirror/layout"
)

const (
	auditFile      = "audit.json"
	maxSearchAudit = 64 << 20 // bytes of audit.json; a search keeps about as many
)

// Index implements [ecosystems.Searcher]. It keeps what the audit says.
func (d *driver) Index(_ context.Context, view layout.View) (ecosystems.Index, error) {
	e, ok := view.Lookup(auditFile)
	if !ok || e.IsLink() {
		return nil, fmt.Errorf("%s is missing: run offmirror sync justmr", auditFile)
	}
	if e.Size > maxSearchAudit {
		return nil, fmt.Errorf("%s: larger than %d bytes", auditFile, maxSearchAudit)
	}
	f, err := view.Open(e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	x := &searchIndex{view: view}
	if err := json.NewDecoder(io.LimitReader(f, maxSearchAudit)).Decode(&x.entries); err != nil {
		return nil, fmt.Errorf("%s: %w", auditFile, err)
	}
	return x, nil
}

type searchIndex struct {
	view    layout.View
	entries []audit.Entry
}

// Search implements [ecosystems.Index].
func (x *searchIndex) Search(ctx context.Context, q ecosystems.Query, limit int) (hits []ecosystems.Hit) {
	best := ecosystems.Candidates(q, limit, func(yield func(string, *audit.Entry) bool) {
		for i := range x.entries {
			if ctx.Err() != nil {
				return
			}
			if e := &x.entries[i]; x.suits(q, e) && !yield(searched(q, e), e) {
				return
			}
		}
	})
	for _, c := range best {
		hits = append(hits, x.hit(c.Value))
	}
	return hits
}

// suits reports whether each word is somewhere in what the audit says of a source.
func (x *searchIndex) suits(q ecosystems.Query, e *audit.Entry) bool {
	texts := append([]string{e.Content, e.SHA256, e.SHA512, e.Type, e.Path}, e.Names...)
	texts = append(texts, e.Repositories...)
	for _, u := range e.URLs {
		texts = append(texts, u.URL)
	}
	for _, pin := range e.Pins {
		texts = append(texts, pin.Branch, pin.Commit)
	}
	return q.In(texts...)
}

// searched is what a source that suits is ranked by: its name, or else what holds the words.
func searched(q ecosystems.Query, e *audit.Entry) string {
	names := append([]string{nameOf(e)}, e.Names...)
	for _, name := range append(names, e.Repositories...) {
		if _, rest, ok := q.Name(name); ok && len(rest) == 0 {
			return name
		}
	}
	return nameOf(e) + " " + strings.Join(q.Words(), " ")
}

// nameOf is what people call a source.
func nameOf(e *audit.Entry) string {
	switch {
	case len(e.Names) > 0:
		return e.Names[0]
	case len(e.Repositories) > 0:
		return e.Repositories[0]
	case len(e.URLs) > 0:
		return e.URLs[0].URL
	}
	return e.Content
}

func (x *searchIndex) hit(e *audit.Entry) ecosystems.Hit {
	hit := ecosystems.Hit{Kind: "archive", Name: nameOf(e), Here: e.Path != "", Size: e.Size, Licence: e.Licence}
	content := "git blob id"
	switch {
	case strings.HasPrefix(e.Type, "git tree"):
		hit.Kind, content = "git tree", "git tree"
	case strings.HasPrefix(e.Type, "git"):
		hit.Kind = "git repository"
	}
	if at, ok := x.view.Lookup(e.Path); ok && !at.IsLink() {
		hit.Path = e.Path
	}
	for _, p := range []ecosystems.Proof{{How: content, Value: e.Content}, {How: "SHA-256", Value: e.SHA256}, {How: "SHA-512", Value: e.SHA512}} {
		if p.Value != "" {
			hit.Proofs = append(hit.Proofs, p)
		}
	}
	for _, pin := range e.Pins {
		hit.Proofs = append(hit.Proofs, ecosystems.Proof{How: "commit of branch " + pin.Branch, Value: pin.Commit})
	}
	for _, u := range e.URLs {
		hit.Origins = append(hit.Origins, u.URL)
	}
	switch e.Upstream {
	case audit.Moved:
		hit.Note = "no primary URL has it any more"
	case audit.Gone:
		hit.Note = "no URL has it any more"
	}
	if len(e.Repositories) > 0 {
		hit.Note = strings.TrimPrefix(hit.Note+"; used by "+shortList(e.Repositories), "; ")
	}
	return hit
}

// shortList names the first of many.
func shortList(names []string) string {
	const some = 6
	if len(names) <= some {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:some], ", "), len(names)-some)
}
