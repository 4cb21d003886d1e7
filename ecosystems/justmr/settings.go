package justmr

import (
	"fmt"
	"slices"
	"strings"
)

// settings is what [Options] come to.
type settings struct {
	Options
	names   fileNames
	baseURL string // without a slash at the end
}

// fileNames are the names that a client program gives to its files.
type fileNames struct {
	family   string
	program  string // "just-mr"
	local    string // "just-local.json": the locations, below the home folder with a dot before it
	rc       string // "just-mrrc"
	distdirs string
	cache    string // the local build root, below ~/.cache
}

// clientNames are the programs that there are: the original, and a fork with the same code.
var clientNames = map[string]fileNames{
	"just": {"just", "just-mr", "just-local.json", "just-mrrc", "distfiles", "just"},
	"jst":  {"jst", "jst", "jst-local.json", "jstrc", "distfiles", "jst"},
}

func newSettings(o *Options) (*settings, error) {
	s := &settings{Options: *o}
	if slices.Contains(o.Configs, "") {
		return nil, fmt.Errorf("configs: an empty file name")
	}
	var ok bool
	if s.names, ok = clientNames[o.Names]; !ok {
		return nil, fmt.Errorf("names: %.40q is neither \"just\" nor \"jst\"", o.Names)
	}
	if o.DeepEvery <= 0 {
		return nil, fmt.Errorf("deep_every: %s is no interval such as \"7d\", which is the default", o.DeepEvery)
	}
	if o.BaseURL != "" {
		if _, err := ParseBase(o.BaseURL); err != nil {
			return nil, fmt.Errorf("base_url: %w", err)
		}
		s.baseURL = strings.TrimRight(o.BaseURL, "/")
	}
	return s, nil
}

// isURL tells URLs among the configurations from paths.
func isURL(config string) bool {
	scheme, _, ok := strings.Cut(config, "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}
