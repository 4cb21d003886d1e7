package registry_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/registry/registrytest"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// alone is a registry with one package, called Huge, that has these files.
func alone(t *testing.T, files map[string]string) *registry.Package {
	t.Helper()
	dir := fstest.MapFS{
		"Registry.toml": {Data: []byte(fmt.Sprintf("name = \"R\"\nuuid = %q\n[packages]\n%s = { name = \"Huge\", path = \"Huge\" }\n",
			registrytest.ID("R"), registrytest.ID("Huge")))},
	}
	for name, content := range files {
		dir["Huge/"+name] = &fstest.MapFile{Data: []byte(content)}
	}
	r, err := registry.ReadFS(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r.Packages()[0]
}

// A package with very many dependencies, whose versions are as many, is answered for like any other.
func TestManyDependencies(t *testing.T) {
	const many = 5_000
	var deps, compat strings.Builder
	deps.WriteString("[\"0-1\"]\nD0 = \"" + registrytest.ID("D0").String() + "\"\n[0]\n")
	compat.WriteString("[\"0-1\"]\nD0 = \"3\"\n[0]\n")
	for i := range many {
		name := fmt.Sprint("D", i)
		fmt.Fprintf(&deps, "%s = %q\n", name, registrytest.ID(name))
		fmt.Fprintf(&compat, "%s = \"%d\"\n", name, i+1)
	}
	d, err := alone(t, map[string]string{"Deps.toml": deps.String(), "Compat.toml": compat.String()}).Dependencies()
	if err != nil {
		t.Fatal(err)
	}
	for minor := range 5 {
		list := d.At(version.MustParse(fmt.Sprintf("0.%d.0", minor)))
		if len(list) != many {
			t.Fatalf("%d dependencies", len(list))
		}
		for _, dep := range list {
			want := strings.TrimPrefix(dep.Name, "D")
			if n := 0; dep.Name == "D0" && dep.Compat.String() != "3, 1" {
				t.Fatalf("%s: %s", dep.Name, dep.Compat)
			} else if fmt.Sscan(want, &n); n > 0 && dep.Compat.String() != fmt.Sprint(n+1) {
				t.Fatalf("%s: %s", dep.Name, dep.Compat)
			}
		}
	}
	if list := d.At(version.MustParse("1.0.0")); len(list) != 1 || list[0].Compat.String() != "3" {
		t.Errorf("%v", list)
	}
}

func TestFilesBeyondTheCaps(t *testing.T) {
	ranges := strings.TrimSuffix(strings.Repeat("\"1\", ", 257), ", ")
	var tables strings.Builder
	for i := range 10_001 {
		fmt.Fprintf(&tables, "[\"1.%d\"]\n", i)
	}
	for name, c := range map[string]struct{ file, content, want string }{
		"ranges": {"Compat.toml", "[\"1\"]\njulia = [" + ranges + "]\n", "256"},
		"tables": {"Deps.toml", tables.String(), "10000 tables"},
		"bytes":  {"WeakDeps.toml", "# " + strings.Repeat("x", 4<<20), "allowed"},
	} {
		_, err := alone(t, map[string]string{c.file: c.content}).Dependencies()
		if _, bad := errors.AsType[*registry.FileError](err); !bad || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var versions strings.Builder
	for i := range 10_001 {
		fmt.Fprintf(&versions, "[\"1.%d.0\"]\ngit-tree-sha1 = %q\n", i, strings.Repeat("ab", 20))
	}
	if _, err := alone(t, map[string]string{"Versions.toml": versions.String()}).Releases(); err == nil || !strings.Contains(err.Error(), "10000 versions") {
		t.Errorf("versions: %v", err)
	}
}

// A table on one line with very many keys is read, if not by the fast reader.
func TestTableOnOneLine(t *testing.T) {
	var keys strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&keys, ", k%d = \"v\"", i)
	}
	info, err := alone(t, map[string]string{"Package.toml": fmt.Sprintf(
		"name = \"Huge\"\nuuid = %q\nrepo = \"https://x\"\n[metadata]\ndeprecated = { reason = \"old\"%s }\n", registrytest.ID("Huge"), keys.String())}).Info()
	if err != nil || info.Reason != "old" {
		t.Errorf("%+v, %v", info, err)
	}
}
