package registry

import (
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
)

// document is a TOML file as far as registries need it: keys at the top and
// tables of one level, which hold strings, lists of strings, flags and flat tables.
type document struct {
	file     string
	sections []section // the first one is what stands before all tables
	plain    bool      // lines and offsets are known
}

type section struct {
	name       string
	line       int
	start, end int // in bytes; from the header to before the next one
	entries    []entry
}

type entry struct {
	key   string
	line  int
	value value
}

type kind uint8

const (
	other kind = iota // something that registries do not have
	text
	flag
	list
	table
)

// value is what a key has; only the field of its kind is set.
type value struct {
	kind  kind
	flag  bool
	text  string
	list  []string
	table []entry
}

// Caps on the files of a package, far beyond those of any. Without them, one package could keep the
// whole mirror busy for days.
const (
	maxPackageFile = 4 << 20 // bytes
	maxTables      = 10_000  // versions, or ranges of versions
)

// parseDocument reads a file. Almost all are in the plain form that the tools of
// registries write, for which there is a fast reader; it leaves everything else to the
// TOML package.
func parseDocument(file, content string) (*document, error) {
	if len(content) > maxPackageFile && file != registryFile {
		return nil, tomlfile.TooLarge(file, int64(len(content)), maxPackageFile, ErrTooLarge)
	}
	if sections, ok := scan(content); ok {
		return &document{file: file, sections: sections, plain: true}, nil
	}
	sections, err := decode(file, content)
	if err != nil {
		return nil, err
	}
	return &document{file: file, sections: sections}, nil
}

// decode reads any TOML. Order is that of the file.
func decode(file, content string) ([]section, error) {
	m, meta, err := tomlfile.Decode(file, content)
	if err != nil {
		return nil, err
	}
	sections := []section{{}}
	done := map[string]bool{}
	for _, key := range meta.Keys() {
		name := key[0]
		if done[name] {
			continue
		}
		done[name] = true
		if t, ok := m[name].(map[string]any); ok {
			sections = append(sections, section{name: name, entries: decodeTable(t)})
		} else {
			sections[0].entries = append(sections[0].entries, entry{key: name, value: decodeValue(m[name])})
		}
	}
	return sections, nil
}

func decodeTable(t map[string]any) []entry {
	entries := make([]entry, 0, len(t))
	for k, v := range t {
		entries = append(entries, entry{key: k, value: decodeValue(v)})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	return entries
}

func decodeValue(v any) value {
	switch v := v.(type) {
	case string:
		return value{kind: text, text: v}
	case bool:
		return value{kind: flag, flag: v}
	case map[string]any:
		return value{kind: table, table: decodeTable(v)}
	case []any:
		texts := make([]string, 0, len(v))
		for _, item := range v {
			s, ok := item.(string)
			if !ok {
				return value{}
			}
			texts = append(texts, s)
		}
		return value{kind: list, list: texts}
	}
	return value{}
}

// fail returns an error about the file, formatted.
func (d *document) fail(line int, format string, args ...any) error {
	return tomlfile.Fail(d.file, line, format, args...)
}

// top returns what stands before all tables.
func (d *document) top() *section { return &d.sections[0] }

// tables returns everything else.
func (d *document) tables() []section { return d.sections[1:] }

// get returns the value of a key; its kind is other if there is none.
func get(entries []entry, key string) (entry, bool) {
	i := slices.IndexFunc(entries, func(e entry) bool { return e.key == key })
	if i < 0 {
		return entry{}, false
	}
	return entries[i], true
}

// text returns the string of a key, "" if it is absent.
func (d *document) text(entries []entry, key string) (string, error) {
	e, ok := get(entries, key)
	if ok && e.value.kind != text {
		return "", d.fail(e.line, "%s is not a string", key)
	}
	return e.value.text, nil
}

// needText is text for a key that must be there. line is used when it is not.
func (d *document) needText(entries []entry, key string, line int) (string, error) {
	s, err := d.text(entries, key)
	if err == nil && s == "" {
		err = d.fail(line, "%s is missing", key)
	}
	return s, err
}
