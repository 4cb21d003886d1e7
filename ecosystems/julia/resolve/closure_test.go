package resolve_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

func TestClosure(t *testing.T) {
	r := world(t, "Night", night)
	for _, c := range []struct {
		name    string
		s       resolve.Selection
		want    []string
		missing []string
		notices []string
	}{
		{
			name: "one package with what it needs",
			s:    resolve.Selection{Roots: roots(t, "Lantern@1")},
			want: []string{
				"JLLWrappers 1.2.0 1.7.0",
				"Lantern 1.0.0 1.2.0",
				"Oil_jll 1.2.3+0 1.2.3+1 1.2.3+10",
				"Wick 0.1.0 0.2.0 0.2.1 0.3.0",
			},
		},
		{
			name: "dependencies differ by version, and packages by UUID",
			s:    resolve.Selection{Roots: roots(t, "Lantern@0.9")},
			want: []string{"Lantern 0.9.0", "Wick 0.5.0"},
		},
		{
			name: "versions of Julia, each on its own",
			s:    resolve.Selection{Roots: roots(t, "Lantern", "Wick="+id("Wick").String()), Julia: julia("1.10", "1.12"), Versions: policy(t, "latest:1")},
			want: []string{
				"JLLWrappers 1.7.0",
				"Lantern 1.2.0 2.0.0-rc1",
				"Oil_jll 1.2.3+10",
				"Wick 0.1.0 0.2.1 0.3.0 1.0.0 1.1.0",
			},
		},
		{
			name:    "no version for this Julia",
			s:       resolve.Selection{Roots: roots(t, "Lantern@0.9", "Wick@1.1"), Julia: julia("1.10")},
			want:    []string{},
			missing: []string{"Lantern@0.9: none of its 1 versions will do: 1 not for the selected versions of Julia", "Wick@1.1: none of its 1 versions will do: 1 not for the selected versions of Julia", "Wick@1.1: none of its 1 versions is in 1.1.0-1"},
			notices: []string{"ambiguous-name: 2 packages are called Wick, and all are mirrored; name one by UUID: " + both("Wick", "Wick#old")},
		},
		{
			name: "weak dependencies are left alone",
			s:    resolve.Selection{Roots: roots(t, "Lantern@1.2"), Versions: policy(t, "latest:1")},
			want: []string{"JLLWrappers 1.7.0", "Lantern 1.2.0", "Oil_jll 1.2.3+10", "Wick 0.1.0 0.2.1 0.3.0"},
		},
		{
			name: "weak dependencies that are listed must fit",
			s:    resolve.Selection{Roots: roots(t, "Lantern@1.2", "Moths@3"), Versions: policy(t, "latest:1")},
			want: []string{"JLLWrappers 1.7.0", "Lantern 1.2.0", "Moths 1.0.0 2.0.0 3.0.0", "Oil_jll 1.2.3+10", "Wick 0.1.0 0.2.1 0.3.0"},
		},
		{
			name: "the same in the other order",
			s:    resolve.Selection{Roots: roots(t, "Moths@3", "Lantern@1.2"), Versions: policy(t, "latest:1")},
			want: []string{"JLLWrappers 1.7.0", "Lantern 1.2.0", "Moths 1.0.0 2.0.0 3.0.0", "Oil_jll 1.2.3+10", "Wick 0.1.0 0.2.1 0.3.0"},
		},
		{
			name:    "yanked versions are not for roots",
			s:       resolve.Selection{Roots: roots(t, "Lantern@=1.1.0")},
			want:    []string{},
			missing: []string{"Lantern@=1.1.0: none of its 1 versions will do: 1 yanked"},
		},
		{
			name: "packages that are not there",
			s:    resolve.Selection{Roots: roots(t, "lantern", "Dates", "Moth="+id("Moths").String(), id("nobody").String(), "Alone@7")},
			want: []string{},
			missing: []string{
				"lantern: no registry has such a package; did you mean Lantern?",
				"Dates: no registry has such a package; packages of the standard library come with Julia and are not mirrored",
				"Moth=" + id("Moths").String() + ": no registry has such a package; " + id("Moths").String() + " is called Moths",
				id("nobody").String() + ": no registry has such a package; packages of the standard library come with Julia and are not mirrored",
				"Alone@7: none of its 3 versions is in 7",
			},
		},
		{
			name: "denied versions",
			s:    resolve.Selection{Roots: roots(t, "Lantern@1.2"), Deny: roots(t, "Oil_jll", "Wick@0.2, 0.3")},
			want: []string{"Lantern 1.2.0", "Wick 0.1.0"},
			notices: []string{
				"denied: Oil_jll is denied, but Lantern 1.2.0 needs it",
			},
		},
		{
			name:    "a denied root",
			s:       resolve.Selection{Roots: roots(t, "Alone"), Deny: roots(t, id("Alone").String())},
			want:    []string{},
			missing: []string{"Alone: none of its 3 versions will do: 3 denied"},
		},
		{
			name: "everything",
			s:    resolve.Selection{Everything: true, Versions: policy(t, "compatible"), Julia: julia("1.10")},
			want: []string{
				"Alone 0.0.1 0.0.2 0.1.0-rc1", "JLLWrappers 1.7.0", "Lantern 1.2.0", "Moths 1.0.0 2.0.0 3.0.0",
				"Oil_jll 1.2.3+10", "Wick 0.5.0", "Wick 0.1.0 0.2.1 0.3.0 1.0.0",
			},
		},
		{
			name: "all versions of everything, yanked ones included",
			s:    resolve.Selection{Everything: true},
			want: []string{
				"Alone 0.0.1 0.0.2 0.1.0-rc1", "JLLWrappers 1.1.0 1.2.0 1.7.0", "Lantern 0.9.0 1.0.0 1.1.0 1.2.0 2.0.0-rc1",
				"Moths 1.0.0 2.0.0 3.0.0", "Oil_jll 1.2.2+0 1.2.3+0 1.2.3+1 1.2.3+10 1.3.0+0", "Wick 0.5.0",
				"Wick 0.1.0 0.2.0 0.2.1 0.3.0 1.0.0 1.1.0",
			},
		},
		{
			name: "all versions of everything, and a yanked one denied",
			s:    resolve.Selection{Everything: true, Deny: roots(t, "Oil_jll@1.3")},
			want: []string{
				"Alone 0.0.1 0.0.2 0.1.0-rc1", "JLLWrappers 1.1.0 1.2.0 1.7.0", "Lantern 0.9.0 1.0.0 1.1.0 1.2.0 2.0.0-rc1",
				"Moths 1.0.0 2.0.0 3.0.0", "Oil_jll 1.2.2+0 1.2.3+0 1.2.3+1 1.2.3+10", "Wick 0.5.0",
				"Wick 0.1.0 0.2.0 0.2.1 0.3.0 1.0.0 1.1.0",
			},
		},
		{name: "nothing", want: []string{}},
	} {
		got := closure(t, c.s, r)
		// The order of packages of one name is that of UUIDs.
		lines := kept(got)
		slices.Sort(lines)
		slices.Sort(c.want)
		if diff := cmp.Diff(c.want, lines); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
		slices.Sort(c.missing)
		reasons := missing(got)
		slices.Sort(reasons)
		if diff := cmp.Diff(c.missing, reasons); diff != "" {
			t.Errorf("%s: missing:\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.notices, notices(got)); diff != "" {
			t.Errorf("%s: notices:\n%s", c.name, diff)
		}
	}
}

// both joins the UUIDs of packages in their order.
func both(names ...string) string {
	var ids []string
	for _, name := range names {
		ids = append(ids, id(name).String())
	}
	slices.Sort(ids)
	return strings.Join(ids, ", ")
}

func TestUnregistered(t *testing.T) {
	got := closure(t, resolve.Selection{Roots: roots(t, "Lantern")}, world(t, "Night", night))
	want := []resolve.Unregistered{{Name: "Dates", UUID: id("Dates")}, {Name: "Libdl", UUID: id("Libdl")}}
	if diff := cmp.Diff(want, got.Unregistered); diff != "" {
		t.Error(diff)
	}
}

func TestReasons(t *testing.T) {
	got := closure(t, resolve.Selection{
		Roots: roots(t, "Lantern@1.2"), Versions: policy(t, "latest:1"),
		Locks: []resolve.Lock{lock(t, "app/Manifest.toml", "Alone 0.0.1")},
	}, world(t, "Night", night))
	want := map[string][]string{
		"Lantern 1.2.0":     {"packages: Lantern@1.2"},
		"Oil_jll 1.2.3+10":  {"needed by Lantern 1.2.0", "packages: Lantern@1.2"},
		"JLLWrappers 1.7.0": {"needed by Oil_jll 1.2.3+10", "needed by Lantern 1.2.0", "packages: Lantern@1.2"},
		"Wick 0.1.0":        {"needed by Lantern 1.2.0", "packages: Lantern@1.2"},
		"Wick 0.2.1":        {"needed by Lantern 1.2.0", "packages: Lantern@1.2"},
		"Wick 0.3.0":        {"needed by Lantern 1.2.0", "packages: Lantern@1.2"},
		"Alone 0.0.1":       {"locked by app/Manifest.toml"},
	}
	all := map[string][]string{}
	for _, p := range got.Packages {
		for _, k := range p.Kept {
			all[p.Name+" "+k.Version.String()] = k.Why()
			if k.Reason != k.Why()[0] || k.Tree.String() != tree(p.Name, k.Version.String()) {
				t.Errorf("%s %s: %q, tree %s", p.Name, k.Version, k.Reason, k.Tree)
			}
		}
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
	if got.Versions() != 7 || got.Packages[0].Name != "Alone" || got.Packages[0].Total != 3 {
		t.Errorf("%d versions, first %+v", got.Versions(), got.Packages[0])
	}
}

// TestKeep feeds a pruned registry.
func TestKeep(t *testing.T) {
	r := world(t, "Night", night)
	got := closure(t, resolve.Selection{Roots: roots(t, "Oil_jll"), Versions: policy(t, "latest:1")}, r)
	pruning, err := r.Prune(got.Keep)
	if err != nil || pruning.Versions != 2 || pruning.Packages != 2 {
		t.Errorf("%+v, %v", pruning, err)
	}
	if content := pruning.Files["Oil_jll/Versions.toml"]; !strings.HasPrefix(content, "[\"1.2.3+10\"]\n") || strings.Count(content, "[") != 1 {
		t.Errorf("%q", content)
	}
}

// TestSeveralRegistries holds that versions of one package come from all registries,
// each with its own dependencies.
func TestSeveralRegistries(t *testing.T) {
	general := world(t, "General", "package A\nversions 1.0.0\ndeps 1 B\npackage B\nversions 1.0.0 2.0.0\n")
	corp := world(t, "Corp", "package A\nversions 1.1.0\ndeps 1 B\ncompat 1 B=2\npackage B\nversions 2.1.0\npackage C\nversions 0.1.0\ndeps 0 A\ncompat 0 A=1\n")
	got := closure(t, resolve.Selection{Roots: roots(t, "C"), Versions: policy(t, "latest:1")}, general, corp)
	if diff := cmp.Diff([]string{"A 1.1.0", "B 2.1.0", "C 0.1.0"}, kept(got)); diff != "" {
		t.Error(diff)
	}
	got = closure(t, resolve.Selection{Roots: roots(t, "C")}, general, corp)
	if diff := cmp.Diff([]string{"A 1.0.0", "A 1.1.0", "B 1.0.0 2.0.0", "B 2.1.0", "C 0.1.0"}, kept(got)); diff != "" {
		t.Error(diff)
	}
	for i, name := range []string{"General", "Corp", "General", "Corp", "Corp"} {
		if r := got.Packages[i].Registry(); r.Name != name {
			t.Errorf("%s is of %s", got.Packages[i].Name, r)
		}
	}
}

// TestBrokenPackage holds that a package that clients cannot read is not kept, and
// hurts nobody else.
func TestBrokenPackage(t *testing.T) {
	for file, content := range map[string]string{
		"Wick/Versions.toml": "[\"1.0.0\"]\n", "Wick/Deps.toml": "[x]\n", "Wick/Package.toml": "name = \"Other\"\n", "Wick/Compat.toml": "[1\n",
	} {
		m := files("Night", night)
		m[file] = &fstest.MapFile{Data: []byte(content)}
		r, err := registry.ReadFS(m)
		if err != nil {
			t.Fatal(err)
		}
		got := closure(t, resolve.Selection{Roots: roots(t, "Lantern@1.2", id("Wick").String()), Versions: policy(t, "latest:1")}, r)
		if diff := cmp.Diff([]string{"JLLWrappers 1.7.0", "Lantern 1.2.0", "Oil_jll 1.2.3+10"}, kept(got)); diff != "" {
			t.Errorf("%s:\n%s", file, diff)
		}
		if n := notices(got); len(n) != 1 || !strings.HasPrefix(n[0], "broken-package: Wick of the registry Night cannot be used by any client: "+file+":") {
			t.Errorf("%s: %q", file, n)
		}
		if m := missing(got); len(m) != 1 || m[0] != id("Wick").String()+": it has no versions that clients can read" {
			t.Errorf("%s: %q", file, m)
		}
	}
}

func TestErrors(t *testing.T) {
	r := world(t, "Night", night)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := resolve.Closure(ctx, []*registry.Registry{r}, resolve.Selection{Roots: roots(t, "Lantern")}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	many := slices.Repeat([]version.Range{version.MustParseRange("1")}, 33)
	if _, err := resolve.Closure(t.Context(), []*registry.Registry{r}, resolve.Selection{Julia: many}); err == nil {
		t.Error("33 versions of Julia are no error")
	}
	for _, s := range []resolve.Selection{
		{Roots: roots(t, "Lantern@1.2")}, {Roots: roots(t, id("Wick").String())}, {Everything: true},
		{Locks: []resolve.Lock{lock(t, "M", "Wick 1.0.0")}},
	} {
		broken, err := registry.ReadFS(brokenFS{files("Night", night), "Wick/Versions.toml"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := resolve.Closure(t.Context(), []*registry.Registry{broken}, s); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("unreadable: %v", err)
		}
	}
}

// brokenFS has a file that cannot be read.
type brokenFS struct {
	fs.FS
	name string
}

func (b brokenFS) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, fs.ErrPermission
	}
	return b.FS.Open(name)
}
