package gitrepo

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/offmirror/offmirror/fetch"
)

// gitError is what git said when it failed.
type gitError struct {
	command string
	text    string // one line, without credentials
	code    int
	kind    error // of package fetch, or nil
}

func (e *gitError) Error() string { return "git " + e.command + ": " + e.text }
func (e *gitError) Unwrap() error { return e.kind }

var urls = regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s'"]+`)

var redirected = regexp.MustCompile(`requested URL returned error: 30[1-8]`)

// failure makes an error of what a process left.
func (g *Git) failure(command string, err error, complaint string, secrets []string) error {
	e := &gitError{command: command, code: exitCode(err)}
	var said []string
	for line := range strings.SplitSeq(strings.ReplaceAll(complaint, "\r", "\n"), "\n") {
		line = strings.TrimSpace(line)
		for _, prefix := range []string{"remote:", "fatal:", "error:", "ERROR:"} {
			line = strings.TrimSpace(strings.TrimPrefix(line, prefix))
		}
		if line != "" && !strings.HasPrefix(line, "hint: ") && !strings.HasPrefix(line, "warning: ") &&
			!strings.HasPrefix(line, "Please make sure you have") && !strings.HasPrefix(line, "and the repository exists") {
			said = append(said, line)
		}
	}
	if len(said) == 0 {
		said = []string{err.Error()}
	}
	if len(said) > 4 {
		said = said[len(said)-4:]
	}
	if redirected.MatchString(complaint) {
		said = append(said, "redirects are not followed where credentials are sent: name the URL that it leads to")
	}
	e.text = g.plain(strings.Join(said, "; "), secrets)
	e.kind = kindOf(complaint)
	return e
}

// plain makes a text fit for a message: one line of moderate length, without control
// characters and credentials.
func (g *Git) plain(text string, secrets []string) string {
	text = urls.ReplaceAllStringFunc(text, fetch.Redact)
	for _, s := range secrets {
		if len(s) >= 4 {
			text = strings.ReplaceAll(text, s, "REDACTED")
		}
	}
	for _, c := range g.config {
		if len(c.value) >= 6 && isSecretKey(c.key) {
			text = strings.ReplaceAll(text, c.value, "REDACTED")
		}
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return ' '
		}
		return r
	}, text)
	const longest = 600
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}

func isSecretKey(key string) bool {
	key = strings.ToLower(key)
	return strings.HasSuffix(key, ".extraheader") || strings.HasSuffix(key, "password") || strings.HasSuffix(key, ".proxy") ||
		strings.HasSuffix(key, ".cookiefile")
}

// The transport's errors have no codes; these texts have been stable for many years, in C.
var kinds = []struct {
	text string
	kind error
}{
	{"Authentication failed", fetch.ErrUnauthorized},
	{"could not read Username", fetch.ErrUnauthorized},
	{"could not read Password", fetch.ErrUnauthorized},
	{"The requested URL returned error: 401", fetch.ErrUnauthorized},
	{"The requested URL returned error: 403", fetch.ErrUnauthorized},
	{"Permission denied (publickey", fetch.ErrUnauthorized},
	{"does not appear to be a git repository", fetch.ErrAbsent},
	{"The requested URL returned error: 404", fetch.ErrAbsent},
	{"The requested URL returned error: 410", fetch.ErrAbsent},
	{"repository not found", fetch.ErrAbsent},
	{"Repository not found", fetch.ErrAbsent},
	// Of an object that was asked for by its id.
	{"upload-pack: not our ref", fetch.ErrAbsent},
	{"Server does not allow request for unadvertised object", fetch.ErrAbsent},
}

var notFound = regexp.MustCompile(`repository '[^'\n]*' not found`)

func kindOf(complaint string) error {
	for _, k := range kinds {
		if strings.Contains(complaint, k.text) {
			return k.kind
		}
	}
	if notFound.MatchString(complaint) {
		return fetch.ErrAbsent
	}
	return nil
}

// attempt is what one candidate came to, for a message of all of them.
func attempt(place string, err error) fetch.Attempt {
	return fetch.Attempt{URL: showURL(place), Err: err}
}

// showURL is a URL as messages show it; scp-like ones have a user who is no secret.
func showURL(url string) string {
	if strings.Contains(url, "://") {
		return fetch.Redact(url)
	}
	return fmt.Sprintf("%.300s", strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, url))
}
