package hexpm

import (
	"fmt"
	"time"
)

// Signed indexes say neither when they were made nor how long they are valid, so
// an old or a damaged one has to be told from its content.

// identity says which repository the indexes are of: its name and its key. Where
// they are fetched from does not matter, an old copy elsewhere is old as well.
func (r *repository) identity() string { return r.trust.Repository + " " + r.trust.Key.Fingerprint() }

// regressed returns an error if some package's time of change went backwards.
func (r *repository) regressed(before, now *catalog) error {
	for _, p := range before.names.Packages {
		l := now.listings[p.Name]
		if !l.named() || l.entry.UpdatedAt.IsZero() || !l.entry.UpdatedAt.Before(p.UpdatedAt) {
			continue
		}
		return fmt.Errorf("%s went back in time: %s changed at %s, it now says %s; an upstream that was restored on purpose is accepted with --allow-rollback",
			r.at(namesFile), p.Name, stamp(p.UpdatedAt), stamp(l.entry.UpdatedAt))
	}
	return nil
}

// vanished returns the packages that are gone from names and that changed later
// than anything it still lists: they were deleted, or names is an old one.
func vanished(before, now *catalog) []string {
	last := now.newest()
	var names []string
	for _, p := range before.names.Packages {
		if p.UpdatedAt.After(last) && !now.listings[p.Name].named() {
			names = append(names, p.Name)
		}
	}
	return names
}

// notGone is the error about a vanished package that still exists.
func (r *repository) notGone(name string, last time.Time) error {
	return fmt.Errorf("%s went back in time: its newest change is now of %s, and %s is gone from it although the package exists; accept it with --allow-rollback if that is right",
		r.at(namesFile), stamp(last), name)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "none"
	}
	return t.UTC().Format(time.RFC3339)
}

// maxShrink is the share of packages, in percent, that may disappear at once.
const maxShrink = 5

// shrunk returns an error if implausibly many packages disappeared. One always
// may: in a small repository that is a large share.
func (r *repository) shrunk(before, now *catalog) error {
	lost, example := 0, ""
	for _, name := range before.packages() {
		was, is := before.listings[name], now.listings[name]
		if is == nil || was.inNames && !is.inNames || was.inListed && !is.inListed {
			lost++
			example = name
		}
	}
	if lost <= 1 || lost*100 <= len(before.listings)*maxShrink {
		return nil
	}
	return fmt.Errorf("%s lost %d of its %d packages (%s among them); if that is right, accept it with --allow-shrink",
		r.at(""), lost, len(before.listings), example)
}

// implausiblyAbsent returns an error if so many of the files that were asked for
// do not exist that something between here and upstream is the likelier reason.
func implausiblyAbsent(absent, asked int, example string) error {
	few := absent < 3 || absent*2 <= asked
	if small := absent <= 10 || absent*100 <= asked*maxShrink; few && small {
		return nil
	}
	return fmt.Errorf("%d of %d files are absent although the index lists them (%s); a proxy or a wrong upstream can answer like that; --allow-partial publishes without them",
		absent, asked, example)
}
