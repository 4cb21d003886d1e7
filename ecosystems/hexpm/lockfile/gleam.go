package lockfile

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// manifest is Gleam's manifest.toml.
type manifest struct {
	Packages     []manifestPackage `toml:"packages"`
	Requirements map[string]any    `toml:"requirements"`
}

type manifestPackage struct {
	Name         string   `toml:"name"`
	Version      string   `toml:"version"`
	App          string   `toml:"otp_app"`
	Source       string   `toml:"source"`
	Outer        string   `toml:"outer_checksum"`
	Requirements []string `toml:"requirements"`
	Repo         string   `toml:"repo"`   // of source "git"
	Commit       string   `toml:"commit"` // of source "git"
	Path         string   `toml:"path"`   // of source "local"
}

// gleam reads a manifest.toml.
func (r *reader) gleam(src string) error {
	if line := hostileTOML(src); line > 0 {
		return r.fail(line, "nests deeper than a lock file does, or has a string without end; write it again with gleam deps download")
	}
	var m manifest
	meta, err := toml.Decode(src, &m)
	var syntax toml.ParseError
	switch {
	case errors.As(err, &syntax):
		return r.fail(syntax.Position.Line, "%s; write it again with gleam deps download", oneLine(syntax.Message))
	case err != nil:
		line, message := decodeError(err)
		return r.fail(line, "%s; write it again with gleam deps download", oneLine(message))
	case !meta.IsDefined("packages") && strings.TrimSpace(src) != "":
		return r.fail(0, "has no \"packages\"; the lock file of Gleam is manifest.toml, beside gleam.toml")
	}
	at := lineFinder{src: src}
	for _, p := range m.Packages {
		if err := r.gleamPackage(p, at.next(p.Name)); err != nil {
			return err
		}
	}
	return r.gleamDirect(m.Requirements)
}

// typeError is how the decoder says that a value has the wrong type.
var typeError = regexp.MustCompile(`^toml: line (\d+) \(last key "(.*?)"\): (.*)$`)

func decodeError(err error) (line int, message string) {
	m := typeError.FindStringSubmatch(err.Error())
	if m == nil {
		return 0, err.Error()
	}
	line, _ = strconv.Atoi(m[1])
	return line, fmt.Sprintf("key %s: %s", m[2], m[3])
}

func (r *reader) gleamPackage(p manifestPackage, line int) error {
	app := p.App
	if app == "" {
		app = p.Name
	}
	switch p.Source {
	case "hex":
		e := Entry{App: app, Package: p.Name, Version: p.Version, Outer: p.Outer, Line: line}
		for _, name := range p.Requirements {
			e.Deps = append(e.Deps, Dep{App: name, Package: name})
		}
		return r.add(e)
	case "":
		return r.fail(line, "package %s has no \"source\"; write it again with gleam deps download", quote(p.Name))
	}
	return r.addOutside(Outside{App: app, Kind: p.Source, Source: p.Repo + p.Path, Ref: p.Commit, Line: line})
}

// gleamDirect reads the requirements of the project: a string once, a table with
// "version", "git" or "path" today. Only those of Hex count.
func (r *reader) gleamDirect(requirements map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(requirements)) {
		d := Dep{App: name, Package: name}
		switch v := requirements[name].(type) {
		case string:
			d.Requirement = v
		case map[string]any:
			s, ok := v["version"].(string)
			if !ok {
				continue
			}
			d.Requirement = s
		default:
			continue
		}
		if err := r.checkDep(0, &d); err != nil {
			return err
		}
		r.lock.Direct = append(r.lock.Direct, d)
	}
	return nil
}

// lineFinder finds the lines of packages, which the decoder does not tell: the
// packages come in the order of the file, so each is sought behind the last.
type lineFinder struct {
	src  string
	pos  int
	line int // newlines before pos
}

var nameKey = regexp.MustCompile(`\bname\s*=\s*["']([^"'\n]*)["']`)

// next returns the line of the next package of that name. Once one is not there,
// as its name is written with escapes, it and all that follow have line 0: to
// search the rest for each of them would take too long.
func (f *lineFinder) next(name string) int {
	m := nameKey.FindStringSubmatchIndex(f.src[f.pos:])
	for pos, line := f.pos, f.line; m != nil; m = nameKey.FindStringSubmatchIndex(f.src[pos:]) {
		line += strings.Count(f.src[pos:pos+m[0]], "\n")
		found := f.src[pos+m[2]:pos+m[3]] == name
		pos += m[0] + 1
		if found {
			f.pos, f.line = pos, line
			return line + 1
		}
	}
	f.pos = len(f.src)
	return 0
}
