package front

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/offmirror/offmirror/layout/serve/access"
	"github.com/offmirror/offmirror/layout/serve/certs"
	"github.com/offmirror/offmirror/layout/serve/peer"
)

// Config is the section [serve] of offmirror.toml. Begin with [DefaultConfig]: zero values are
// not the defaults.
type Config struct {
	Listen    []string      `toml:"listen" doc:"addresses to listen at: HOST:PORT, or http://HOST:PORT and https://HOST:PORT where both are wanted; without a scheme, HTTPS if there are certificates. Port 0 takes any that is free. Not used if systemd hands over sockets"`
	Grace     time.Duration `toml:"grace" doc:"how long answers that are under way may take when the server is told to stop; 0s: as long as they take"`
	AccessLog string        `toml:"access_log" path:"true" doc:"file to append a line of JSON to for each request; -: standard error; empty: none"`
	Metrics   bool          `toml:"metrics" doc:"count requests, for Prometheus at /metrics"`

	Rate        float64 `toml:"rate" doc:"requests per second that one client (an IPv4 address, or an IPv6 network of 64 bits) may make in the long run; 0: no limit"`
	Burst       int     `toml:"burst" doc:"requests that a client may make at once before rate counts; 0: ten seconds' worth"`
	Connections int     `toml:"connections_per_client" doc:"connections that one client may hold open; 0: no limit"`

	PullThrough bool `toml:"pull_through" doc:"fetch from upstream what clients ask for and the mirror lacks, prove it, keep it, and let the next sync take it into the snapshot; false: serving asks nobody anything"`

	Proxies []string `toml:"proxies" doc:"addresses and networks, such as 10.0.0.0/8, of proxies that are believed in X-Forwarded-For and X-Forwarded-Proto"`

	ClientCA     string            `toml:"client_ca" path:"true" doc:"PEM file of the authorities whose client certificates are accepted; see access"`
	Certificates []Certificate     `toml:"certificates" doc:"certificates for HTTPS: the first one that suits the name that a client asks for (SNI), or else the first. Files are read again when they change"`
	Hosts        map[string]string `toml:"hosts" doc:"host names that stand for a part of the site, by name: \"repo.hex.pm\" = \"hex\" serves at the root of that name what is at /hex otherwise; \"julia/@TAG\" is a kept snapshot"`
	Access       map[string]Access `toml:"access" doc:"who is let in, by ecosystem; page: what is at / for people; metrics: /metrics and what /readyz tells; *: all that has no section of its own. Any way that is given is enough; without a section everybody is let in"`
}

// Certificate is a section [[serve.certificates]] of offmirror.toml.
type Certificate struct {
	Cert string `toml:"cert" path:"true" doc:"PEM file with the certificate and what leads from it to the authority"`
	Key  string `toml:"key" path:"true" doc:"PEM file with its private key"`
}

// Access is a section [serve.access."NAME"] of offmirror.toml.
type Access struct {
	Users        string   `toml:"users" path:"true" doc:"file of users for basic authentication, a line NAME:HASH for each, with a hash as openssl passwd -6 makes it; nginx reads the same file"`
	UsersEnv     string   `toml:"users_env" doc:"environment variable that holds such lines instead; NAME:{PLAIN}PASSWORD is possible, too"`
	Tokens       string   `toml:"tokens" path:"true" doc:"file of bearer tokens, a line NAME TOKEN for each, or NAME sha256:HEX with the SHA-256 of the token"`
	TokensEnv    string   `toml:"tokens_env" doc:"environment variable that holds such lines instead"`
	Certificates []string `toml:"certificates" doc:"names of client certificates signed by client_ca: DNS names, mail addresses, URIs or, if there is none of these, common names; * means all"`
}

// DefaultConfig returns what holds when the configuration says nothing.
func DefaultConfig() Config {
	return Config{
		Listen:      []string{"127.0.0.1:8000"},
		Metrics:     true,
		Connections: 1024,
	}
}

// maxRate is beyond what any machine answers.
const maxRate = 1e9

// Check looks at what can be told without reading a file. An error begins with the key.
func (c *Config) Check() error {
	if len(c.Listen) == 0 {
		return errors.New("serve.listen: want an address, such as 0.0.0.0:8000")
	}
	for _, text := range c.Listen {
		if _, err := parseAddress(text, len(c.Certificates) > 0); err != nil {
			return fmt.Errorf("serve.listen: %w", err)
		}
	}
	switch {
	case c.Grace < 0:
		return fmt.Errorf("serve.grace: %v is negative", c.Grace)
	case math.IsNaN(c.Rate) || c.Rate < 0 || c.Rate > maxRate:
		return fmt.Errorf("serve.rate: %v is no number of requests per second", c.Rate)
	case c.Burst < 0:
		return fmt.Errorf("serve.burst: %d is negative", c.Burst)
	case c.Burst > 0 && c.Rate == 0:
		return errors.New("serve.burst: means nothing without serve.rate")
	case c.Connections < 0:
		return fmt.Errorf("serve.connections_per_client: %d is negative", c.Connections)
	case c.ClientCA != "" && len(c.Certificates) == 0:
		return errors.New("serve.client_ca: there are no client certificates without HTTPS: give serve.certificates, too")
	}
	if _, err := peer.ParseProxies(c.Proxies); err != nil {
		return fmt.Errorf("serve.proxies: %w", err)
	}
	for name, path := range c.Hosts {
		if name == "" || strings.ContainsAny(name, "/ *:") {
			return fmt.Errorf("serve.hosts: %.80q is no host name; it has no port and no asterisk", name)
		}
		if path == "" || strings.Trim(path, "/") != path || strings.Contains(path, "//") {
			return fmt.Errorf("serve.hosts: %.80q of %s is no part of the site, such as hex or julia/@TAG", path, name)
		}
	}
	return nil
}

// rule is an access section as the gate takes it.
func (a Access) rule() access.Rule {
	return access.Rule{
		Users:        access.Source{File: a.Users, Env: a.UsersEnv},
		Tokens:       access.Source{File: a.Tokens, Env: a.TokensEnv},
		Certificates: a.Certificates,
	}
}

func (c *Config) pairs() []certs.Files {
	pairs := make([]certs.Files, len(c.Certificates))
	for i, pair := range c.Certificates {
		pairs[i] = certs.Files(pair)
	}
	return pairs
}
