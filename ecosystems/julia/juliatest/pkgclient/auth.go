package pkgclient

import (
	"errors"
	"io/fs"
	"net/url"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
)

var secure = regexp.MustCompile(`(?i)^(https://|\w+://(127\.0\.0\.1|localhost)(:\d+)?($|/))`)

// authFile returns where a token for the server would be in the depot.
func (c *Client) authFile() string {
	u, err := url.Parse(c.server)
	if err != nil {
		return ""
	}
	host := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:/<>"\|?*`, r) {
			return '_'
		}
		return r
	}, u.Host)
	return "servers/" + host + "/auth.toml"
}

// token returns the Bearer token for the server, "" if there is none or the connection is no place
// for one. Tokens are not refreshed.
func (c *Client) token() string {
	content, err := c.root.ReadFile(c.authFile())
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	if err == nil && !secure.MatchString(c.server+"/") {
		c.warn("refusing to send auth info over insecure connection to %s", c.server)
		return ""
	}
	var auth struct {
		Token string `toml:"access_token"`
	}
	if err == nil {
		err = toml.Unmarshal(content, &auth)
	}
	if err != nil {
		c.warn("malformed auth file %s: %v", c.authFile(), err)
		return ""
	}
	if auth.Token == "" {
		c.warn("auth file %s without access_token field", c.authFile())
	}
	return auth.Token
}
