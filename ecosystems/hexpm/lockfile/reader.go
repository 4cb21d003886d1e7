package lockfile

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

// reader collects what the parsers find and checks it.
type reader struct{ lock Lock }

func (r *reader) fail(line int, format string, args ...any) error {
	return &Error{r.lock.Name, line, fmt.Sprintf(format, args...)}
}

// add checks and keeps an entry. Checksums and repository are as in the file.
func (r *reader) add(e Entry) error {
	if err := r.room(e.Line); err != nil {
		return err
	}
	if err := version.CheckName(e.Package); err != nil {
		return r.fail(e.Line, "%v; lock the project again", err)
	}
	if err := version.CheckPathComponent(e.Version); err != nil {
		return r.fail(e.Line, "package %q: %v; lock the project again", e.Package, err)
	}
	for _, sum := range []struct {
		what string
		hex  *string
	}{{"inner", &e.Inner}, {"outer", &e.Outer}} {
		lower := strings.ToLower(*sum.hex)
		if lower != "" && !isSHA256(lower) {
			return r.fail(e.Line, "package %q: the %s checksum %s is not the 64 hexadecimal digits of a SHA-256; lock the project again",
				e.Package, sum.what, quote(*sum.hex))
		}
		*sum.hex = lower
	}
	var err error
	if e.Repository, e.Organization, err = r.repository(e.Line, e.Repository); err != nil {
		return err
	}
	for i := range e.Deps {
		if err := r.checkDep(e.Line, &e.Deps[i]); err != nil {
			return err
		}
	}
	r.lock.Entries = append(r.lock.Entries, e)
	return nil
}

func (r *reader) checkDep(line int, d *Dep) (err error) {
	if err := version.CheckName(d.Package); err != nil {
		return r.fail(line, "a dependency: %v; lock the project again", err)
	}
	d.Repository, d.Organization, err = r.repository(line, d.Repository)
	return err
}

func (r *reader) addOutside(o Outside) error {
	if err := r.room(o.Line); err != nil {
		return err
	}
	o.Source = withoutCredentials(o.Source)
	r.lock.Outside = append(r.lock.Outside, o)
	return nil
}

func (r *reader) room(line int) error {
	if len(r.lock.Entries)+len(r.lock.Outside) >= maxEntries {
		return r.fail(line, "has more than %d entries; is it a lock file?", maxEntries)
	}
	return nil
}

// repository splits "hexpm:acme" and checks the name.
func (r *reader) repository(line int, s string) (name string, organization bool, err error) {
	if s == "" || s == Hexpm {
		return Hexpm, false, nil
	}
	name, organization = strings.CutPrefix(s, Hexpm+":")
	for i, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || c != '_' && c != '-' && c != '.') || i >= 64 || strings.HasSuffix(name, ".") {
			return "", false, r.fail(line, "repository %s has no usable name; use letters, digits, \"_\", \"-\" and \".\"", quote(s))
		}
	}
	if name == "" {
		return "", false, r.fail(line, "repository %s names no organisation", quote(s))
	}
	return name, organization, nil
}

func isSHA256(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 64
}

// withoutCredentials removes user and password from a URL; the "git@" of ssh
// names no person and stays.
func withoutCredentials(s string) string {
	scheme, rest, found := strings.Cut(s, "://")
	if !found {
		return s
	}
	if u, err := url.Parse(s); err == nil && u.User != nil {
		if _, secret := u.User.Password(); !secret && scheme != "http" && scheme != "https" {
			return s
		}
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	return scheme + "://" + authority[strings.LastIndexByte(authority, '@')+1:] + path
}
