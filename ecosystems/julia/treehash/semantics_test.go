package treehash_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// list is a tree as text: one line an entry, with content or target.
func list(t testing.TB, tarball []byte) []string {
	t.Helper()
	tree, err := treehash.Read(bytes.NewReader(tarball), treehash.Options{
		Collect: func(string, int64) bool { return true },
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for e := range tree.Entries() {
		content, _ := tree.File(e.Path)
		out = append(out, strings.TrimRight(fmt.Sprintf("%s %s %s", e.Kind.Mode(), e.Path, content+e.Link), " "))
	}
	return out
}

func TestWhatMembersMean(t *testing.T) {
	long := strings.Repeat("l/", 90) + "o"
	for _, c := range []struct {
		name    string
		records []record
		want    []string
	}{
		{"nothing", nil, nil},
		{"implied directories", []record{file("a/b/c", "1")}, []string{"40000 a", "40000 a/b", "100644 a/b/c 1"}},
		{"the root as a member", []record{folder("./"), folder("."), file("a", "1")}, []string{"100644 a 1"}},
		{"names are cleaned", []record{file("./a", "1"), file("b//c", "2"), folder("d/./e/")},
			[]string{"100644 a 1", "40000 b", "100644 b/c 2", "40000 d", "40000 d/e"}},
		{"only the owner may make it executable", []record{
			{name: "a", mode: "655"}, {name: "b", mode: "100"}, {name: "c", mode: "0000744"}, {name: "d", mode: "100755"}, {name: "e", mode: "011"},
		}, []string{"100644 a", "100755 b", "100755 c", "100755 d", "100644 e"}},
		{"old type of files", []record{{name: "a", kind: '0', data: "1"}}, []string{"100644 a 1"}},
		{"the last wins", []record{file("a", "1"), script("a", "2")}, []string{"100755 a 2"}},
		{"a file over a directory", []record{file("a/b", "1"), file("a", "2")}, []string{"100644 a 2"}},
		{"a directory over a file", []record{file("a", "1"), folder("a/")}, []string{"40000 a"}},
		{"a file gives way to what is below it", []record{file("a", "1"), file("a/b", "2")}, []string{"40000 a", "100644 a/b 2"}},
		{"a directory keeps its children", []record{file("a/b", "1"), folder("a/")}, []string{"40000 a", "100644 a/b 1"}},
		{"a directory over a symbolic link", []record{symlink("a", "/etc"), folder("a"), file("a/b", "1")}, []string{"40000 a", "100644 a/b 1"}},
		{"replaced after the directory was used", []record{file("a/b/c", "1"), file("a", "2"), file("a/b/d", "3")},
			[]string{"40000 a", "40000 a/b", "100644 a/b/d 3"}},
		{"symbolic links lead anywhere", []record{symlink("a", "../../etc/passwd"), symlink("b", "/dev/null"), symlink("c", "c")},
			[]string{"120000 a ../../etc/passwd", "120000 b /dev/null", "120000 c c"}},
		{"a hard link is a copy, with a mode of its own", []record{file("a", "1"), {name: "b", kind: '1', link: "./a", mode: "755"}, file("a", "2")},
			[]string{"100644 a 2", "100755 b 1"}},
		{"a hard link to a hard link", []record{file("d/a", "1"), hardlink("b", "d//a"), hardlink("c", "b")},
			[]string{"100644 b 1", "100644 c 1", "40000 d", "100644 d/a 1"}},
		{"a hard link to itself", []record{script("a", "1"), hardlink("a", "a")}, []string{"100644 a 1"}},
		{"prefix field", []record{{name: "b", prefix: "p/q", data: "1"}}, []string{"40000 p", "40000 p/q", "100644 p/q/b 1"}},
		{"pax names", []record{pax('x', "path", "p/q", "mtime", "1.5"), file("a", "1"), file("b", "2"), pax('x', "linkpath", "to"), symlink("c", "x")},
			[]string{"100644 b 2", "120000 c to", "40000 p", "100644 p/q 1"}},
		{"pax size", []record{pax('x', "size", "3"), {name: "a", size: "00000000000 ", data: "123"}}, []string{"100644 a 123"}},
		{"a pax value with every byte", []record{pax('x', "path", "ä =\n'"), file("a", "1")}, []string{"100644 ä =\n' 1"}},
		{"the last pax record wins", []record{pax('x', "path", "p", "path", "q"), pax('x', "path", "r"), file("a", "1")}, []string{"100644 r 1"}},
		{"global pax headers", []record{pax('g', "comment", "1234"), file("a", "1")}, []string{"100644 a 1"}},
		{"global pax names are defaults", []record{pax('g', "linkpath", "to"), symlink("a", "x"), pax('x', "linkpath", "there"), symlink("b", "x"), symlink("c", "x")},
			[]string{"120000 a to", "120000 b there", "120000 c to"}},
		{"GNU long names", []record{
			{name: "././@LongLink", kind: 'L', data: "g/h\x00"}, file("a", "1"),
			{name: "././@LongLink", kind: 'K', data: "to\x00"}, {name: "././@LongLink", kind: 'L', data: "i\x00"}, symlink("b", "x"),
		}, []string{"40000 g", "100644 g/h 1", "120000 i to"}},
		{"binary size", []record{{name: "a", size: "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02", data: "12"}}, []string{"100644 a 12"}},
		{"GNU magic", []record{{name: "a", magic: "ustar ", version: " ", data: "1"}}, []string{"100644 a 1"}},
		{"deep", []record{pax('x', "path", long), file("x", "1")}, nil},
		{".git", []record{file(".git/config", "1"), file("sub/.git", "2")}, []string{"40000 .git", "100644 .git/config 1", "40000 sub", "100644 sub/.git 2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := list(t, archive(c.records...))
			if c.name == "deep" {
				if len(got) != 91 {
					t.Errorf("%d entries", len(got))
				}
				return
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheEnd(t *testing.T) {
	body := file("a", "1").append(nil)
	want := sums(t, archive(file("a", "1"))).Full
	for name, tarball := range map[string][]byte{
		"without zero blocks":       body,
		"one zero block":            append(slices.Clone(body), make([]byte, 512)...),
		"much padding":              append(slices.Clone(body), make([]byte, 300000)...),
		"anything behind the end":   append(append(slices.Clone(body), make([]byte, 512)...), archive(file("b", "2"))...),
		"half a block behind it":    append(append(slices.Clone(body), make([]byte, 512)...), "abc"...),
		"gzip in several members":   slices.Concat(gzipped(body[:700]), gzipped(body[700:])),
		"zstd in several frames":    slices.Concat(zstandard(body[:700]), zstandard(body[700:])),
		"gzip of padding behind it": slices.Concat(gzipped(body), gzipped(make([]byte, 5000))),
	} {
		if got := sums(t, tarball).Full; got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Files larger than every buffer, whose sizes lie around multiples of the block size.
func TestBigFiles(t *testing.T) {
	for _, n := range []int{511, 512, 513, 128<<10 - 512, 128 << 10, 128<<10 + 1, 1<<20 + 37} {
		data := strings.Repeat("0123456789\n", n/11+1)[:n]
		if diff := cmp.Diff([]string{"100644 a " + data, "100644 b end"}, list(t, gzipped(archive(file("a", data), file("b", "end"))))); diff != "" {
			t.Errorf("%d bytes: %.200s", n, diff)
		}
	}
}

func TestTreeLookups(t *testing.T) {
	tree, err := treehash.Read(bytes.NewReader(archive(file("d/kept", "1"), file("d/other", "22"), symlink("l", "d"), folder("e"))),
		treehash.Options{Collect: func(path string, size int64) bool { return path == "d/kept" && size == 1 }})
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := tree.File("d/kept"); s != "1" || !ok {
		t.Errorf("File: %q %v", s, ok)
	}
	for _, path := range []string{"", "d", "d/other", "l", "l/kept", "d/kept/x", "absent"} {
		if _, ok := tree.File(path); ok {
			t.Errorf("File(%q)", path)
		}
	}
	if e, ok := tree.Entry("l"); !ok || e.Link != "d" || e.Kind != treehash.Symlink || e.Size != 1 {
		t.Errorf("Entry: %+v %v", e, ok)
	}
	if e, ok := tree.Entry("d/other"); !ok || e.Size != 2 || e.Path != "d/other" || e.Offset != 3*512 {
		t.Errorf("Entry: %+v %v", e, ok)
	}
	for _, path := range []string{"", "x", "d/", "l/kept"} {
		if e, ok := tree.Entry(path); ok {
			t.Errorf("Entry(%q): %+v", path, e)
		}
	}
	if diff := cmp.Diff([]string{"d", "e", "l"}, tree.Names("")); diff != "" {
		t.Error(diff)
	}
	if names := slices.Concat(tree.Names("e"), tree.Names("l"), tree.Names("x")); len(names) != 0 {
		t.Error(names)
	}
	for range tree.Entries() {
		break // stopping early is allowed
	}
}

func TestPlainNames(t *testing.T) {
	for _, c := range []struct {
		records []record
		want    bool
	}{
		{[]record{folder("E/"), folder("E/F"), file("E/F/Versions.toml", "")}, true},
		{[]record{folder("./"), file("Registry.toml", "")}, true},
		{[]record{file("./Registry.toml", "")}, false},
		{[]record{file("E//x", "")}, false},
	} {
		if got := sums(t, archive(c.records...)).PlainNames; got != c.want {
			t.Errorf("%+v: %v", c.records, got)
		}
	}
}
