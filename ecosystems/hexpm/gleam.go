package hexpm

import (
	"cmp"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/ecosystems/hexpm/tarball"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// serveGleam answers the one question that Gleam has for hex.pm's HTTP API when it resolves
// dependencies anew:
//
//	/api/packages/NAME/releases/VERSION
//
// The answer holds what Gleam reads of hex.pm's, from the tarball of that release; everything else
// is for next. Newer Gleams take from it only which application the release is and with what it
// is built, as the rest is in the signed registry.
func serveGleam(view layout.View, next http.Handler) http.Handler {
	isAPI := func(path string) bool { return strings.HasPrefix(path, "api/") }
	return serve.Before(next, isAPI, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, version, ok := apiRelease(serve.NativePath(r.URL.Path))
		if !ok || r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		release, err := describeRelease(view, name, version)
		if err != nil {
			slog.Error("cannot describe a release to Gleam", "package", name, "version", version, "error", err)
		}
		if release == nil {
			serve.NotFound(w, r)
			return
		}
		serve.Made(w, r, "application/json", release)
	}))
}

// apiRelease reads the path of a release in the API.
func apiRelease(path string) (name, version string, ok bool) {
	rest, isAPI := strings.CutPrefix(path, "api/packages/")
	if !isAPI {
		return "", "", false
	}
	name, version, ok = strings.Cut(rest, "/releases/")
	ok = ok && registry.CheckName(name) == nil && registry.CheckVersion(version) == nil
	return name, version, ok
}

type apiRequirement struct {
	App         string `json:"app"`
	Optional    bool   `json:"optional"`
	Requirement string `json:"requirement"`
}

type apiMeta struct {
	App        string   `json:"app"`
	BuildTools []string `json:"build_tools"`
	Elixir     *string  `json:"elixir"`
}

type apiAnswer struct {
	Version      string                    `json:"version"`
	Checksum     string                    `json:"checksum"` // the outer one
	Requirements map[string]apiRequirement `json:"requirements"`
	Meta         apiMeta                   `json:"meta"`
	Retirement   *struct{}                 `json:"retirement"` // which the registry tells
}

// describeRelease returns the JSON of a release, nil if the snapshot does not hold it.
func describeRelease(view layout.View, name, version string) ([]byte, error) {
	e, ok := layout.Follow(view, tarballFile(name, version))
	if !ok {
		return nil, nil
	}
	f, err := view.Open(e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := tarball.Open(f, e.Size)
	if err != nil {
		return nil, err
	}
	text, err := t.Metadata()
	if err != nil {
		return nil, err
	}
	m, err := tarball.ParseMetadata(text)
	if err != nil {
		return nil, err
	}
	if m.Name != name || m.Version != version {
		return nil, nil // "a-1" in version "2" and "a" in version "1-2" have one file name
	}
	a := apiAnswer{
		Version:      version,
		Checksum:     e.Object.String(),
		Requirements: map[string]apiRequirement{},
		Meta:         apiMeta{App: cmp.Or(m.App, name), BuildTools: append([]string{}, m.BuildTools...)},
	}
	if m.Elixir != "" {
		a.Meta.Elixir = &m.Elixir
	}
	for _, d := range m.Requirements {
		a.Requirements[d.Package] = apiRequirement{cmp.Or(d.App, d.Package), d.Optional, d.Requirement}
	}
	return json.Marshal(a)
}
