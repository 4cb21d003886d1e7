package registry

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// scan reads the plain form of TOML:
//
//	# comment
//	key = "text"
//	[table]            or ["table"]
//	key = true         or ["text", "text"] or { key = "text", … }
//
// and texts between """ too, if nothing in them is escaped. It gives up, rather than to fail, on
// everything else, and on whatever might be wrong.
func scan(content string) ([]section, bool) {
	if !utf8.ValidString(content) || strings.ContainsAny(content, "\\\r") {
		return nil, false
	}
	const most = 1 << 14 // whatever a file may pretend
	tables, entries := min(strings.Count(content, "\n[")+1, most), min(strings.Count(content, " = "), most)
	s := scanner{
		rest: content, content: content,
		sections: append(make([]section, 0, tables+1), section{}),
		names:    make(map[string]struct{}, tables),
		entries:  make([]entry, 0, entries),
	}
	for s.rest != "" {
		if !s.line() {
			return nil, false
		}
	}
	s.endSection(len(content))
	return s.sections, true
}

type scanner struct {
	content  string
	rest     string // of the content, from the beginning of a line
	number   int    // of lines read
	sections []section
	entries  []entry             // of all sections
	first    int                 // of the entries of the section that is being read
	names    map[string]struct{} // of tables, and of keys at the top
	keys     map[string]struct{} // of the table, once there are many
}

// line reads a line, or as many as its value has.
func (s *scanner) line() bool {
	start := len(s.content) - len(s.rest)
	line, ok := s.cutLine()
	if !ok {
		return false
	}
	number := s.number
	line = trimLeft(line)
	switch {
	case line == "" || line[0] == '#':
		return true
	case line[0] == '[':
		return s.header(line[1:], start)
	}
	key, line, ok := cutKey(line)
	if !ok || !strings.HasPrefix(line, "=") {
		return false
	}
	line = trimLeft(line[1:])
	var v value
	if after, ok := strings.CutPrefix(line, `"""`); ok {
		if v.text, line, ok = s.longText(after); !ok {
			return false
		}
		v.kind = text
	} else if v, line, ok = cutValue(line); !ok {
		return false
	}
	return atEnd(line) && s.add(entry{key: key, line: number, value: v})
}

// cutLine takes a line, without its end, off the content.
func (s *scanner) cutLine() (string, bool) {
	line, rest, _ := strings.Cut(s.rest, "\n")
	s.rest = rest
	s.number++
	for i := range len(line) {
		if c := line[i]; c < ' ' && c != '\t' || c == 0x7f {
			return "", false
		}
	}
	return line, true
}

func (s *scanner) header(line string, start int) bool {
	name, line, ok := cutKey(trimLeft(line))
	if !ok || !strings.HasPrefix(line, "]") || !atEnd(trimLeft(line[1:])) || !s.claim(name) {
		return false
	}
	s.endSection(start)
	s.sections = append(s.sections, section{name: name, line: s.number, start: start})
	s.keys = nil
	return true
}

func (s *scanner) endSection(end int) {
	last := &s.sections[len(s.sections)-1]
	last.end, last.entries = end, slices.Clip(s.entries[s.first:])
	s.first = len(s.entries)
}

// claim reports whether a name at the top is new.
func (s *scanner) claim(name string) bool {
	if _, twice := s.names[name]; twice {
		return false
	}
	s.names[name] = struct{}{}
	return true
}

// add puts a key into the table that is being read, unless it is there already.
func (s *scanner) add(e entry) bool {
	in := s.entries[s.first:]
	const few = 16
	switch {
	case len(s.sections) == 1:
		// A table in braces is a table like any other.
		if e.value.kind == table || !s.claim(e.key) {
			return false
		}
	case len(in) < few:
		if _, twice := get(in, e.key); twice {
			return false
		}
	default:
		if s.keys == nil {
			s.keys = make(map[string]struct{}, 2*few)
			for _, old := range in {
				s.keys[old.key] = struct{}{}
			}
		}
		if _, twice := s.keys[e.key]; twice {
			return false
		}
		s.keys[e.key] = struct{}{}
	}
	s.entries = append(s.entries, e)
	return true
}

// longText reads what follows """ up to the closing ones.
func (s *scanner) longText(line string) (string, string, bool) {
	var all strings.Builder
	for first := true; ; first = false {
		content, after, closed := strings.Cut(line, `"""`)
		all.WriteString(content)
		if closed {
			return all.String(), trimLeft(after), !strings.HasPrefix(after, `"`)
		}
		if s.rest == "" {
			return "", "", false
		}
		if !first || content != "" {
			all.WriteByte('\n')
		}
		var ok bool
		if line, ok = s.cutLine(); !ok {
			return "", "", false
		}
	}
}

// cutKey reads a bare or quoted key and the blanks behind it.
func cutKey(s string) (key, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		key, rest, ok = cutText(s)
	} else {
		n := 0
		for n < len(s) && isBare(s[n]) {
			n++
		}
		key, rest, ok = s[:n], s[n:], n > 0
	}
	return key, trimLeft(rest), ok
}

// cutText reads a text on one line.
func cutText(s string) (content, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", false
	}
	content, rest, ok = strings.Cut(s[1:], `"`)
	return content, rest, ok && !(content == "" && strings.HasPrefix(rest, `"`))
}

// cutValue reads a value and the blanks behind it.
func cutValue(s string) (v value, rest string, ok bool) {
	switch {
	case s == "":
		return v, "", false
	case s[0] == '"':
		v.kind = text
		v.text, rest, ok = cutText(s)
	case s[0] == '[':
		v.kind = list
		v.list, rest, ok = cutList(s[1:])
	case s[0] == '{':
		v.kind = table
		v.table, rest, ok = cutTable(s[1:])
	default:
		v.kind = flag
		if rest, ok = strings.CutPrefix(s, "true"); ok {
			v.flag = true
		} else {
			rest, ok = strings.CutPrefix(s, "false")
		}
		ok = ok && (rest == "" || !isBare(rest[0]))
	}
	return v, trimLeft(rest), ok
}

func cutList(s string) (texts []string, rest string, ok bool) {
	for s = trimLeft(s); ; s = trimLeft(s[1:]) {
		t, after, ok := cutText(s)
		if !ok {
			return nil, "", false
		}
		texts = append(texts, t)
		s = trimLeft(after)
		if rest, ok := strings.CutPrefix(s, "]"); ok {
			return texts, rest, true
		}
		if !strings.HasPrefix(s, ",") {
			return nil, "", false
		}
	}
}

func cutTable(s string) (entries []entry, rest string, ok bool) {
	entries = make([]entry, 0, 2)
	for s = trimLeft(s); len(entries) < maxInline; s = trimLeft(s[1:]) {
		key, after, ok := cutKey(s)
		if !ok || !strings.HasPrefix(after, "=") {
			return nil, "", false
		}
		t, after, ok := cutText(trimLeft(after[1:]))
		if _, twice := get(entries, key); !ok || twice {
			return nil, "", false
		}
		entries = append(entries, entry{key: key, value: value{kind: text, text: t}})
		s = trimLeft(after)
		if rest, ok := strings.CutPrefix(s, "}"); ok {
			return entries, rest, true
		}
		if !strings.HasPrefix(s, ",") {
			return nil, "", false
		}
	}
	return nil, "", false
}

// maxInline is how many keys a table on one line may have: each is compared with all before it.
const maxInline = 64

// atEnd reports whether nothing but a comment follows.
func atEnd(s string) bool { return s == "" || s[0] == '#' }

func trimLeft(s string) string { return strings.TrimLeft(s, " \t") }

func isBare(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}
