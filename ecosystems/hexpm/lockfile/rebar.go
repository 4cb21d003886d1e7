package lockfile

// rebar reads a rebar.lock: nothing, a list of locks (the first rebar3, and
// still when no package is locked), or {Version, Locks} and a list of
// attributes.
func (r *reader) rebar(src string) error {
	terms, err := parseErlang(r.lock.Name, src)
	if err != nil || len(terms) == 0 {
		return err
	}
	locks := terms[0]
	var inner, outer map[string]string
	if locks.kind == tuple && len(locks.items) == 2 {
		locks = locks.items[1]
		for _, attributes := range terms[1:] {
			if inner, err = r.rebarHashes(attributes, "pkg_hash", inner); err != nil {
				return err
			}
			if outer, err = r.rebarHashes(attributes, "pkg_hash_ext", outer); err != nil {
				return err
			}
		}
	}
	if locks.kind != list {
		return r.fail(locks.line, "has %s where the list of locks belongs; lock the project again with rebar3 lock", locks.kind)
	}
	for _, lock := range locks.items {
		if err := r.rebarLock(lock, inner, outer); err != nil {
			return err
		}
	}
	return nil
}

// rebarHashes adds the pairs of one attribute to sums.
func (r *reader) rebarHashes(attributes term, key string, sums map[string]string) (map[string]string, error) {
	pairs, found := attributes.keyword(key)
	if !found {
		return sums, nil
	}
	if sums == nil {
		sums = map[string]string{}
	}
	for _, pair := range pairs.items {
		app, ok := pair.at(0).word()
		sum, okSum := pair.at(1).word()
		if pair.kind != tuple || !ok || !okSum {
			return nil, r.fail(pair.line, "has something else than {Name, Hash} in %s; lock the project again with rebar3 lock", key)
		}
		sums[app] = sum
	}
	return sums, nil
}

// rebarLock reads {Name, Source, Level}.
func (r *reader) rebarLock(t term, inner, outer map[string]string) error {
	app, ok := t.at(0).word()
	if t.kind != tuple || len(t.items) < 2 || !ok || app == "" {
		return r.fail(t.line, "has %s where a lock like {Name, Source, Level} belongs; lock the project again with rebar3 lock", t.kind)
	}
	source := t.items[1]
	if source.tagged("raw") { // a dependency that is fetched but not built
		source = source.at(1)
	}
	switch tag := source.tag(); tag {
	case "":
		return r.fail(t.line, "locks %s to %s, not to a tuple like {pkg, …}; lock the project again with rebar3 lock", quote(app), source.kind)
	case "pkg":
		e := Entry{App: app, Line: t.line, Inner: inner[app], Outer: outer[app]}
		e.Package, e.Version = source.at(1).string(), source.at(2).string()
		if e.Package == "" {
			e.Package = app
		}
		if e.Inner == "" { // rebar3 keeps hashes beside them, but takes them here too
			e.Inner = source.at(3).string()
		}
		if e.Outer == "" {
			e.Outer = source.at(4).string()
		}
		return r.add(e)
	default:
		o := Outside{App: app, Kind: tag, Source: source.at(1).string(), Line: t.line}
		if ref := source.at(2); ref.kind == tuple {
			o.Ref = ref.at(1).string()
		} else {
			o.Ref = ref.string()
		}
		return r.addOutside(o)
	}
}
