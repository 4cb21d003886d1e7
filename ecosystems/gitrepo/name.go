package gitrepo

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// Suffix ends the name of each repository.
const Suffix = ".git"

// maxName bounds names in bytes; one part of them fits into any file system.
const (
	maxName = 1024
	maxPart = 240
)

// Name returns where the repository of a URL is kept: HOST/PATH.git, or HOST:PORT/PATH.git
// where the URL has a port. The path is as the URL has it, with ".git" added if it is missing;
// user, password, query and fragment do not count. Repositories of this machine are
// under "localhost".
//
// Two URLs have the same name only if they differ in nothing that matters to a
// server, and no name lies within another repository. The error is [ErrURL].
func Name(raw string) (string, error) {
	host, path, err := split(raw)
	if err != nil {
		return "", fmt.Errorf("%.200q: %w: %w", showURL(raw), ErrURL, err)
	}
	parts := []string{escape(strings.ToLower(host), ":[]")}
	for part := range strings.SplitSeq(path, "/") {
		if part != "" {
			parts = append(parts, escape(part, ""))
		}
	}
	if len(parts) < 2 {
		return "", fmt.Errorf("%.200q: %w: no path", showURL(raw), ErrURL)
	}
	for i, part := range parts {
		last := i == len(parts)-1
		if folded := strings.ToLower(part); strings.HasSuffix(folded, Suffix) && (!last || folded == Suffix) {
			parts[i] = part[:len(part)-len(Suffix)] + "%2E" + part[len(part)-len("git"):]
		}
		if len(part) > maxPart {
			return "", fmt.Errorf("%.200q: %w: a part of %d bytes", showURL(raw), ErrURL, len(part))
		}
	}
	name := strings.Join(parts, "/")
	if !strings.HasSuffix(name, Suffix) {
		name += Suffix
	}
	if len(name) > maxName {
		return "", fmt.Errorf("%.200q: %w: a name of %d bytes", showURL(raw), ErrURL, len(name))
	}
	return name, nil
}

// split separates host and path of a URL of any form.
func split(raw string) (host, path string, err error) {
	malformed := fmt.Errorf("malformed")
	if raw == "" || len(raw) > maxURL || strings.ContainsFunc(raw, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", "", malformed
	}
	if filepath.IsAbs(raw) {
		return "localhost", filepath.ToSlash(filepath.Clean(raw)), nil
	}
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		m := scpLike.FindStringSubmatch(raw)
		if m == nil {
			return "", "", malformed
		}
		return m[2], m[3], nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return "", "", malformed
	}
	if strings.EqualFold(scheme, "file") {
		return "localhost", u.Path, nil
	}
	if u.Hostname() == "" {
		return "", "", malformed
	}
	// The path as written, not as it would be normalised.
	_, path, _ = strings.Cut(rest, "/")
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "#")
	return u.Host, path, nil
}

// escape makes a part of a name safe on every file system and in every URL: what is
// neither letter, digit, one of a few signs nor in also becomes %XX, and so does what
// would make the part special.
func escape(part, also string) string {
	var b strings.Builder
	for i, c := range []byte(part) {
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			strings.IndexByte("-_~+@,=%"+also, c) >= 0 ||
			c == '.' && i > 0 && i < len(part)-1
		if i == 0 && c == '-' {
			plain = false
		}
		if plain {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
