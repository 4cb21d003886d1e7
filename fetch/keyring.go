package fetch

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
)

// keyring holds all credentials and decides which URL may see which.
type keyring struct {
	mu      sync.RWMutex
	keys    []key // longest path first
	secrets []string
}

type key struct {
	scheme, host, path string
	anyPort            bool // the host stands for all of its ports
	authorization      string
}

// newKeyring takes the credentials that the configuration names for its hosts.
// An environment variable that is not set is no error here, since the host may
// not be needed in this run: see [keyring.hint].
func newKeyring(hosts map[string]Host) (*keyring, error) {
	k := &keyring{}
	for name, h := range hosts {
		switch {
		case h.TokenEnv != "":
			if token := os.Getenv(h.TokenEnv); token != "" {
				k.addHost(name, "Bearer "+token, token)
			}
		case h.PasswordEnv != "":
			if password := os.Getenv(h.PasswordEnv); password != "" {
				k.addHost(name, basic(h.User, password), password)
			}
		case h.Netrc != "":
			user, password, found, err := netrc(h.Netrc, name)
			if err != nil {
				return nil, fmt.Errorf("fetch.hosts.%q.netrc: %w", name, err)
			}
			if found {
				k.addHost(name, basic(user, password), password)
			}
		}
	}
	return k, nil
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// addHost adds a credential for everything on a host. Over plain HTTP it is sent
// too: a site that gives a token for an http host means it.
func (k *keyring) addHost(name, authorization string, secrets ...string) {
	for _, scheme := range []string{"https", "http"} {
		host := strings.ToLower(name)
		k.insert(key{
			scheme: scheme, host: host, path: "/", anyPort: true, authorization: authorization,
		}, secrets...)
	}
}

// add adds credentials that a driver brought.
func (k *keyring) add(credentials []Credential) error {
	for _, c := range credentials {
		u, err := url.Parse(c.Prefix)
		if err != nil || u.Host == "" || u.User != nil || !strings.HasSuffix(u.Path, "/") || strings.ContainsAny(c.Prefix, "?#") {
			return fmt.Errorf("credential for %q: want a URL that ends in \"/\"", Redact(c.Prefix))
		}
		if strings.ContainsAny(c.Authorization, "\r\n\x00") {
			return fmt.Errorf("credential for %q: holds a line break; was a whole file pasted?", Redact(c.Prefix))
		}
		_, token, ok := strings.Cut(c.Authorization, " ")
		if !ok {
			token = c.Authorization
		}
		k.insert(key{
			scheme: strings.ToLower(u.Scheme), host: hostPort(u), path: u.EscapedPath(), authorization: c.Authorization,
		}, token)
	}
	return nil
}

func (k *keyring) insert(add key, secrets ...string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys = slices.DeleteFunc(k.keys, func(old key) bool {
		return old.scheme == add.scheme && old.host == add.host && old.path == add.path
	})
	k.keys = append(k.keys, add)
	slices.SortStableFunc(k.keys, func(a, b key) int { return cmp.Compare(len(b.path), len(a.path)) })
	for _, s := range append(secrets, add.authorization) {
		if len(s) >= 6 && !slices.Contains(k.secrets, s) {
			k.secrets = append(k.secrets, s)
		}
	}
}

// authorization returns the header value that u may see, or "". It is asked anew
// for each hop of a redirect, so nothing follows to another host or out of its
// prefix. The first URL of the chain is origin; nil or u if there was no redirect.
//
// A credential for a host stands for all its ports and for plain HTTP where we
// ask there ourselves. Whoever answers for another host, or on the way to it, must
// not choose that: a redirect brings it to its own port over TLS only, or back
// to where we began.
func (k *keyring) authorization(u, origin *url.URL) string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if len(k.keys) == 0 {
		return ""
	}
	host, path := hostPort(u), cmp.Or(u.EscapedPath(), "/")
	asked := origin == nil || origin.Scheme == u.Scheme && hostPort(origin) == host
	for _, c := range k.keys {
		if c.scheme != u.Scheme || c.host != host && !(c.anyPort && c.host == bareHost(u)) {
			continue
		}
		if c.anyPort && !asked && (u.Scheme != "https" || c.host != host) {
			continue
		}
		if c.path == "/" || strings.HasPrefix(path, c.path) && !climbs(u.Path) {
			return c.authorization
		}
	}
	return ""
}

// climbs reports whether a server might understand path as lying outside of the
// prefix that it begins with.
func climbs(path string) bool {
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == ".." || strings.HasPrefix(part, "..;") {
			return true
		}
	}
	return false
}

// hostPort is the host in lower case, with the port unless it is the scheme's own.
func hostPort(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch strings.ToLower(u.Scheme) {
	case "http":
		return strings.TrimSuffix(host, ":80")
	case "https":
		return strings.TrimSuffix(host, ":443")
	}
	return host
}

// bareHost is the host in lower case, without a port; IPv6 stays in brackets.
func bareHost(u *url.URL) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(u.Host, u.Port()), ":"))
}

// scrub removes all known secrets from a text.
func (k *keyring) scrub(text string) string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, s := range k.secrets {
		if strings.Contains(text, s) {
			text = strings.ReplaceAll(text, s, redacted)
		}
	}
	return text
}

// hint says what to do about a refusal by the host of u.
func hint(hosts map[string]Host, u *url.URL, sent bool) string {
	name := strings.ToLower(u.Host)
	h, ok := hosts[name]
	if !ok {
		if h, ok = hosts[bareHost(u)]; ok {
			name = bareHost(u)
		}
	}
	variable := cmp.Or(h.TokenEnv, h.PasswordEnv)
	switch {
	case sent && variable != "":
		return fmt.Sprintf("the credentials in $%s were refused", variable)
	case sent:
		return "the credentials for it were refused"
	case variable != "":
		return fmt.Sprintf("set $%s, which [fetch.hosts.%q] names", variable, name)
	case ok && h.Netrc != "":
		return fmt.Sprintf("%s has no entry for %s", h.Netrc, u.Hostname())
	}
	return fmt.Sprintf("if it wants credentials, set token_env in [fetch.hosts.%q]", name)
}
