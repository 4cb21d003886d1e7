package justmr

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"io"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/justmr/licence"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/layout"
)

const blobDir = "blob/"

// blobPath is where a file is under its content. The name is for people.
func (f *fileSource) blobPath() string {
	return blobDir + f.content + "/" + safeName(f.nameForPeople())
}

// nameForPeople is the name that the file has here already, or the first that the configurations
// give. It stays, since clients may know the file by it.
func (f *fileSource) nameForPeople() string {
	if f.known != "" {
		return f.known
	}
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

// request asks for a file. Files of this machine, which the engine would not read, are not
// among the places; see [fileSource.localFiles].
func (f *fileSource) request() fetch.Request {
	remote := func(urls []string) []string { return slices.DeleteFunc(slices.Clone(urls), isFileURL) }
	first, others := f.candidates()
	places := remote(append([]string{first}, others...))
	// The primary one that is no URL is passed over; alone, it is what messages are about.
	if i := slices.IndexFunc(places, canFetch); i > 0 {
		places = places[i:]
	}
	primary, mirrors := "", []string{}
	if len(places) > 0 {
		primary, mirrors = places[0], places[1:]
	}
	aliases := slices.DeleteFunc(remote(f.urls), func(u string) bool { return u == primary })
	r := fetch.Request{URL: primary, Mirrors: mirrors, Aliases: aliases, Want: []digest.Digest{{Algorithm: digest.GitBlob, Hex: f.content}}}
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
		if err := p.contradiction(f, o); err != nil {
			it.Source = ecosystems.Failed{Err: err}
		}
	default:
		it.Source = ecosystems.Prepared{First: f.request(), Make: func(ctx context.Context, w ecosystems.Workshop) (fetch.Object, error) {
			return p.obtainFile(ctx, w, f)
		}}
	}
	return p.emit(it)
}

// examine works out the facts of a file.
func examine(body *io.SectionReader) (facts, error) {
	sum := sha512.New()
	if _, err := io.Copy(sum, body); err != nil {
		return facts{}, err
	}
	licences, err := licence.Find(body)
	return facts{SHA512: hex.EncodeToString(sum.Sum(nil)), Licence: strings.Join(licences, ", ")}, err
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
	p.mu.Lock()
	defer p.mu.Unlock()
	o, ok := p.got[f.content]
	return o, ok
}
