package lockfile

// mix reads a mix.lock.
func (r *reader) mix(src string) error {
	root, err := parseElixir(r.lock.Name, src)
	if err != nil {
		return err
	}
	switch root.kind {
	case mapping:
		for i := 0; i < len(root.items); i += 2 {
			if err := r.mixEntry(root.items[i], root.items[i+1]); err != nil {
				return err
			}
		}
		return nil
	case list: // as Mix wrote it before Elixir 1.0
		for _, pair := range root.items {
			if pair.kind != tuple || len(pair.items) != 2 {
				return r.fail(pair.line, "has %s where a dependency belongs; lock the project again with mix deps.get", pair.kind)
			}
			if err := r.mixEntry(pair.items[0], pair.items[1]); err != nil {
				return err
			}
		}
		return nil
	}
	return r.fail(root.line, "has %s where the map %%{…} of dependencies belongs; lock the project again with mix deps.get", root.kind)
}

func (r *reader) mixEntry(key, value term) error {
	app, ok := key.word()
	if !ok || app == "" {
		return r.fail(key.line, "has %s where the name of an application belongs; lock the project again with mix deps.get", key.kind)
	}
	if value.kind == atom && value.text == "nil" { // unlocked; Mix drops it when it writes next
		return nil
	}
	switch tag := value.tag(); tag {
	case "":
		return r.fail(value.line, "locks %s to %s, not to a tuple like {:hex, …}; lock the project again with mix deps.get", quote(app), value.kind)
	case "hex":
		return r.mixHex(app, value)
	case "package": // of Hex before 0.6, at the time of Elixir 1.0
		e := Entry{App: app, Package: app, Version: value.at(1).string(), Line: key.line}
		return r.add(e)
	default:
		return r.addOutside(Outside{App: app, Kind: tag, Source: value.at(1).string(), Ref: value.at(2).string(), Line: key.line})
	}
}

// mixHex reads {:hex, package, version, inner, managers, deps, repository,
// outer}, of which all but three came over the years: inner checksum with Hex
// 0.12, managers and dependencies with 0.12 as well, the repository with 0.16,
// the outer checksum with 0.20.2. What may yet follow is ignored, as Hex does.
func (r *reader) mixHex(app string, t term) error {
	e := Entry{App: app, Line: t.line}
	for i, field := range []struct {
		to   *string
		what string
	}{1: {&e.Package, "package"}, 2: {&e.Version, "version"}, 3: {&e.Inner, "inner checksum"},
		6: {&e.Repository, "repository"}, 7: {&e.Outer, "outer checksum"}} {
		if field.to == nil {
			continue
		}
		s, ok := t.at(i).word()
		if !ok {
			return r.fail(t.line, "locks %s with %s for its %s; lock the project again with mix deps.get", quote(app), t.at(i).kind, field.what)
		}
		*field.to = s
	}
	for _, d := range t.at(5).items {
		dep, err := r.mixDep(app, d)
		if err != nil {
			return err
		}
		e.Deps = append(e.Deps, dep)
	}
	return r.add(e)
}

// mixDep reads {:app, "requirement", [hex: :package, repo: "hexpm", optional: false]},
// whose options came one by one.
func (r *reader) mixDep(app string, t term) (Dep, error) {
	name, ok := t.at(0).word()
	if !ok || name == "" || t.kind != tuple {
		return Dep{}, r.fail(t.line, "has %s where a dependency of %s belongs; lock the project again with mix deps.get", t.kind, quote(app))
	}
	d := Dep{App: name, Package: name, Requirement: t.at(1).string()}
	options := t.at(len(t.items) - 1)
	if v, found := options.keyword("hex"); found {
		d.Package = v.string()
	}
	if v, found := options.keyword("repo"); found {
		d.Repository = v.string()
	}
	if v, found := options.keyword("optional"); found {
		d.Optional = v.string() == "true"
	}
	return d, nil
}
