package hexpm

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
)

// loss is a tarball that could not be had.
type loss struct {
	ecosystems.Failure
	*shelf
	record  *record
	version string
}

// repair looks after tarballs that could not be had. The registry may have
// changed while the run was under way: a release may have been replaced or withdrawn.
// A cache may hold the wrong file. So each is asked for once more, past caches;
// then its package is read again; and only what is still listed and still not
// there is lost.
func (p *planner) repair() error {
	losses, err := p.settle()
	if err != nil {
		return err
	}
	if err := p.plausible(losses); err != nil {
		return err
	}
	again := slices.DeleteFunc(slices.Clone(losses), func(l loss) bool { return !l.worthAsking() })
	if len(again) > 0 {
		for _, l := range again {
			if err := p.emitFresh(l.Item); err != nil {
				return err
			}
		}
		kept := slices.DeleteFunc(losses, loss.worthAsking)
		if losses, err = p.settle(); err != nil {
			return err
		}
		if err := p.reread(losses); err != nil {
			return err
		}
		late, err := p.settle()
		if err != nil {
			return err
		}
		losses = append(kept, stillLost(losses, late)...)
	}
	return p.acceptLosses(losses)
}

// worthAsking reports whether another answer may be expected. What failed for
// now has been tried often enough by the engine.
func (l loss) worthAsking() bool {
	return errors.Is(l.Err, fetch.ErrAbsent) || errors.Is(l.Err, fetch.ErrWrongBytes)
}

// settle waits for what was yielded and returns the tarballs that failed, by
// path. Documentation that does not exist is remembered.
func (p *planner) settle() ([]loss, error) {
	failures, err := p.in.Settle(p.ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(failures, func(a, b ecosystems.Failure) int { return cmp.Compare(a.Item.Path, b.Item.Path) })
	var losses []loss
	for _, f := range failures {
		if _, ok := f.Item.Source.(ecosystems.Download); !ok {
			continue
		}
		p.lists.settled(f)
		for _, s := range p.shelves {
			if name, v, ok := s.split(f.Item.Path, docsDir, docsSuffix); ok {
				s.withoutDocs(name, v, f)
			}
			name, v, ok := s.split(f.Item.Path, tarballsDir, tarballSuffix)
			if r := s.records[name]; ok && r != nil {
				losses = append(losses, loss{f, s, r, v})
			}
		}
	}
	return losses, nil
}

// withoutDocs remembers documentation that does not exist, or that has to be
// asked for again.
func (s *shelf) withoutDocs(name, version string, f ecosystems.Failure) {
	if f.Absent() {
		s.next.NoDocs[name] = append(s.next.NoDocs[name], version)
	} else {
		s.next.Missing = append(s.next.Missing, name)
	}
}

func (p *planner) plausible(losses []loss) error {
	if p.in.Selection.AllowPartial {
		return nil
	}
	absent, example := 0, ""
	for _, l := range losses {
		if l.Absent() && !errors.Is(l.Err, fetch.ErrWrongBytes) { // somebody answered with what the registry signs
			absent++
			example = l.Err.Error()
		}
	}
	return implausiblyAbsent(absent, p.asked, example)
}

func (p *planner) emitFresh(it ecosystems.Item) error {
	d := it.Source.(ecosystems.Download)
	d.Fresh = true
	it.Source = d
	return p.emit(it)
}

// reread asks for the packages of lost tarballs again and brings the plan to
// what they say now.
func (p *planner) reread(losses []loss) error {
	byRecord := map[*record][]loss{}
	var questions []question
	for _, l := range losses {
		if byRecord[l.record] == nil {
			q := l.packageRequest(l.record.name)
			q.Fresh = true
			questions = append(questions, question{q, func(d ecosystems.Document, err error) error {
				if err != nil {
					return nil // what is lost stays lost; the next run sees why
				}
				pkg, err := openPackage(d.Data)
				if err != nil {
					return nil
				}
				return l.renew(l.record, d.Object, pkg, byRecord[l.record])
			}})
		}
		byRecord[l.record] = append(byRecord[l.record], l)
	}
	return p.ask(questions)
}

// renew replaces what a record says by the package as it is now.
func (s *shelf) renew(r *record, o fetch.Object, pkg *registry.Package, losses []loss) error {
	if _, lacks := r.listing.lacks(pkg); lacks && !slices.ContainsFunc(losses, func(l loss) bool {
		_, listed := pkg.Release(l.version)
		return !listed
	}) {
		return nil // older than what is known
	}
	known := r.checksums
	maps.DeleteFunc(known, func(version string, _ registry.Checksum) bool { return r.clashes[version] != "" })
	r.object, r.pkg, r.earlier, r.partial = o, pkg, false, false
	r.remember()
	r.leaveOutClashes(versionsOf(known))
	if s.p.filtered {
		s.next.Documents[r.name] = o.ID
	}
	for _, version := range slices.Sorted(maps.Keys(known)) {
		sum, listed := r.checksums[version]
		if _, kept := r.reason(version); kept && (!listed || sum != known[version]) {
			if err := s.p.emit(withdraw(s.prefix+tarballFile(r.name, version), s.title(r.name)+" "+version)); err != nil {
				return err
			}
		}
	}
	for _, release := range pkg.Releases {
		reason, kept := r.reason(release.Version)
		sum, was := known[release.Version]
		if !kept || was && sum == release.OuterChecksum {
			continue
		}
		if err := s.p.emit(s.download(r, release, reason)); err != nil {
			return err
		}
	}
	s.next.Unsettled[r.name] = s.p.in.Now
	return nil
}

func withdraw(path, name string) ecosystems.Item {
	return ecosystems.Item{Path: path, Stage: content, Name: name, Source: ecosystems.Withdrawn{}, Reason: "withdrawn upstream"}
}

// stillLost returns the losses that reading their packages again did not mend,
// and the new ones.
func stillLost(before, late []loss) []loss {
	var lost []loss
	for _, l := range before {
		sum, listed := l.record.checksums[l.version]
		if !listed || sum != l.wanted() {
			continue
		}
		lost = append(lost, l)
	}
	return append(lost, late...)
}

// wanted returns the outer checksum that the lost tarball was to have.
func (l loss) wanted() registry.Checksum {
	for _, d := range l.Item.Source.(ecosystems.Download).Want {
		if sum, err := registry.ParseChecksum(d.Hex); err == nil {
			return sum
		}
	}
	return registry.Checksum{}
}

// acceptLosses lives with what is lost: an index of our own no longer lists it,
// upstream's does. With --allow-partial a package that arrived in part stays as
// the current snapshot has it.
func (p *planner) acceptLosses(losses []loss) error {
	restored := map[*record]bool{}
	for _, l := range losses {
		l.next.Missing = append(l.next.Missing, l.record.name)
		if restored[l.record] {
			continue
		}
		if !l.Absent() && p.in.Selection.AllowPartial {
			ok, err := l.restore(l.record, l.Err)
			if err != nil {
				return err
			}
			if restored[l.record] = ok; ok {
				continue
			}
		}
		if l.record.absent == nil {
			l.record.absent = map[string]bool{}
		}
		l.record.absent[l.version] = true
	}
	return nil
}

// restore takes back what was planned for a package and keeps the current
// snapshot's copy. It reports false if there is none.
func (s *shelf) restore(r *record, cause error) (bool, error) {
	old := s.earlierRecord(r.name)
	if old == nil {
		return false, nil
	}
	here := s.here(tarballsDir, r.name, tarballSuffix)
	for _, version := range slices.Sorted(maps.Keys(r.checksums)) {
		if _, kept := r.reason(version); !kept || here[version].Object == store.ID(r.checksums[version]) {
			continue
		}
		if err := s.p.emit(withdraw(s.prefix+tarballFile(r.name, version), s.title(r.name)+" "+version)); err != nil {
			return false, err
		}
	}
	kept := map[string]*keep{}
	for _, version := range slices.Sorted(maps.Keys(here)) {
		e := here[version]
		kept[version] = &keep{reason: "kept from the current snapshot"}
		if err := s.p.emit(have(e.Path, fetch.Object{ID: e.Object, Size: e.Size}, content)); err != nil {
			return false, err
		}
	}
	r.pkg, r.object, r.earlier, r.partial, r.kept = old.pkg, old.object, true, old.partial, kept
	s.next.Unsettled[r.name] = s.p.in.Now
	s.p.notice(ecosystems.KeptOld, s.prefix+packageFile(r.name), "%s: %v; the copy here is kept", s.title(r.name), cause)
	return true, nil
}
