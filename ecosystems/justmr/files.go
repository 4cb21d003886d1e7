package justmr

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/layout"
)

const blobDir = "blob/"

// blobPath is where a file is under its content. The name is for people.
func (f *fileSource) blobPath() string {
	return blobDir + f.content + "/" + safeName(f.nameForPeople())
}

// nameForPeople is the first name that the configurations give, or what a URL ends in.
func (f *fileSource) nameForPeople() string {
	if len(f.names) > 0 {
		return f.names[0]
	}
	return "file"
}

// safeName makes a part of a URL of any text: nothing in it needs an escape.
func safeName(name string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._+-", r):
			return r
		}
		return '_'
	}, name)
	safe = strings.Trim(safe, ".")
	if len(safe) > 200 {
		safe = safe[len(safe)-200:]
	}
	if safe == "" || layout.CheckPath(safe) != nil {
		return "file"
	}
	return safe
}

// request asks for a file.
func (f *fileSource) request() fetch.Request {
	primary, mirrors := f.candidates()
	r := fetch.Request{URL: primary, Mirrors: mirrors, Aliases: f.urls[1:], Want: []digest.Digest{{Algorithm: digest.GitBlob, Hex: f.content}}}
	for _, sum := range f.sha256s {
		r.Want = append(r.Want, digest.Digest{Algorithm: digest.SHA256, Hex: sum})
	}
	for _, sum := range f.sha512s {
		r.Want = append(r.Want, digest.Digest{Algorithm: digest.SHA512, Hex: sum})
	}
	return r
}

// emitFiles yields each file under its content, and waits for all of them.
func (p *planner) emitFiles() error {
	for _, f := range p.sources.sortedFiles() {
		if err := p.emitFile(f); err != nil {
			return err
		}
	}
	failures, err := p.settle()
	if err != nil {
		return err
	}
	for _, failed := range failures {
		if content, _, ok := strings.Cut(strings.TrimPrefix(failed.Item.Path, blobDir), "/"); ok {
			p.lost[content] = true
		}
	}
	return nil
}

func (p *planner) emitFile(f *fileSource) error {
	it := ecosystems.Item{
		Path: f.blobPath(), Stage: layout.Content, Package: f.uses[0].Repository,
		Name: "repository " + f.uses[0].title(), Reason: "content " + f.content,
	}
	o, here := p.previous(f)
	switch err := f.check(); {
	case err != nil:
		it.Source = ecosystems.Failed{Err: err}
	case here && p.recall(f):
		it.Source, it.Size = ecosystems.Have{Object: o}, o.Size
	default:
		it.Source = ecosystems.Prepared{First: f.request(), Make: func(ctx context.Context, w ecosystems.Workshop) (fetch.Object, error) {
			return p.fetchFile(ctx, w, f)
		}}
	}
	return p.emit(it)
}

// fetchFile gets a file, and takes down what is to be known of it.
func (p *planner) fetchFile(ctx context.Context, w ecosystems.Workshop, f *fileSource) (fetch.Object, error) {
	r := f.request()
	r.Tried = p.noteLink
	o, err := w.Fetch(ctx, r)
	if err != nil {
		return o, err
	}
	if p.recall(f) {
		return o, nil
	}
	body, err := w.Open(o)
	if err != nil {
		return o, err
	}
	defer body.Close()
	known, err := examine(io.NewSectionReader(body, 0, o.Size))
	if err != nil {
		return o, fmt.Errorf("%s: %w", f.blobPath(), err)
	}
	known.FirstSeen = p.in.Now
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next.Facts[f.content] = known
	return o, nil
}

// examine works out the facts of a file.
func examine(body *io.SectionReader) (facts, error) {
	sum := sha512.New()
	if _, err := io.Copy(sum, body); err != nil {
		return facts{}, err
	}
	return facts{SHA512: hex.EncodeToString(sum.Sum(nil))}, nil
}

// recall takes over the facts of an earlier run.
func (p *planner) recall(f *fileSource) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.next.Facts[f.content]; known {
		return true
	}
	if p.old == nil {
		return false
	}
	known, ok := p.old.Facts[f.content]
	if ok {
		p.next.Facts[f.content] = known
	}
	return ok
}

// previous returns the object of a file in the current snapshot, under whatever name.
func (p *planner) previous(f *fileSource) (fetch.Object, bool) {
	if p.in.Previous == nil {
		return fetch.Object{}, false
	}
	for e := range p.in.Previous.All(blobDir + f.content + "/") {
		if e.Link == "" {
			return fetch.Object{ID: e.Object, Size: e.Size}, true
		}
	}
	return fetch.Object{}, false
}

// object returns the object of a file that has arrived.
func (p *planner) object(f *fileSource) (fetch.Object, bool) {
	if p.lost[f.content] {
		return fetch.Object{}, false
	}
	if o, ok := p.previous(f); ok {
		return o, true
	}
	return p.in.Workshop.Held(f.request())
}
