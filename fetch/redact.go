package fetch

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
)

// secretWords mark query parameters that hold credentials: tokens, and what
// signs the URLs of object stores.
var secretWords = []string{
	"token", "secret", "passw", "pwd", "sig", "key", "auth", "credential", "jwt", "session", "policy",
}

const redacted = "REDACTED"

// Redact returns a URL without user, password and the values of query parameters
// that look like credentials. Whatever shows a URL to people, writes it to a
// file or sends it on shows this.
func Redact(raw string) string {
	if !strings.ContainsAny(raw, "@?\n\r") {
		return raw
	}
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		scheme, rest = "", raw
	} else {
		scheme += "://"
	}
	authority, path := rest, ""
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		authority, path = rest[:end], rest[end:]
	}
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		authority = authority[at+1:]
	}
	path, query, found := strings.Cut(path, "?")
	if found {
		query, fragment, hasFragment := strings.Cut(query, "#")
		path += "?" + redactQuery(query)
		if hasFragment {
			path += "#" + fragment
		}
	}
	return strings.NewReplacer("\n", "%0A", "\r", "%0D").Replace(scheme + authority + path)
}

func redactQuery(query string) string {
	fields := strings.Split(query, "&")
	for i, f := range fields {
		name, value, ok := strings.Cut(f, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil {
			plain = name
		}
		if ok && value != "" && isSecretName(plain) {
			fields[i] = name + "=" + redacted
		}
	}
	return strings.Join(fields, "&")
}

func isSecretName(name string) bool {
	name = strings.ToLower(name)
	for _, w := range secretWords {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// plainError makes err fit for a message: the URL that net/http puts before its
// errors goes, since ours stand there already, redacted, and so do secrets and
// anything that would break the line. The chain stays for [errors.Is].
func (k *keyring) plainError(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	text := k.scrub(err.Error())
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
	if text == err.Error() {
		return err
	}
	return &rewordedError{text: text, err: err}
}

type rewordedError struct {
	text string
	err  error
}

func (e *rewordedError) Error() string { return e.text }
func (e *rewordedError) Unwrap() error { return e.err }
