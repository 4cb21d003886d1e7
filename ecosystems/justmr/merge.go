package justmr

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const localMirrorsKey = "local mirrors"

// MergeLocal brings the local mirrors of this mirror into a checkout-locations file that a user
// has. Of each URL, what is here comes first, then what the user has; entries that lead to
// a mirror with the same base are taken for those of an earlier merge, and replaced. Everything
// else stays as it is, byte for byte. An empty text is an empty file.
//
// An error says what the file would have to be; it does not name the file.
func (l *Locations) MergeLocal(old []byte, b Base) ([]byte, error) {
	if len(bytes.TrimSpace(old)) == 0 {
		return l.Local(b), nil
	}
	top, err := scanObject(old, 0)
	if err != nil {
		return nil, fmt.Errorf("want a JSON object, as just-mr does: %w", err)
	}
	if rest := bytes.TrimSpace(old[top.end:]); len(rest) > 0 {
		return nil, errors.New("there is something behind the JSON object")
	}
	ours := l.mirrors(b)
	at := slices.IndexFunc(top.members, func(m member) bool { return m.key == localMirrorsKey })
	if at < 0 {
		return top.with(old, nil, []string{quoteJSON(localMirrorsKey) + ": " + inlineMirrors(ours)}), nil
	}
	value := top.members[at]
	inner, err := scanObject(old, value.start)
	if err != nil {
		return nil, fmt.Errorf("%q: want an object: %w", localMirrorsKey, err)
	}
	edits, left, err := editMirrors(old, inner, ours, b)
	if err != nil {
		return nil, err
	}
	var further []string
	for _, u := range slices.Sorted(maps.Keys(left)) {
		further = append(further, quoteJSON(u)+": "+inlineList(left[u]))
	}
	return inner.with(old, edits, further), nil
}

// editMirrors works out what is to change in the user's local mirrors, and which of ours are new.
func editMirrors(old []byte, inner *object, ours map[string][]string, b Base) (edits map[int]*string, left map[string][]string, err error) {
	edits, left = map[int]*string{}, maps.Clone(ours)
	for i, m := range inner.members {
		var list []string
		err := json.Unmarshal(old[m.start:m.end], &list)
		here := ours[m.key]
		if err != nil && here == nil {
			continue // just-mr warns of it
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%q: %q: want a list of URLs", localMirrorsKey, m.key)
		}
		theirs := slices.DeleteFunc(slices.Clone(list), func(u string) bool { return b.has(u) || slices.Contains(here, u) })
		merged := slices.Concat(here, theirs)
		delete(left, m.key)
		switch {
		case slices.Equal(merged, list):
		case len(merged) == 0: // it is only here that it was
			edits[i] = nil
		default:
			text := inlineList(merged)
			edits[i] = &text
		}
	}
	return edits, left, nil
}

// object is a JSON object in a text.
type object struct {
	start, end int // with the braces
	members    []member
}

// member is a member of an object. The places are those of its value, and of its key.
type member struct {
	key                  string
	keyStart, start, end int
}

// scanObject reads the object that begins at or behind a place of a text.
func scanObject(text []byte, from int) (*object, error) {
	d := json.NewDecoder(bytes.NewReader(text[from:]))
	offset := func() int { return from + int(d.InputOffset()) }
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	if t != json.Delim('{') {
		return nil, errors.New("it is something else")
	}
	o := &object{start: offset() - 1}
	seen := map[string]bool{}
	for d.More() {
		m := member{keyStart: offset() + bytes.IndexByte(text[offset():], '"')}
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		m.key, _ = key.(string)
		m.end = offset()
		m.start = m.end - len(value)
		if seen[m.key] {
			return nil, fmt.Errorf("%.200q is there twice", m.key)
		}
		seen[m.key] = true
		o.members = append(o.members, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	o.end = offset()
	return o, nil
}

// with returns the text with other values in the place of some members of the object, without
// those whose value is nil, and with further members at its end, laid out as the others are.
func (o *object) with(text []byte, edits map[int]*string, further []string) []byte {
	var members []string
	var between []string // what is in front of each, comma included
	for i, m := range o.members {
		before := o.start + 1
		if i > 0 {
			before = o.members[i-1].end
		}
		edit, changed := edits[i]
		if changed && edit == nil {
			continue
		}
		between = append(between, string(text[before:m.keyStart]))
		value := string(text[m.start:m.end])
		if changed {
			value = *edit
		}
		members = append(members, string(text[m.keyStart:m.start])+value)
	}
	first, next, last := o.layout(text)
	for _, f := range further {
		members, between = append(members, f), append(between, next)
	}
	var out strings.Builder
	out.Write(text[:o.start+1])
	for i, m := range members {
		switch {
		case i == 0 && len(o.members) == 0:
			out.WriteString(first)
		case i == 0:
			out.WriteString(string(text[o.start+1 : o.members[0].keyStart]))
		case !strings.Contains(between[i], ","):
			out.WriteString("," + between[i])
		default:
			out.WriteString(between[i])
		}
		out.WriteString(m)
	}
	if len(members) > 0 {
		out.WriteString(last)
	}
	out.Write(text[o.end-1:])
	return []byte(out.String())
}

// layout returns what is in front of the first member of an object, between two, and behind the last.
func (o *object) layout(text []byte) (first, next, last string) {
	if n := len(o.members); n > 0 {
		first = string(text[o.start+1 : o.members[0].keyStart])
		next = "," + first
		if n > 1 {
			next = string(text[o.members[n-2].end:o.members[n-1].keyStart])
		}
		return first, next, string(text[o.members[n-1].end : o.end-1])
	}
	line := text[bytes.LastIndexByte(text[:o.start], '\n')+1 : o.start]
	indent := string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
	first = "\n" + indent + "  "
	return first, "," + first, "\n" + indent
}

// inlineMirrors is an object of lists, one a line.
func inlineMirrors(m map[string][]string) string {
	var lines []string
	for _, u := range slices.SortedFunc(maps.Keys(m), cmp.Compare[string]) {
		lines = append(lines, "\n    "+quoteJSON(u)+": "+inlineList(m[u]))
	}
	if len(lines) == 0 {
		return "{}"
	}
	return "{" + strings.Join(lines, ",") + "\n  }"
}

func inlineList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quoteJSON(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func quoteJSON(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // text is always fine
	return strings.TrimSuffix(b.String(), "\n")
}
