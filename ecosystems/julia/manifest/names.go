package manifest

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Names returns the names of manifests in the order in which a version of Julia looks
// for them; it takes the first that exists. Names with a version are known
// since 1.10.8 and 1.11, and are the first of all.
func Names(julia version.Version) []string {
	minor := version.BoundOf(julia.Major, julia.Minor).String()
	return []string{"JuliaManifest-v" + minor + ".toml", "Manifest-v" + minor + ".toml", "JuliaManifest.toml", "Manifest.toml"}
}

// IsName reports whether a file is a manifest by its name, without a folder.
// julia is the version that it is for, such as "1.11", or "" if it is for all.
func IsName(name string) (julia string, ok bool) {
	rest := strings.TrimPrefix(name, "Julia")
	if rest, ok = strings.CutPrefix(rest, "Manifest"); !ok {
		return "", false
	}
	if rest, ok = strings.CutSuffix(rest, ".toml"); !ok || rest == "" {
		return "", ok
	}
	julia, ok = strings.CutPrefix(rest, "-v")
	v, err := version.Parse(julia)
	if err != nil || !ok || version.BoundOf(v.Major, v.Minor).String() != julia {
		return "", false
	}
	return julia, true
}

// Find returns the names of the manifests in a folder that the given versions of
// Julia would use, sorted, each once. Without versions it returns all manifests. The
// error is one of reading the folder.
func Find(dir fs.FS, julia ...version.Version) ([]string, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, err
	}
	var all, found []string
	for _, e := range entries {
		if _, ok := IsName(e.Name()); ok && !e.IsDir() {
			all = append(all, e.Name())
		}
	}
	if len(julia) == 0 {
		return all, nil
	}
	for _, v := range julia {
		names := Names(v)
		if i := slices.IndexFunc(names, func(n string) bool { return slices.Contains(all, n) }); i >= 0 {
			found = append(found, names[i])
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}
