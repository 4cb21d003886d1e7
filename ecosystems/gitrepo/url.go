package gitrepo

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// place is a candidate that has been checked.
type place struct {
	url     string // as git is given it: without a password
	local   bool
	config  []setting
	secrets []string
}

// scpLike is USER@HOST:PATH, the short form of ssh://.
var scpLike = regexp.MustCompile(`^(?:([A-Za-z0-9._~-]+)@)?([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]):([^:\x00-\x20].*)$`)

const maxURL = 4096

// place checks a candidate. Everything that git could take for an option, a remote helper
// ("ext::…") or a command is refused here; the transports are limited besides.
func (g *Git) place(raw string) (*place, error) {
	bad := func(why string) (*place, error) {
		return nil, fmt.Errorf("%.200q: %w: %s", showURL(raw), ErrURL, why)
	}
	switch {
	case raw == "" || len(raw) > maxURL:
		return bad("empty or too long")
	case strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return bad("blanks or control characters")
	case raw[0] == '-':
		return bad("begins with a dash")
	case filepath.IsAbs(raw):
		return &place{url: raw, local: true}, nil
	}
	scheme, _, ok := strings.Cut(raw, "://")
	if !ok {
		m := scpLike.FindStringSubmatch(raw)
		if m == nil || strings.Contains(raw, "::") && m[2][0] != '[' {
			return bad("want SCHEME://HOST/PATH, USER@HOST:PATH or an absolute path")
		}
		return &place{url: raw}, nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return bad("malformed")
	}
	switch strings.ToLower(scheme) {
	case "file":
		if u.Host != "" && u.Host != "localhost" || u.Path == "" {
			return bad("want file:///PATH")
		}
		return &place{url: raw, local: true}, nil
	case "ssh", "git":
		if u.Host == "" || strings.HasPrefix(u.Host, "-") || strings.HasPrefix(u.User.Username(), "-") {
			return bad("no host")
		}
		return &place{url: raw}, nil
	case "http", "https":
		if u.Host == "" {
			return bad("no host")
		}
		return g.web(raw, u), nil
	}
	return bad("want http, https, ssh, git or file")
}

// web takes a password out of the URL, which every user of the machine could see, and
// puts it in a header. A header of the caller's goes before one in the URL. Where headers are
// sent, redirects are not followed unless the caller's settings want that: git
// would send the headers on, to whatever host.
func (g *Git) web(raw string, u *url.URL) *place {
	p := &place{url: raw}
	header := g.o.Authorize(raw)
	if u.User != nil {
		password, _ := u.User.Password()
		pair := u.User.Username() + ":" + password
		p.secrets = append(p.secrets, password, u.User.Username())
		if header == "" {
			header = "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
		}
		u.User = nil
		p.url = u.String()
	}
	if header != "" && !strings.ContainsAny(header, "\r\n\x00") {
		p.secrets = append(p.secrets, header)
		if _, secret, ok := strings.Cut(header, " "); ok {
			p.secrets = append(p.secrets, secret)
		}
		scope := u.Scheme + "://" + u.Host + "/"
		p.config = append(p.config, setting{"http." + scope + ".extraHeader", "Authorization: " + header})
	}
	if (header != "" || g.sets(".extraheader")) && !g.sets("http.followredirects") {
		p.config = append(p.config, setting{"http.followRedirects", "false"})
	}
	return p
}

// sets tells whether the caller's settings have a key that ends so, in lower case.
func (g *Git) sets(end string) bool {
	return slices.ContainsFunc(g.config, func(c setting) bool { return strings.HasSuffix(strings.ToLower(c.key), end) })
}
