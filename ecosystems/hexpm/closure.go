package hexpm

import (
	"cmp"

	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

// choose adds the versions that new wishes and pins keep.
func (sel *selector) choose(t target) error {
	w, r := sel.targets[t], t.records[t.name]
	if r == nil || r.pkg == nil {
		return nil
	}
	available := availableVersions(r)
	for ; w.fed < len(w.wishes); w.fed++ {
		if err := sel.p.ctx.Err(); err != nil {
			return err
		}
		wish := w.wishes[w.fed]
		chosen := sel.p.versions.choose(available, wish.requirement, sel.p.prereleases)
		for _, v := range chosen {
			if !sel.p.denied(t.name, v) {
				w.keep(v.String(), wish.reason, true)
			}
		}
		switch {
		case sel.p.versions.locked && len(w.pins) == 0:
			sel.tell("not-locked", t.prefix+packageFile(t.name), "%s (%s): no lock names it, so it is left out (versions = \"locked\")", t.title(t.name), wish.reason)
		case len(chosen) == 0 && !sel.p.versions.locked:
			sel.tell("unsatisfied", t.prefix+packageFile(t.name), "%s: no version satisfies %q (%s)", t.title(t.name), wish.requirement, wish.reason)
		}
	}
	for _, pin := range w.pins {
		if v, err := version.Parse(pin.Version); err == nil && sel.p.denied(t.name, v) {
			if !pin.pulled {
				sel.tell("denied", pin.file, "%s locks %s %s, which deny leaves out", pin.file, t.title(t.name), pin.Version)
			}
			continue
		}
		w.keep(pin.Version, pin.reason(), false)
	}
	return nil
}

func (w *wanted) keep(v, reason string, free bool) {
	k := w.kept[v]
	switch {
	case k == nil:
		w.kept[v] = &keep{reason: reason, free: free}
	case free && !k.free:
		k.free, k.expanded = true, false
	}
}

// follow adds the dependencies of releases that were kept since the last time.
func (sel *selector) follow(t target, r *record) {
	w := sel.targets[t]
	for _, release := range r.pkg.Releases {
		k := w.kept[release.Version]
		if k == nil || k.expanded {
			continue
		}
		k.expanded = true
		by := t.title(t.name) + " " + release.Version
		for _, d := range release.Dependencies {
			s := t.shelf
			if d.Repository != "" {
				if s = sel.p.shelfOf(d.Repository); s == nil {
					sel.tell("missing-dependency", t.prefix+packageFile(t.name), "%s needs %s of the repository %s, which is not mirrored: add it to [[hex.repositories]]", by, d.Package, d.Repository)
					continue
				}
			}
			sel.depend(target{s, d.Package}, d.Requirement, d.Optional, cmp.Or(d.App, d.Package), k.free, by)
		}
	}
}

// whyAbsent ends "needs NAME, which" for a package that is not on the lists.
func (t target) whyAbsent() string {
	if t.shelf.denied[t.name] {
		return "deny leaves out"
	}
	return "the repository does not have"
}

// depend adds one dependency of a kept release.
func (sel *selector) depend(t target, text string, optional bool, app string, free bool, by string) {
	if t.now.listings[t.name] == nil {
		if !optional {
			sel.tell("missing-dependency", t.prefix+packageFile(t.name), "%s needs %s, which %s", by, t.title(t.name), t.whyAbsent())
		}
		return
	}
	if sel.p.whole(t.repository) {
		return
	}
	w := sel.of(t) // clients read the registry file of optional dependencies too
	if optional && !sel.p.optional {
		return
	}
	requirement, err := version.ParseRequirement(text)
	if err != nil {
		sel.tell("odd-requirement", t.prefix+packageFile(t.name), "%s needs %s %q, which is no requirement; every version is taken to satisfy it", by, t.name, text)
		requirement = version.Any()
	}
	if !free || sel.p.versions.locked {
		if sel.outside[app] || w.pinned(requirement) {
			return
		}
		if sel.p.versions.locked {
			sel.tell("not-locked", t.prefix+packageFile(t.name), "%s needs %s %s, which no lock names: it is left out (versions = \"locked\")", by, t.name, requirement)
			return
		}
	}
	sel.want(t, requirement, "needed by "+by)
}

// pinned reports whether some lock pins a version that satisfies r.
func (w *wanted) pinned(r version.Requirement) bool {
	for _, pin := range w.pins {
		if v, err := version.Parse(pin.Version); err != nil || r.Match(v, true) {
			return true
		}
	}
	return false
}
