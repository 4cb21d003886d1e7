package repos

import (
	"cmp"
	"encoding/json"
	"strings"
)

// text reads a value that has to be text.
func (r *reader) text(o fields, key string) string {
	raw, ok := o[key]
	if !ok {
		r.fail("repository."+key, "missing: want text")
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) != nil || isNull(raw) {
		r.fail("repository."+key, "want text")
	}
	return s
}

// loose reads a value that has no effect unless it is text.
func loose(o fields, key string) (value string, given bool) {
	raw, ok := o[key]
	if !ok || isNull(raw) || json.Unmarshal(raw, &value) != nil {
		return "", false
	}
	return value, true
}

// names reads a list of texts. Anything else is fatal to just-mr, null too.
func (r *reader) names(o fields, key string, mandatory bool) []string {
	raw, ok := o[key]
	if !ok {
		if mandatory {
			r.fail("repository."+key, "missing: want a list of texts")
		}
		return nil
	}
	list, ok := texts(raw)
	if !ok {
		r.fail("repository."+key, "want a list of texts; just-mr stops at anything else")
	}
	return list
}

func texts(raw json.RawMessage) ([]string, bool) {
	var list []any
	if json.Unmarshal(raw, &list) != nil || isNull(raw) {
		return nil, false
	}
	out := make([]string, 0, len(list))
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

// id reads a git object id. just-mr compares the ids of blobs as text, so it never finds
// one in upper case; commits and trees it parses.
func (r *reader) id(o fields, key string, anyCase bool) string {
	id := r.text(o, key)
	lower := strings.ToLower(id)
	switch {
	case r.bad && id == "":
	case len(id) != 40 || !isHex(lower):
		r.fail("repository."+key, "%.80q is not 40 hexadecimal digits", id)
	case id != lower && !anyCase:
		r.fail("repository."+key, "%s has upper-case digits, which just-mr never finds: write them in lower case", id)
	}
	return lower
}

// sum reads a checksum. What is no text has no effect; one in upper case makes just-mr
// refuse every download, yet the content decides what the file is.
func (r *reader) sum(o fields, key string, length int) string {
	s, given := loose(o, key)
	lower := strings.ToLower(s)
	switch {
	case !given:
		return ""
	case len(s) != length || !isHex(lower):
		r.fail("repository."+key, "%.140q is not %d hexadecimal digits", s, length)
	case s != lower:
		r.c.problem(r.name, "repository."+key, "upper-case digits, with which just-mr refuses every download: write them in lower case")
	}
	return lower
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

func plainName(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.ContainsAny(s, "/\x00")
}

func compare(a, b string) int { return cmp.Compare(a, b) }
