package localserver

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
)

// Config is the configuration of LocalPackageServer.jl, key by key, with its defaults: begin with
// [DefaultConfig]. Relative paths are those of the current folder, as it has them.
type Config struct {
	Host          string            `toml:"host" doc:"host name or address to listen at"`
	Port          Port              `toml:"port" doc:"port to listen at, as a number or as text; 0 takes any that is free"`
	LocalRegistry URLs              `toml:"local_registry" doc:"URL or path of a registry in git, or a list of them: of two that have a package, the first goes first"`
	PkgServer     string            `toml:"pkg_server" doc:"URL of the Pkg server that everything else is forwarded to; without it this is a storage server"`
	CacheDir      string            `toml:"cache_dir" doc:"folder for what is served; required"`
	GitClonesDir  string            `toml:"git_clones_dir" doc:"folder for clones of registries and packages; required"`
	MinTime       int64             `toml:"min_time_between_registry_updates" doc:"seconds for which a list of registries is not asked for again"`
	Strategy      string            `toml:"repository_clone_strategy" doc:"when an update of a repository is needed: always clone it anew, clone it on_failure of the update, or clone it only if_missing"`
	LogFormat     string            `toml:"log_format" doc:"text or json"`
	GitConfig     map[string]string `toml:"gitconfig" doc:"settings of git for each call, such as \"http.proxy\" = \"http://proxy:3128\""`
}

// DefaultConfig returns what holds where the file says nothing.
func DefaultConfig() Config {
	return Config{Host: "localhost", Port: 8000, MinTime: 60, Strategy: "on_failure", LogFormat: "text"}
}

// Check reports what is wrong with the values, in one line that begins with the key. It looks at
// nothing else.
func (c Config) Check() error {
	if c.Host == "" || strings.ContainsAny(c.Host, "/ ") {
		return fmt.Errorf("host: %.80q: want a host name or an address", c.Host)
	}
	if len(c.LocalRegistry) == 0 && c.PkgServer == "" {
		return errors.New("local_registry: no source of packages: set local_registry, pkg_server or both")
	}
	for i, url := range c.LocalRegistry {
		if _, err := gitrepo.Name(absoluteRepository(url)); err != nil {
			return fmt.Errorf("local_registry: %w", err)
		}
		if slices.Contains(c.LocalRegistry[:i], url) {
			return fmt.Errorf("local_registry: %.200q is there twice", fetch.Redact(url))
		}
	}
	if c.PkgServer != "" {
		if _, err := ecosystems.BaseURL("pkg_server", c.PkgServer); err != nil {
			return err
		}
	}
	if c.CacheDir == "" {
		return errors.New("cache_dir: must be set")
	}
	if c.GitClonesDir == "" {
		return errors.New("git_clones_dir: must be set")
	}
	if _, err := c.strategy(); err != nil {
		return err
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		return fmt.Errorf("log_format: %.80q is neither text nor json", c.LogFormat)
	}
	return nil
}

// Address is where to listen, as HOST:PORT.
func (c Config) Address() string { return net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))) }

func (c Config) strategy() (gitrepo.Strategy, error) {
	switch c.Strategy {
	case "always":
		return gitrepo.Always, nil
	case "on_failure":
		return gitrepo.OnFailure, nil
	case "if_missing":
		return gitrepo.IfMissing, nil
	}
	return 0, fmt.Errorf("repository_clone_strategy: %.80q is none of always, on_failure and if_missing", c.Strategy)
}

// minTime is how long a list is not asked for again.
func (c Config) minTime() time.Duration {
	const most = 1 << 30 // a lifetime
	return time.Duration(min(max(c.MinTime, 0), most)) * time.Second
}

// absoluteRepository is what git would take a relative path for.
func absoluteRepository(url string) string {
	if strings.Contains(url, ":") || url == "" {
		return url
	}
	if abs, err := filepath.Abs(url); err == nil {
		return abs
	}
	return url
}

// Port is a TCP port, written as a number or as text.
type Port uint16

// UnmarshalTOML implements [toml.Unmarshaler].
func (p *Port) UnmarshalTOML(v any) error {
	switch v := v.(type) {
	case int64:
		return p.UnmarshalText([]byte(strconv.FormatInt(v, 10)))
	case string:
		return p.UnmarshalText([]byte(v))
	}
	return errors.New("want a port, as a number or as text")
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (p *Port) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 16)
	if err != nil {
		return fmt.Errorf("%.20q is no port: want a number from 0 to 65535", text)
	}
	*p = Port(n)
	return nil
}

// URLs is one text or a list of them.
type URLs []string

// UnmarshalTOML implements [toml.Unmarshaler].
func (u *URLs) UnmarshalTOML(v any) error {
	*u = nil
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	for _, e := range list {
		text, ok := e.(string)
		if !ok || strings.TrimSpace(text) == "" {
			return errors.New("want a URL, or a list of them")
		}
		*u = append(*u, text)
	}
	return nil
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (u *URLs) UnmarshalText(text []byte) error { return u.UnmarshalTOML(string(text)) }
