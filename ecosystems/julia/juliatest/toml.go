package juliatest

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// quote writes a text in TOML, as Julia does.
func quote(s string) string {
	if !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f || c == '"' || c == '\\' }) {
		return `"` + s + `"`
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c == 0x7f:
			b.WriteString(`\u` + strings.ToUpper(strconv.FormatInt(int64(c)+0x10000, 16)[1:]))
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// key writes a key, bare where that is possible.
func key(s string) string {
	bare := s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-'
	})
	if bare {
		return s
	}
	return quote(s)
}

// text writes tables and their keys, sorted.
func (t table) text() string {
	var b strings.Builder
	for i, section := range slices.Sorted(maps.Keys(t)) {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("[" + key(section) + "]\n")
		writeKeys(&b, t[section])
	}
	return b.String()
}

// writeKeys writes keys, sorted, with values that are TOML already.
func writeKeys(b *strings.Builder, values map[string]string) {
	for _, k := range slices.Sorted(maps.Keys(values)) {
		b.WriteString(key(k) + " = " + values[k] + "\n")
	}
}

// array writes a list of texts on one line.
func array(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// ranges writes what a registry says for a compat entry: one range, or a list.
func ranges(s version.Set, blanks bool) string {
	list := make([]string, len(s))
	for i, r := range s {
		list[i] = r.String()
		if blanks {
			list[i] = strings.Replace(list[i], "-", " - ", 1)
		}
	}
	if len(list) == 1 {
		return quote(list[0])
	}
	return array(list)
}
