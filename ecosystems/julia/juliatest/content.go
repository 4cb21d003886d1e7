package juliatest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
)

// File returns what a GET of a path is answered with, faults but failing requests included: without
// redirects, and in gzip.
func (u *Upstream) File(path string) ([]byte, bool) {
	data, _, ok := u.content(path, Gzip)
	return data, ok
}

// content returns what is at a path.
func (u *Upstream) content(path string, p Packing) (data []byte, kind string, ok bool) {
	u.mu.Lock()
	if old, frozen := u.faults.frozen[path]; frozen {
		u.mu.Unlock()
		return old.data, old.kind, old.ok
	}
	edit, editTar := u.faults.edits[path], u.faults.tars[path]
	removed := slices.ContainsFunc(u.faults.removed, func(pattern string) bool { return matches(pattern, path) })
	r := u.resource(path)
	u.mu.Unlock()
	if r == nil || removed {
		return nil, "", false
	}
	kind = r.kind
	if r.tree != nil {
		kind = "application/x-gzip"
	}
	if editTar != nil && r.tree != nil {
		data = p.pack(editTar(r.tree().tar()))
	} else {
		data = r.bytes(p)
	}
	if edit != nil {
		data = edit(slices.Clone(data))
	}
	return data, kind, true
}

// resource returns what is at a path, faults aside. The caller holds the lock.
func (u *Upstream) resource(path string) *resource {
	switch path {
	case pkgserver.RegistriesPath:
		return u.list()
	case pkgserver.Conservative.Path(), pkgserver.Eager.Path():
		if u.flavorless {
			return nil
		}
		return u.list()
	case "meta":
		return u.meta()
	}
	if strings.HasPrefix(path, "registry/") {
		for _, r := range u.registries {
			r.state() // so that it can be asked for
		}
	}
	if r := u.resources[path]; r != nil {
		return r
	}
	return u.shelf.resource(path)
}

// list returns the list of registries, sorted by UUID as package servers do.
func (u *Upstream) list() *resource {
	var lines []string
	for _, r := range u.registries {
		if !r.hidden {
			lines = append(lines, "/"+pkgserver.RegistryPath(r.id, r.current().hash)+"\n")
		}
	}
	slices.Sort(lines)
	text := strings.Join(append(lines, u.faults.lines...), "")
	return &resource{data: func() []byte { return []byte(text) }, kind: "text/plain"}
}

func (u *Upstream) meta() *resource {
	text := fmt.Sprintf(`{"pkgserver_version":"juliatest","pkgserver_url":%q,"julia_version":"1.12.7","start_time":"2026-01-01T00:00:00","last_registry_update":"2026-01-01T00:00:00","registry_update_task":"runnable","maxrss":104857600,"live_tasks":1}`, u.base)
	return &resource{data: func() []byte { return []byte(text) }, kind: "application/json"}
}
