package serve

import "strings"

// NativePath turns the path of a URL into a path of a tree: without the slash it
// begins with, without one at the end, and with one where there are several. It
// does not resolve "." and "..", which no tree holds.
func NativePath(urlPath string) string {
	p := strings.Trim(urlPath, "/")
	if !strings.Contains(p, "//") {
		return p
	}
	b := make([]byte, 0, len(p))
	for i := range len(p) {
		if p[i] != '/' || p[i-1] != '/' {
			b = append(b, p[i])
		}
	}
	return string(b)
}
