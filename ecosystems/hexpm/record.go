package hexpm

import (
	"errors"
	"fmt"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
)

// record is what a plan knows about one package.
type record struct {
	name    string
	listing *listing // nil: no index lists it
	pkg     *registry.Package
	object  fetch.Object // the file that pkg was read from; zero when there is none
	earlier bool         // pkg is from the current snapshot, because upstream's file was older or did not arrive
	partial bool         // pkg is from a filtered snapshot and may lack releases
	err     error        // the package's file cannot be had

	checksums map[string]registry.Checksum // outer ones, by version; survives pkg

	kept    map[string]*keep  // by version; nil: every release
	absent  map[string]bool   // kept, but their tarballs do not exist
	clashes map[string]string // left out whatever kept says, because of that other version
}

// keep is why a release is kept.
type keep struct {
	reason   string
	free     bool // chosen by requirement, not merely pinned by a lock
	expanded bool // its dependencies were followed, and as free if it is free
}

// reason returns why a release is kept, if it is.
func (r *record) reason(version string) (string, bool) {
	if r.clashes[version] != "" {
		return "", false
	}
	if r.kept == nil {
		return "the whole repository is mirrored", true
	}
	k := r.kept[version]
	if k == nil {
		return "", false
	}
	return k.reason, true
}

// remember notes the checksums of the releases.
func (r *record) remember() {
	r.checksums = make(map[string]registry.Checksum, len(r.pkg.Releases))
	for _, release := range r.pkg.Releases {
		r.checksums[release.Version] = release.OuterChecksum
	}
}

// read asks upstream for packages, conditionally, and hands each record to then
// as soon as it is good. Those whose file is older than the index says are
// asked for again, past caches, after all others.
func (s *shelf) read(names []string, then func(*record) error) error {
	var again []string
	questions := make([]question, len(names))
	for i, name := range names {
		questions[i] = question{s.packageRequest(name), func(d ecosystems.Document, err error) error {
			r, reason := s.judge(name, d, err)
			if reason != nil {
				again = append(again, name)
				return nil
			}
			return s.accept(r, d, then)
		}}
	}
	if err := s.p.ask(questions); err != nil {
		return err
	}
	questions = questions[:0]
	for _, name := range again {
		q := s.packageRequest(name)
		q.Fresh = true
		questions = append(questions, question{q, func(d ecosystems.Document, err error) error {
			r, reason := s.judge(name, d, err)
			if reason != nil {
				r = s.doubt(r, reason)
			}
			return s.accept(r, d, then)
		}})
	}
	return s.p.ask(questions)
}

// judge makes a record of an answer. The second result says why the answer
// cannot be right yet.
func (s *shelf) judge(name string, d ecosystems.Document, err error) (*record, error) {
	r := &record{name: name, listing: s.now.listings[name], object: d.Object}
	if err == nil {
		r.pkg, err = s.readPackage(name, d)
	}
	switch {
	case err == nil:
		if v, lacks := r.listing.lacks(r.pkg); lacks {
			return r, fmt.Errorf("it lacks %s, which %s lists", v, versionsFile)
		}
		return r, nil
	case errors.Is(err, fetch.ErrAbsent):
		r.err = err
		if !r.listing.named() {
			return r, nil
		}
		return r, fmt.Errorf("it does not exist, although %s lists it", namesFile)
	default:
		r.err = err
		return r, nil
	}
}

// readPackage reads a package's file. Bytes that were fetched just now have been
// proven; others were proven by an earlier run, perhaps with another key.
func (s *shelf) readPackage(name string, d ecosystems.Document) (*registry.Package, error) {
	if d.Outcome != fetch.Fetched {
		return s.trust.Package(d.Data, name)
	}
	return openPackage(d.Data)
}

func openPackage(data []byte) (*registry.Package, error) {
	signed, err := registry.Open(data, registry.MaxPackagePayload)
	if err != nil {
		return nil, err
	}
	return registry.UnmarshalPackage(signed.Payload)
}

// doubt decides about a package whose file stays older than the indexes. The
// copy here is kept until the file catches up or the grace is over; then the file is
// taken at its word.
func (s *shelf) doubt(r *record, reason error) *record {
	since, waited := s.waiting(r.name)
	if waited && settledBy(since, s.p.in.Now) {
		return r
	}
	s.next.Unsettled[r.name] = since
	file := s.prefix + packageFile(r.name)
	if old := s.earlierRecord(r.name); old != nil {
		s.p.notice("stale-index", file, "%s: %v; the copy here is kept", s.title(r.name), reason)
		return old
	}
	s.p.notice("stale-index", file, "%s: %v", s.title(r.name), reason)
	return r
}

// waiting returns since when a package has been unsettled; now, if it was not.
func (s *shelf) waiting(name string) (since time.Time, waited bool) {
	if s.old != nil {
		if since, waited = s.old.Unsettled[name]; waited {
			return since, true
		}
	}
	return s.p.in.Now, false
}

// accept takes a record into the plan.
func (s *shelf) accept(r *record, d ecosystems.Document, then func(*record) error) error {
	if s.forgotten(r) {
		return nil
	}
	if r.err != nil && !errors.Is(r.err, fetch.ErrAbsent) && s.p.in.Selection.AllowPartial {
		if old := s.earlierRecord(r.name); old != nil {
			since, _ := s.waiting(r.name)
			s.next.Unsettled[r.name] = since
			s.p.notice(ecosystems.KeptOld, s.prefix+packageFile(r.name), "%s: %v; the copy here is kept", s.title(r.name), r.err)
			r = old
		}
	}
	if r.err == nil && !r.earlier {
		s.settle(r, d)
	}
	s.records[r.name] = r
	return then(r)
}

// forgotten notes packages that do not exist any more. Their own file may outlive
// their place in the indexes in a cache for a while.
func (s *shelf) forgotten(r *record) bool {
	if errors.Is(r.err, fetch.ErrAbsent) && !r.listing.named() {
		s.gone[r.name] = true
		return true
	}
	if r.listing != nil || r.err != nil {
		return false
	}
	since, waited := s.waiting(r.name)
	if waited && settledBy(since, s.p.in.Now) {
		s.gone[r.name] = true
		return true
	}
	s.next.Unsettled[r.name] = since
	return false
}

// settle decides whether a package that changed, as an index says, shows its
// change. Where it does not, either only its documentation changed, or a cache
// answered with the older file.
func (s *shelf) settle(r *record, d ecosystems.Document) {
	if s.p.filtered {
		s.next.Documents[r.name] = d.ID
	}
	if s.before == nil || r.listing == nil || d.ID != s.upstreamBefore(r.name) {
		return
	}
	since, waited := s.waiting(r.name)
	moved := !r.listing.same(s.before.listings[r.name])
	switch {
	case waited && !settledBy(since, s.p.in.Now), moved && !waited:
		s.next.Unsettled[r.name] = since
	case moved:
		s.next.Unsettled[r.name] = s.p.in.Now
	}
}

// upstreamBefore returns the object of upstream's packages/NAME as the last run
// saw it.
func (s *shelf) upstreamBefore(name string) store.ID {
	if s.p.filtered {
		if s.old == nil {
			return store.ID{}
		}
		return s.old.Documents[name]
	}
	o, _ := s.p.previous(s.prefix + packageFile(name))
	return o.ID
}

// earlierRecord returns the package as the current snapshot has it, or nil.
func (s *shelf) earlierRecord(name string) *record {
	o, ok := s.p.previous(s.prefix + packageFile(name))
	if !ok {
		return nil
	}
	data, err := s.p.readObject(s.prefix + packageFile(name))
	if err != nil {
		return nil
	}
	pkg, err := openPackage(data)
	if err != nil {
		return nil
	}
	r := &record{name: name, listing: s.now.listings[name], pkg: pkg, object: o, earlier: true}
	if s.p.filtered {
		_, r.partial = r.listing.lacks(pkg)
		if s.old != nil {
			s.next.Documents[name] = s.old.Documents[name]
		}
	}
	return r
}
