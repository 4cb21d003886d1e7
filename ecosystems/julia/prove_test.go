package julia_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/layout"
)

// altered is a snapshot with other bytes at some paths, or none where they are nil.
type altered struct {
	layout.View
	files map[string][]byte
}

func (v altered) Lookup(path string) (layout.Entry, bool) {
	if data, ok := v.files[path]; ok {
		return layout.Entry{Path: path, Size: int64(len(data))}, data != nil
	}
	return v.View.Lookup(path)
}

func (v altered) All(prefix string) iter.Seq[layout.Entry] {
	paths := map[string]bool{}
	for e := range v.View.All(prefix) {
		paths[e.Path] = true
	}
	for path := range v.files {
		if strings.HasPrefix(path, prefix) {
			paths[path] = true
		}
	}
	return func(yield func(layout.Entry) bool) {
		for _, path := range slices.Sorted(maps.Keys(paths)) {
			if e, ok := v.Lookup(path); ok && !yield(e) {
				return
			}
		}
	}
}

func (v altered) Open(e layout.Entry) (layout.File, error) {
	if data, ok := v.files[e.Path]; ok {
		return file{bytes.NewReader(data)}, nil
	}
	return v.View.Open(e)
}

type file struct{ *bytes.Reader }

func (file) Close() error { return nil }

// provable is a world with something of everything, published.
type provable struct {
	*world
	example, old, zlib juliatest.Release
	data               juliatest.Release // an artifact for everybody, a lazy one, one for another platform
	general            string            // path
	site               *juliatest.Registry
}

func newProvable(t *testing.T, index string) *provable {
	p := &provable{world: newWorld(t)}
	p.old = p.Publish("Example", juliatest.Version{Number: "0.5.3"})
	p.example = p.Publish("Example", juliatest.Version{Number: "0.5.4"})
	p.zlib = p.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu")
	p.data = p.Publish("Data", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{
		{Name: "all", Content: juliatest.Tree{Files: map[string]string{"all": "1"}}},
		{Name: "lazy", Lazy: true, Content: juliatest.Tree{Files: map[string]string{"lazy": "1"}}},
		{Name: "built", NoDownload: true, Missing: true, Content: juliatest.Tree{Files: map[string]string{"built": "1"}}},
		{Name: "mac", Platform: "aarch64-apple-darwin", Content: juliatest.Tree{Files: map[string]string{"mac": "1"}}},
	}})
	p.Publish("Unwanted", juliatest.Version{Number: "1.0.0"})
	p.site = p.AddRegistry("Site", uuid.UUID{})
	p.site.Publish("Secret", juliatest.Version{Number: "1.0.0"})
	p.options.Packages = []string{"Example", "Data", "Zlib_jll", "Secret"}
	p.options.Registries, p.options.Platforms, p.options.Index, p.options.Zstd = []string{"*"}, []string{"x86_64-linux-gnu"}, index, true
	p.mustSync()
	p.general = pkgserver.RegistryPath(registry.General, p.listed("registries", registry.General).Hash())
	return p
}

// find proves what is published, with alterations, by a driver with other options, as
// verify may have it. It returns "PATH: ERROR".
func (p *provable) find(alter func(read func(path string) []byte) map[string][]byte) []string {
	p.t.Helper()
	p.options.Platforms, p.options.Index, p.options.Packages = []string{"all"}, "auto", nil
	var found []string
	p.root.Current(func(view layout.View) {
		files := alter(func(path string) []byte { return p.read(view, path) })
		for path, err := range p.driver().(ecosystems.Prover).Prove(p.t.Context(), altered{view, files}) {
			found = append(found, path+": "+err.Error())
		}
	})
	return found
}

func gz(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func zst(data []byte) []byte {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return z.EncodeAll(data, nil)
}

func TestProof(t *testing.T) {
	p := newProvable(t, "auto")
	byName := map[string]string{}
	for _, a := range p.data.Artifacts {
		byName[a.Name] = a.Path
	}
	all, lazy, mac := byName["all"], byName["lazy"], byName["mac"]
	absent := "/registry/" + registry.General.String() + "/" + p.example.Tree.String() + "\n"
	siteLine := pkgserver.RegistryPath(p.site.UUID(), p.site.Hash())
	type read = func(string) []byte
	type files = map[string][]byte
	for name, c := range map[string]struct {
		alter func(read) map[string][]byte
		want  []string // beginnings of what is found
	}{
		"nothing": {func(read) files { return nil }, nil},
		"another package": {func(r read) files {
			return files{p.example.Path: r(p.old.Path)}
		}, []string{
			p.example.Path + ": git tree hash does not match",
			p.example.Path + ".tar.zst: it holds another tar stream than " + p.example.Path,
		}},
		"another artifact": {func(r read) files {
			return files{all: r(lazy)}
		}, []string{
			all + ": git tree hash does not match", all + ".tar.zst: it holds another tar stream",
		}},
		"a registry that is no tarball": {func(r read) files {
			return files{p.general: []byte("gone"), p.general + ".tar.zst": nil}
		}, []string{p.general + ": malformed tarball"}},
		"a registry without packages, of the right hash": {func(r read) files {
			tar := juliatest.Tree{Files: map[string]string{"Registry.toml": "name = \"Site\"\n"}}
			path := pkgserver.RegistryPath(p.site.UUID(), tar.Hash(treehash.Full))
			return files{"registries": []byte("/" + path + "\n"), path: tar.Tarball()}
		}, []string{"registry/" + p.site.UUID().String()}},
		"no list": {func(read) files { return files{"registries": nil} }, []string{"registries: it is missing"}},
		"a list that is a page": {func(read) files {
			return files{"registries": []byte("<html>\n")}
		}, []string{"registries: "}},
		"a line that kills clients": {func(r read) files {
			return files{"registries": append(r("registries"), "/registry/x/y\n"...)}
		}, []string{"registries: registries:3: "}},
		"a list that names what is not here": {func(r read) files {
			return files{"registries.conservative": append(r("registries"), strings.Replace(absent, registry.General.String(), p.example.UUID.String(), 1)...)}
		}, []string{"registry/" + p.example.UUID.String() + "/" + p.example.Tree.String() + ": a list of registries names it, but it is missing"}},
		"a registry under another UUID": {func(r read) files {
			other := pkgserver.RegistryPath(p.example.UUID, p.site.Hash())
			return files{"registries": append(r("registries"), "/"+other+"\n"...), other: r(siteLine)}
		}, []string{"registry/" + p.example.UUID.String() + "/" + p.site.Hash().String() + ": its Registry.toml says that it is Site"}},
		"member names that clients do not find": {func(r read) files {
			tar := juliatest.RenameMembers(func(name string) string { return "./" + name })(gunzip(t, r(siteLine)))
			return files{siteLine: gz(tar), siteLine + ".tar.zst": zst(tar)}
		}, []string{siteLine + ": its members have names by which Julia 1.7 and later do not find them"}},
		"a package that is offered, but missing": {func(read) files {
			return files{p.example.Path: nil, p.example.Path + ".tar.zst": nil}
		}, []string{p.example.Path + ": General offers it as Example 0.5.4, but it is missing"}},
		"an artifact that is missing": {func(read) files {
			return files{all: nil, all + ".tar.zst": nil}
		}, []string{all + ": Data 1.0.0 does not install without it, but it is missing"}},
		"a lazy artifact that is missing": {func(read) files {
			return files{lazy: nil, lazy + ".tar.zst": nil}
		}, nil},
		"a variant that is gzip": {func(r read) files {
			return files{all + ".tar.zst": r(all)}
		}, []string{all + ".tar.zst: it is packed in gzip"}},
		"a variant with another stream of the same tree": {func(r read) files {
			return files{all + ".tar.zst": zst(append(gunzip(t, r(all)), make([]byte, 1024)...))}
		}, []string{all + ".tar.zst: it holds another tar stream"}},
		"a variant of another tree": {func(r read) files {
			return files{p.example.Path + ".tar.zst": r(p.old.Path + ".tar.zst")}
		}, []string{p.example.Path + ".tar.zst: git tree hash does not match"}},
		"a variant alone, of the right tree": {func(r read) files {
			return files{lazy: nil}
		}, nil},
		"a variant cut short": {func(r read) files {
			z := r(p.general + ".tar.zst")
			return files{p.general + ".tar.zst": z[:len(z)/2]}
		}, []string{p.general + ".tar.zst: "}},
		"an account that is none": {func(read) files {
			return files{"meta": []byte("{")}
		}, []string{"meta: it is no account of a mirror"}},
		"an account without platforms": {func(read) files {
			return files{"meta": []byte(`{"complete":true}`)}
		}, []string{"meta: it names no platforms"}},
		"an account that wants what is not here": {func(r read) files {
			return files{"meta": bytes.Replace(r("meta"), []byte("x86_64-linux-gnu"), []byte("aarch64-apple-darwin"), 1)}
		}, []string{mac + ": Data 1.0.0 does not install without it, but it is missing"}},
		"no account, as of old": {func(read) files {
			return files{"meta": nil, p.example.Path: nil, p.example.Path + ".tar.zst": nil}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			found := p.find(c.alter)
			ok := len(found) == len(c.want)
			for i := range min(len(found), len(c.want)) {
				ok = ok && strings.HasPrefix(found[i], c.want[i])
			}
			if !ok {
				t.Errorf("found\n\t%s\nwant\n\t%s", strings.Join(found, "\n\t"), strings.Join(c.want, "\n\t"))
			}
		})
	}
}

// A verbatim registry lists what was not selected, too.
func TestProofOfAVerbatimSelection(t *testing.T) {
	p := newProvable(t, "verbatim")
	for _, files := range []map[string][]byte{nil, {p.example.Path: nil, p.example.Path + ".tar.zst": nil}} {
		if found := p.find(func(func(string) []byte) map[string][]byte { return files }); len(found) > 0 {
			t.Errorf("found %q", found)
		}
	}
}

func TestProofComesInOrder(t *testing.T) {
	p := newProvable(t, "auto")
	found := p.find(func(func(string) []byte) map[string][]byte {
		files := map[string][]byte{}
		for path := range p.root.Files() {
			if strings.Contains(path, "/") {
				files[path] = []byte("damaged")
			}
		}
		return files
	})
	var paths []string
	for _, line := range found {
		path, _, _ := strings.Cut(line, ":")
		paths = append(paths, path)
	}
	if len(paths) < 20 || !slices.IsSorted(paths) {
		t.Errorf("not in the order of paths:\n%s", strings.Join(found, "\n"))
	}
}

func TestProofStops(t *testing.T) {
	p := newProvable(t, "auto")
	p.root.Current(func(view layout.View) {
		files := map[string][]byte{p.example.Path: []byte("damaged"), p.old.Path: []byte("damaged")}
		prover := p.driver().(ecosystems.Prover)
		n := 0
		for range prover.Prove(t.Context(), altered{view, files}) {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%d findings before the end", n)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var found []string
		for path, err := range prover.Prove(ctx, view) {
			found = append(found, fmt.Sprint(path, ": ", err))
		}
		if len(found) == 0 || !strings.HasSuffix(found[len(found)-1], ": context canceled") {
			t.Errorf("a proof that was cancelled found %q", found)
		}
	})
}

// damage changes a bit of a published file on the disk.
func (w *world) damage(path string) {
	w.t.Helper()
	name := filepath.Join(w.root.Dir, "julia", path)
	data, err := os.ReadFile(name)
	if err == nil {
		err = os.Chmod(name, 0o600)
	}
	if err == nil {
		err = os.WriteFile(name, juliatest.FlipByte(data), 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestVerifyNamesDamageByPath(t *testing.T) {
	p := newProvable(t, "auto")
	want := []string{p.data.Artifacts[0].Path, p.example.Path, p.general}
	for _, path := range want {
		p.damage(path)
	}
	got := map[string]bool{}
	for _, d := range p.root.Verify(p.driver()) {
		got[d.Path] = true
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
