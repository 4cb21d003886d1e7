package hexpm

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/installs"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// lists is what a plan knows about installs and builds: the lists that name
// them, and which of their files are lost.
type lists struct {
	p     *planner
	files map[string]*listFile // by path
	pairs []installs.List
	lost  map[string]bool
	index []ecosystems.Item // to be yielded after the content
}

// listFile is a list, or the signature of one, as it stands upstream.
type listFile struct {
	path string
	max  int64
	doc  ecosystems.Document
	err  error // fetch.ErrAbsent if upstream has no such list
}

func newLists(p *planner) *lists {
	l := &lists{p: p, files: map[string]*listFile{}, lost: map[string]bool{}}
	if p.installs != installsNone {
		l.pairs = installs.Lists()
	}
	for _, pair := range l.pairs {
		l.add(pair.Path(), installs.MaxList)
		l.add(pair.SignaturePath(), installs.MaxSignature)
	}
	for _, b := range p.builds {
		l.add(b.ListPath(), installs.MaxList)
	}
	return l
}

func (l *lists) add(path string, max int64) { l.files[path] = &listFile{path: path, max: max} }

func (l *lists) paths() []string { return slices.Sorted(maps.Keys(l.files)) }

// questions asks for each list, except that one that upstream did not have is
// asked for again only when everything is.
func (l *lists) questions() []question {
	var all []question
	for _, path := range l.paths() {
		f := l.files[path]
		if id, known := l.remembered(path); known && id.IsZero() && !l.p.sweep() {
			f.err = fetch.ErrAbsent
			continue
		}
		all = append(all, l.question(f))
	}
	return all
}

func (l *lists) question(f *listFile) question {
	q := l.p.buildsRequest(f.path)
	q.MaxSize = f.max
	return question{q, func(d ecosystems.Document, err error) error {
		f.doc, f.err = d, err
		return nil
	}}
}

// buildsRequest asks for a file of installs or builds.
func (s *settings) buildsRequest(path string) fetch.Request {
	main := s.repositories[0]
	if s.buildsURL == main.upstream {
		q := main.request(path)
		q.Absent = hidden
		return q
	}
	return fetch.Request{URL: s.buildsURL + "/" + path, Absent: hidden}
}

// buildsAt is the URL of a file of installs or builds as people may see it.
func (p *planner) buildsAt(path string) string {
	return fetch.Redact(strings.TrimSuffix(p.buildsURL+"/"+path, "/"))
}

// remembered returns the list that the current snapshot was made with; the zero
// id stands for one that upstream did not have.
func (l *lists) remembered(path string) (id store.ID, known bool) {
	if l.p.old == nil {
		return store.ID{}, false
	}
	id, known = l.p.old.Lists[path]
	return id, known
}

func (f *listFile) absent() bool { return errors.Is(f.err, fetch.ErrAbsent) }

// unchanged reports whether all lists are as they were, and nothing that they
// name was lost.
func (l *lists) unchanged() bool {
	if len(l.p.old.Recheck) > 0 {
		return false
	}
	for path, f := range l.files {
		id, known := l.remembered(path)
		if !known || f.absent() != id.IsZero() || !f.absent() && (f.err != nil || f.doc.ID != id) {
			return false
		}
	}
	return true
}

// settled notes an installer or a build that could not be had.
func (l *lists) settled(f ecosystems.Failure) {
	if strings.HasPrefix(f.Item.Path, "installs/") || strings.HasPrefix(f.Item.Path, "builds/") {
		l.lost[f.Item.Path] = true
	}
}

// keep notes a list that is published as upstream has it.
func (l *lists) keep(path string, o fetch.Object) {
	l.p.next.Lists[path] = o.ID
	l.index = append(l.index, ecosystems.Item{
		Path: path, Stage: layout.Index, Size: o.Size, Name: path,
		Source: ecosystems.Have{Object: o}, Reason: "names installers",
	})
}

// fail yields a list that cannot be had.
func (l *lists) fail(path string, err error) error {
	l.p.next.Recheck = append(l.p.next.Recheck, path)
	return l.p.emit(ecosystems.Item{Path: path, Stage: layout.Index, Name: path, Source: ecosystems.Failed{Err: err}})
}
