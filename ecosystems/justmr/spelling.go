package justmr

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
)

// isPathLike reports whether just-mr takes a URL of a git repository for a path of its machine.
func isPathLike(raw string) bool {
	return strings.HasPrefix(raw, "/") || strings.HasPrefix(raw, "./") || strings.HasPrefix(raw, "file://")
}

// normalPath is the path that a path-like URL stands for, absolute and normal, as just-mr makes it
// before it looks for mirrors. root is the folder that relative ones are in; it is
// empty for a configuration that is no file of this machine.
func normalPath(raw, root string) (string, error) {
	p := strings.TrimPrefix(raw, "file://")
	if !strings.HasPrefix(p, "/") {
		if root == "" {
			return "", fmt.Errorf("%.200q: a path of another machine", raw)
		}
		p = filepath.ToSlash(root) + "/" + p
	}
	return path.Clean(p), nil
}

// setupRoot is the folder that relative paths of a configuration are in: the workspace
// around it, or else its own.
func setupRoot(config string) string {
	if isURL(config) {
		return ""
	}
	abs, err := filepath.Abs(config)
	if err != nil {
		return ""
	}
	own := filepath.Dir(abs)
	for dir := own; ; dir = filepath.Dir(dir) {
		for _, mark := range []string{"ROOT", "WORKSPACE", ".git"} {
			if _, err := os.Stat(filepath.Join(dir, mark)); err == nil {
				return dir
			}
		}
		if dir == filepath.Dir(dir) {
			return own
		}
	}
}

// defaultPorts are those that a URL need not name.
var defaultPorts = map[string]string{"http": "80", "https": "443", "ssh": "22", "git": "9418"}

// repositoryName is the name of the one repository that all spellings of a URL lead to.
func repositoryName(raw string) (string, error) {
	if scheme, rest, ok := strings.Cut(raw, "://"); ok {
		authority, p, _ := strings.Cut(rest, "/")
		if _, port, err := net.SplitHostPort(authority); err == nil && port == defaultPorts[strings.ToLower(scheme)] && port != "" {
			raw = scheme + "://" + strings.TrimSuffix(authority, ":"+port) + "/" + p
		}
	}
	return gitrepo.Name(raw)
}

// gitKeys returns the keys by which just-mr looks for mirrors of a repository: its URL as
// it is written, with and without ".git"; of a path, its normal form.
func gitKeys(raw string) []string {
	if isPathLike(raw) {
		p := path.Clean("/" + strings.TrimPrefix(raw, "file://"))
		return union([]string{p}, []string{raw, "file://" + p})
	}
	if strings.ContainsAny(raw, "?#") {
		return []string{raw}
	}
	keys := []string{raw}
	plain := strings.TrimRight(raw, "/")
	if short, ok := strings.CutSuffix(plain, gitrepo.Suffix); ok {
		return union(keys, []string{plain, short})
	}
	return union(keys, []string{plain, plain + gitrepo.Suffix})
}

// hasSecret reports whether a URL holds what must not be shown to everybody: a password, or a
// signature in its query. A user alone, as in ssh://git@host/, is no secret.
func hasSecret(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return false
	}
	_, hasPassword := u.User.Password()
	if u.User != nil && !hasPassword && slices.Contains([]string{"http", "https"}, strings.ToLower(u.Scheme)) {
		hasPassword = len(u.User.Username()) >= 20 // a token in the place of a user
	}
	u.User = nil
	bare := u.String()
	return hasPassword || fetch.Redact(bare) != bare
}
