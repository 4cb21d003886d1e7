package ecosystems

import (
	"path"
	"strings"
)

// ShortPaths returns the names under which files and folders of this machine leave it with a
// snapshot or a bundle. They say no more of where those lie than it takes to tell them apart: the last
// element of each path, and those before it only where that is another's, too. It passes over what is no absolute path and no
// file: URL, so any text may be given, in any order.
func ShortPaths(texts []string) map[string]string {
	parts := make(map[string][]string)
	for _, text := range texts {
		if p, ok := localPath(text); ok {
			parts[text] = strings.FieldsFunc(p, func(r rune) bool { return r == '/' })
		}
	}
	short := make(map[string]string, len(parts))
	for text, elements := range parts {
		n := 1
		for n < len(elements) && shared(parts, elements, n) {
			n++
		}
		short[text] = path.Join(elements[max(0, len(elements)-n):]...)
	}
	return short
}

// localPath returns the path in what names a file of this machine, with slashes.
func localPath(text string) (string, bool) {
	if strings.ContainsAny(text, "\n\r\x00") {
		return "", false
	}
	if rest, ok := strings.CutPrefix(text, "file:"); ok {
		return rest, strings.Trim(rest, "/") != ""
	}
	if strings.HasPrefix(text, "~/") || strings.HasPrefix(text, "/") {
		return text, strings.Trim(text, "/") != ""
	}
	if len(text) > 3 && text[1] == ':' && (text[2] == '\\' || text[2] == '/') || strings.HasPrefix(text, `\\`) {
		return strings.ReplaceAll(text, `\`, "/"), true
	}
	return "", false
}

// shared reports whether another path ends in the same n elements.
func shared(parts map[string][]string, elements []string, n int) bool {
	end := strings.Join(elements[len(elements)-n:], "/")
	whole := strings.Join(elements, "/")
	for _, other := range parts {
		if len(other) >= n && strings.Join(other[len(other)-n:], "/") == end && strings.Join(other, "/") != whole {
			return true
		}
	}
	return false
}
