package pkgclient

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// ciVariables are the names by which Pkg recognizes machines of CI systems.
var ciVariables = []string{
	"APPVEYOR", "CI", "CI_SERVER", "CIRCLECI", "CONTINUOUS_INTEGRATION", "GITHUB_ACTIONS",
	"GITLAB_CI", "JULIA_CI", "JULIA_PKGEVAL", "JULIA_REGISTRYCI_AUTOMERGE", "TF_BUILD", "TRAVIS",
}

// header returns what is sent with a request to the server for the path.
func (c *Client) header(path string) http.Header {
	h := http.Header{}
	h.Set("Accept", "*/*")
	h.Set("User-Agent", c.userAgent())
	h.Set("Julia-Pkg-Protocol", "1.0")
	h.Set("Julia-Version", c.Profile.Version.String())
	h.Set("Julia-System", c.system())
	h.Set("Julia-Ci-Variables", c.ci())
	h.Set("Julia-Interactive", "false")
	if c.Profile.ownDownloader() {
		h.Set("Julia-Pkg-Server", c.server)
		c.addWords(h)
	}
	if c.Profile.asksZstd() && isObject(path) && !(c.onWindows() && strings.Contains(path, "/registry/")) {
		h.Set("Accept-Encoding", "zstd, gzip")
	}
	return h
}

// isObject tells the three classes of objects from the list.
func isObject(path string) bool {
	return strings.Contains(path, "/registry/") || strings.Contains(path, "/package/") || strings.Contains(path, "/artifact/")
}

// onWindows tells whether the machine runs Windows, where older versions that share the depot could not
// read registries in zstd.
func (c *Client) onWindows() bool { return strings.Contains(c.Platform, "mingw32") }

func (c *Client) userAgent() string {
	if c.Profile.ownDownloader() {
		return "curl/8.6.0 julia/" + c.Profile.Version.Release().String()
	}
	return "curl/7.74.0"
}

// system returns the triplet of the host, in which versions before 1.6 have the parts in another
// order.
func (c *Client) system() string {
	if c.Platform != "" {
		return c.Platform
	}
	if !c.Profile.ownDownloader() {
		return "x86_64-linux-gnu-libgfortran5-libstdcxx26-cxx11"
	}
	return "x86_64-linux-gnu-libgfortran5-cxx11-libstdcxx30-julia_version+" + c.Profile.Version.String()
}

// ci returns all variables with what they are: not set, true, false, other.
func (c *Client) ci() string {
	list := make([]string, len(ciVariables))
	for i, name := range ciVariables {
		value, ok := c.Env[name]
		state := "o"
		switch strings.ToLower(value) {
		case "true", "t", "1", "yes", "y":
			state = "t"
		case "false", "f", "0", "no", "n":
			state = "f"
		}
		if !ok {
			state = "n"
		}
		list[i] = name + "=" + state
	}
	return strings.Join(list, ";")
}

const wordsPrefix = "JULIA_PKG_SERVER_"

// addWords makes a header Julia-Two-Words of each variable JULIA_PKG_SERVER_TWO_WORDS.
func (c *Client) addWords(h http.Header) {
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		rest, ok := strings.CutPrefix(strings.ToUpper(name), wordsPrefix)
		value := strings.TrimSpace(c.Env[name])
		words := strings.FieldsFunc(rest, func(r rune) bool { return r == '_' })
		if !ok || value == "" || len(words) == 0 {
			continue
		}
		key := http.CanonicalHeaderKey("julia-" + strings.ToLower(strings.Join(words, "-")))
		if h.Get(key) == "" {
			h.Set(key, value)
		}
	}
}

// workers returns how many downloads run at the same time.
func (c *Client) workers() int {
	name := "JULIA_PKG_CONCURRENT_DOWNLOADS"
	if !c.Profile.ownDownloader() {
		name = "JULIA_PKG_CONCURRENCY"
	}
	if n, err := strconv.Atoi(c.Env[name]); err == nil && n > 0 {
		return min(n, 64)
	}
	return 8
}
