package lockfile

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// gleam reads a manifest.toml. It is decoded into maps, because decoding into
// structs does not tell "packages" from "Packages", which Gleam does.
func (r *reader) gleam(src string) error {
	if line := hostileTOML(src); line > 0 {
		return r.fail(line, "nests deeper than a lock file does, or has a string without end; write it again with gleam deps download")
	}
	var root map[string]any
	_, err := toml.Decode(src, &root)
	var syntax toml.ParseError
	switch {
	case errors.As(err, &syntax):
		return r.fail(syntax.Position.Line, "%s; write it again with gleam deps download", oneLine(syntax.Message))
	case err != nil:
		return r.fail(0, "%s; write it again with gleam deps download", oneLine(err.Error()))
	case root["packages"] == nil && strings.TrimSpace(src) != "":
		return r.fail(0, "has no \"packages\"; the lock file of Gleam is manifest.toml, beside gleam.toml")
	}
	packages, ok := tables(root["packages"])
	if !ok {
		return r.fail(0, "has \"packages\" that are not a list of tables; write it again with gleam deps download")
	}
	at := lineFinder{src: src}
	for _, p := range packages {
		name, _ := p["name"].(string)
		if err := r.gleamPackage(p, at.next(name)); err != nil {
			return err
		}
	}
	requirements, _ := root["requirements"].(map[string]any)
	return r.gleamDirect(requirements)
}

// tables returns a list of tables, inline or not. No list is an empty list.
func tables(v any) (list []map[string]any, ok bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case []map[string]any:
		return v, true
	case []any:
		for _, item := range v {
			table, ok := item.(map[string]any)
			if !ok {
				return nil, false
			}
			list = append(list, table)
		}
		return list, true
	}
	return nil, false
}

func (r *reader) gleamPackage(p map[string]any, line int) error {
	e := Entry{Line: line}
	o := Outside{Line: line}
	var repo, path string
	for _, field := range []struct {
		key string
		to  *string
	}{
		{"name", &e.Package}, {"version", &e.Version}, {"otp_app", &e.App}, {"outer_checksum", &e.Outer},
		{"source", &o.Kind}, {"repo", &repo}, {"commit", &o.Ref}, {"path", &path},
	} {
		var ok bool
		if *field.to, ok = p[field.key].(string); !ok && p[field.key] != nil {
			return r.fail(line, "a package has no string for its %q; write it again with gleam deps download", field.key)
		}
	}
	if e.App == "" {
		e.App = e.Package
	}
	switch o.Kind {
	case "hex":
		names, ok := p["requirements"].([]any)
		if !ok && p["requirements"] != nil {
			return r.fail(line, "package %s has no list for its \"requirements\"; write it again with gleam deps download", quote(e.Package))
		}
		for _, v := range names {
			name, _ := v.(string)
			e.Deps = append(e.Deps, Dep{App: name, Package: name})
		}
		return r.add(e)
	case "":
		return r.fail(line, "package %s has no \"source\"; write it again with gleam deps download", quote(e.Package))
	}
	o.App, o.Source = e.App, repo+path
	return r.addOutside(o)
}

// gleamDirect reads the requirements of the project: a string once, a table with
// "version", "git" or "path" today. Only those of Hex count.
func (r *reader) gleamDirect(requirements map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(requirements)) {
		requirement := requirements[name]
		if table, ok := requirement.(map[string]any); ok {
			requirement = table["version"]
		}
		text, ok := requirement.(string)
		if !ok {
			continue
		}
		d := Dep{App: name, Package: name, Requirement: text}
		if err := r.checkDep(0, &d); err != nil {
			return err
		}
		r.lock.Direct = append(r.lock.Direct, d)
	}
	return nil
}
