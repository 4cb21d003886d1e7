package fetch

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// places knows where else URLs may be had: local mirrors and preferred hosts.
type places struct {
	exact     map[string][]string
	prefixes  []prefixMirrors // longest first
	preferred []string
	files     []string // those of the mirrors that are on this machine
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
		if slices.Contains(mirrors, "") {
			return nil, fmt.Errorf("fetch.local_mirrors.%q: empty URL", key)
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
		p.noteFiles()
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
	p.noteFiles()
	return p, nil
}

const fileScheme = "file://"

func (p *places) noteFiles() {
	for _, mirrors := range p.exact {
		p.files = append(p.files, filesOf(mirrors)...)
	}
	for _, pm := range p.prefixes {
		p.files = append(p.files, filesOf(pm.mirrors)...)
	}
}

func filesOf(urls []string) []string {
	return slices.DeleteFunc(slices.Clone(urls), func(u string) bool { return !strings.HasPrefix(u, fileScheme+"/") })
}

// mayRead reports whether a file URL is one that the configuration names, or lies
// below one that it maps a prefix to. An upstream's word is not enough to read a
// file of this machine.
func (p *places) mayRead(u *url.URL, raw string) bool {
	return slices.ContainsFunc(p.files, func(f string) bool {
		return raw == f || strings.HasSuffix(f, "/") && strings.HasPrefix(raw, f) && !climbs(u.Path)
	})
}

// candidates returns where to look for primary, in order, each place once. Local mirrors
// of the aliases count like its own.
func (p *places) candidates(primary string, mirrors []string, aliases ...string) []string {
	if len(mirrors) == 0 && len(p.exact) == 0 {
		return []string{primary}
	}
	out := p.local(primary)
	for _, alias := range aliases {
		out = append(out, p.local(alias)...)
	}
	out = append(out, SortByHost(slices.Concat([]string{primary}, mirrors), p.preferred)...)
	return unique(out)
}

// local returns the local mirrors of a URL.
func (p *places) local(primary string) []string {
	out := slices.Clone(p.exact[primary])
	for _, pm := range p.prefixes {
		if rest, ok := strings.CutPrefix(primary, pm.prefix); ok && rest != "" {
			for _, m := range pm.mirrors {
				out = append(out, m+rest)
			}
		}
	}
	return out
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
