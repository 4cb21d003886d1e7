package manifest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

type parser struct {
	file    string
	content string
	m       Manifest
	seen    map[uuid.UUID]string
}

func (p *parser) fail(line int, format string, args ...any) error {
	return tomlfile.Fail(p.file, line, format, args...)
}

func (p *parser) manifest(top map[string]any) (*Manifest, error) {
	var err error
	if p.m.Major, p.m.Minor, err = p.format(top["manifest_format"]); err != nil {
		return nil, err
	}
	if err := p.julia(top["julia_version"]); err != nil {
		return nil, err
	}
	packages, prefix := top, ""
	if p.m.Major > 1 {
		prefix = "deps."
		var ok bool
		if packages, ok = top["deps"].(map[string]any); !ok && top["deps"] != nil {
			return nil, p.fail(0, "deps is not a table")
		}
		if err := p.registries(top["registries"]); err != nil {
			return nil, err
		}
	}
	p.seen = map[uuid.UUID]string{}
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		list, err := p.list(prefix, name, packages[name])
		if err != nil {
			return nil, err
		}
		for i, fields := range list {
			if err := p.entry(prefix, name, i, fields); err != nil {
				return nil, err
			}
		}
	}
	slices.SortStableFunc(p.m.Entries, func(a, b Entry) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return a.UUID.Compare(b.UUID)
	})
	return &p.m, nil
}

// format reads manifest_format, which the first format does not have. A development version of
// Julia 1.7 wrote a table.
func (p *parser) format(v any) (major, minor int, err error) {
	var text string
	switch v := v.(type) {
	case nil:
		return 1, 0, nil
	case string:
		text = v
	case map[string]any:
		text = fmt.Sprintf("%v.%v", v["major"], v["minor"])
	default:
		return 0, 0, p.fail(p.line("manifest_format"), "manifest_format is not a text such as \"2.0\"")
	}
	first, second, _ := strings.Cut(text, ".")
	major, err = strconv.Atoi(first)
	if err == nil && second != "" {
		minor, err = strconv.Atoi(second)
	}
	if err != nil || major < 1 || minor < 0 {
		return 0, 0, p.fail(p.line("manifest_format"), "manifest_format %s is not a format such as \"2.0\"", tomlfile.Short(text))
	}
	if major > 2 {
		return 0, 0, p.fail(p.line("manifest_format"), "format %d.%d is newer than this program; formats up to 2 are known", major, minor)
	}
	return major, minor, nil
}

func (p *parser) julia(v any) error {
	text, ok := v.(string)
	if !ok {
		// Also in format 1.0, where it may be a package of that name.
		return nil
	}
	var err error
	if p.m.Julia, err = version.Parse(text); err != nil {
		return p.fail(p.line("julia_version"), "julia_version: %v", err)
	}
	p.m.HasJulia = true
	return nil
}

func (p *parser) registries(v any) error {
	if v == nil {
		return nil
	}
	table, ok := v.(map[string]any)
	if !ok {
		return p.fail(0, "registries is not a table")
	}
	for _, id := range slices.Sorted(maps.Keys(table)) {
		line := func() int { return p.line("[registries." + id + "]") }
		if !validName(id) {
			return p.fail(line(), "a registry cannot be called %s", tomlfile.Short(id))
		}
		fields, ok := table[id].(map[string]any)
		if !ok {
			return p.fail(line(), "registry %s is not a table", id)
		}
		r := Registry{ID: id}
		f := entryParser{p: p, what: "registry " + id, line: line, fields: fields}
		if r.UUID, r.URL = f.uuid(), f.text("url"); f.err != nil {
			return f.err
		}
		p.m.Registries = append(p.m.Registries, r)
	}
	return nil
}

// list returns what stands under the name of a package. Format 1.0 has the settings of the
// manifest beside packages; only tables are packages.
func (p *parser) list(prefix, name string, v any) ([]map[string]any, error) {
	list, ok := tomlfile.Tables(v)
	if !ok {
		if _, table := v.(map[string]any); p.m.Major == 1 && !table {
			return nil, nil
		}
		return nil, p.fail(p.line("["+prefix+name+"]"), "%s is not a list of tables: [[%s%s]]", tomlfile.Short(name), prefix, tomlfile.OneLine(name))
	}
	if len(list) > 0 && !validName(name) {
		return nil, p.fail(p.line("[["+prefix+name+"]]"), "a package cannot be called %s", tomlfile.Short(name))
	}
	return list, nil
}

func (p *parser) entry(prefix, name string, index int, fields map[string]any) error {
	f := entryParser{p: p, what: name, fields: fields,
		line: func() int { return p.nthLine("[["+prefix+name+"]]", index) }}
	e := f.entry(name)
	if f.err != nil {
		return f.err
	}
	if other, twice := p.seen[e.UUID]; twice {
		return p.fail(f.line(), "%s and %s have the same UUID %s", other, name, e.UUID)
	}
	if len(p.m.Entries) == maxEntries {
		return p.fail(f.line(), "there are more than %d packages", maxEntries)
	}
	p.seen[e.UUID] = name
	p.m.Entries = append(p.m.Entries, e)
	return nil
}

// line returns where a line begins so, as far as it can be found; messages are better
// with it, and nothing else depends on it.
func (p *parser) line(begin string) int { return p.nthLine(begin, 0) }

func (p *parser) nthLine(begin string, n int) int {
	number := 0
	for line := range strings.SplitSeq(p.content, "\n") {
		number++
		if strings.HasPrefix(strings.TrimLeft(line, " \t"), begin) {
			if n == 0 {
				return number
			}
			n--
		}
	}
	return 0
}

// validName admits what can be part of a message.
func validName(s string) bool {
	return s != "" && len(s) <= 255 && !strings.ContainsFunc(s, func(c rune) bool { return c == ' ' || !unicode.IsPrint(c) })
}

// entryParser reads the fields of a table; the first error stays.
type entryParser struct {
	p      *parser
	what   string
	line   func() int // asked when something is wrong: it searches
	fields map[string]any
	err    error
}

func (f *entryParser) fail(format string, args ...any) {
	if f.err == nil {
		f.err = f.p.fail(f.line(), "%s: %s", f.what, fmt.Sprintf(format, args...))
	}
}

func (f *entryParser) entry(name string) Entry {
	e := Entry{
		Name: name, UUID: f.uuid(), Pinned: f.flag("pinned"), Registries: f.texts("registries"),
		Path: f.text("path"), RepoURL: f.text("repo-url"), RepoRev: f.text("repo-rev"), Subdir: f.text("repo-subdir"),
	}
	if text := f.text("version"); text != "" {
		v, err := version.Parse(text)
		if err != nil {
			f.fail("%v", err)
		}
		e.Version, e.HasVersion = v, true
	}
	if text := f.text("git-tree-sha1"); text != "" {
		tree, err := treehash.ParseHash(text)
		if err != nil {
			f.fail("%v", err)
		}
		e.Tree = tree
	}
	switch {
	case e.Path != "":
		e.Kind = Local
	case e.RepoURL != "":
		e.Kind = Repository
	case !e.Tree.IsZero():
		e.Kind = Registered
	default:
		e.Kind = Stdlib
	}
	return e
}

func (f *entryParser) uuid() uuid.UUID {
	text := f.text("uuid")
	if text == "" {
		f.fail("uuid is missing")
		return uuid.UUID{}
	}
	id, err := uuid.Parse(text)
	if err != nil {
		f.fail("uuid %v", err)
	}
	return id
}

func (f *entryParser) text(key string) string {
	v := f.fields[key]
	s, ok := v.(string)
	switch {
	case v != nil && !ok:
		f.fail("%s is not a text", key)
	case len(s) > maxText:
		f.fail("%s is longer than %d bytes", key, maxText)
	}
	return s
}

func (f *entryParser) flag(key string) bool {
	v := f.fields[key]
	b, ok := v.(bool)
	if v != nil && !ok {
		f.fail("%s is neither true nor false", key)
	}
	return b
}

// texts reads a text or a list of texts.
func (f *entryParser) texts(key string) []string {
	list, ok := f.fields[key].([]any)
	if !ok {
		if s := f.text(key); s != "" {
			return []string{s}
		}
		return nil
	}
	texts := make([]string, 0, len(list))
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			f.fail("%s is not a list of texts", key)
			return nil
		}
		texts = append(texts, s)
	}
	return texts
}
