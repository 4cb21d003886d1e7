package fetch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// places knows where else URLs may be had: local mirrors and preferred hosts.
type places struct {
	exact     map[string][]string
	prefixes  []prefixMirrors // longest first
	preferred []string
}

type prefixMirrors struct {
	prefix  string
	mirrors []string // each ends in "/"
}

// newPlaces reads the configuration's local mirrors and preferred hostnames and
// then those of its just-mr file, which come after them. Keys of that file are
// exact URLs, as just-mr takes them.
func newPlaces(cfg Config) (*places, error) {
	p := &places{exact: map[string][]string{}, preferred: slices.Clone(cfg.PreferredHostnames)}
	for key, mirrors := range cfg.LocalMirrors {
		for _, m := range mirrors {
			if m == "" {
				return nil, fmt.Errorf("fetch.local_mirrors.%q: empty URL", key)
			}
		}
		p.exact[key] = slices.Clone(mirrors)
		if !strings.HasSuffix(key, "/") {
			continue
		}
		pm := prefixMirrors{prefix: key}
		for _, m := range mirrors {
			pm.mirrors = append(pm.mirrors, strings.TrimSuffix(m, "/")+"/")
		}
		p.prefixes = append(p.prefixes, pm)
	}
	slices.SortFunc(p.prefixes, func(a, b prefixMirrors) int {
		return cmp.Or(len(b.prefix)-len(a.prefix), strings.Compare(a.prefix, b.prefix))
	})
	if cfg.JustLocal == "" {
		return p, nil
	}
	jl, err := readJustLocal(cfg.JustLocal)
	if err != nil {
		return nil, fmt.Errorf("fetch.just_local: %w", err)
	}
	for key, mirrors := range jl.localMirrors {
		p.exact[key] = append(p.exact[key], mirrors...)
	}
	p.preferred = append(p.preferred, jl.preferred...)
	return p, nil
}

// candidates returns where to look for primary, in order, each place once.
func (p *places) candidates(primary string, mirrors []string) []string {
	if len(mirrors) == 0 && len(p.exact) == 0 {
		return []string{primary}
	}
	out := slices.Clone(p.exact[primary])
	for _, pm := range p.prefixes {
		if rest, ok := strings.CutPrefix(primary, pm.prefix); ok && rest != "" {
			for _, m := range pm.mirrors {
				out = append(out, m+rest)
			}
		}
	}
	out = append(out, SortByHost(slices.Concat([]string{primary}, mirrors), p.preferred)...)
	return unique(out)
}

// unique removes repetitions, keeping the first of each. The lists are short.
func unique(list []string) []string {
	out := list[:0]
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
