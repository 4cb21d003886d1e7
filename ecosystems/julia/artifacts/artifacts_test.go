package artifacts_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
)

const sum = "c0c8d05315e8948e6fba4854d5e7e96e2da21db5e0cefcf8140abe03ade8db41"

// hash makes a tree hash that begins with s.
func hash(s string) string { return s + strings.Repeat("0", 40-len(s)) }

func parse(t testing.TB, content string) *artifacts.File {
	t.Helper()
	f, err := artifacts.Parse("Artifacts.toml", []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// lines describes artifacts, one each.
func lines(list []artifacts.Artifact) []string {
	out := []string{}
	for _, a := range list {
		line := fmt.Sprintf("%s %s %s %d", a.Name, a.Tree.String()[:4], a.Platform, len(a.Downloads))
		if a.Lazy {
			line += " lazy"
		}
		out = append(out, line)
	}
	return out
}

func TestForms(t *testing.T) {
	f := parse(t, `
[data]
git-tree-sha1 = "`+hash("da7a")+`"
lazy = true
os = "of no meaning here"

    [[data.download]]
    url = "https://files.example/data.tar.gz"
    sha256 = "`+sum+`"
    size = 12345

    [[data.download]]
    url = "http://other.example/data.tar.xz"
    sha256 = "`+strings.ToUpper(sum)+`"

[[Oil]]
arch = "X86_64"
git-tree-sha1 = "`+strings.ToUpper(hash("0aaa"))+`"
os = "Linux"
libgfortran_version = "5"
cxxstring_abi = "cxx11"
libstdcxx_version = "3.4.26"
cuda = "12.1"

    [[Oil.download]]
    url = "https://files.example/oil.tar.gz"
    sha256 = "`+sum+`"

[[Oil]]
arch = "armv7l"
os = "linux"
git-tree-sha1 = "`+hash("0bbb")+`"
download = { url = "https://files.example/oil2.tar.gz", sha256 = "`+sum+`" }

[[Oil]]
arch = "aarch64"
os = "macos"
os_version = "20.1"
lazy = false
git-tree-sha1 = "`+hash("0ccc")+`"

[built-here]
git-tree-sha1 = "`+hash("b111")+`"
`)
	want := []string{
		"Oil 0aaa x86_64-linux-gnu-libgfortran5-cxx11-libstdcxx26-cuda+12.1 1",
		"Oil 0bbb armv7l-linux-gnueabihf 1",
		"Oil 0ccc aarch64-apple-darwin20 0",
		"built-here b111 any 0",
		"data da7a any 2 lazy",
	}
	if diff := cmp.Diff(want, lines(f.Artifacts)); diff != "" {
		t.Error(diff)
	}
	if len(f.Problems) > 0 {
		t.Error(f.Problems)
	}
	data := f.Artifacts[4]
	for i, want := range []string{"https://files.example/data.tar.gz 12345", "http://other.example/data.tar.xz 0"} {
		d := data.Downloads[i]
		if got := fmt.Sprint(d.URL, " ", d.Size); got != want || d.SHA256.String() != "sha256:"+sum {
			t.Errorf("%+v", d)
		}
	}
	if p := f.Artifacts[0].Platform; p.Tag("libgfortran_version") != "5.0.0" || p.Tag("cuda") != "12.1" || p.Tag("libc") != "glibc" || p.Tag("mpi") != "" {
		t.Errorf("%v", p)
	}
	if f := parse(t, ""); len(f.Artifacts) > 0 {
		t.Errorf("%v", f.Artifacts)
	}
}

// TestProblems holds what is passed over while the rest of the file is of use.
func TestProblems(t *testing.T) {
	const tree = "git-tree-sha1 = \"0123456789012345678901234567890123456789\"\n"
	for content, want := range map[string]string{
		"A = 3\n":                                "A is neither a table nor a list",
		"A = [3]\n":                              "A is neither a table nor a list",
		"[\"\"]\n" + tree:                        `an artifact cannot be called ""`,
		"[\"a\\nb\"]\n" + tree:                   `an artifact cannot be called "a\nb"`,
		"[A]\n":                                  "A: git-tree-sha1 is missing",
		"[A]\ngit-tree-sha1 = \"12\"\n":          `A: git tree hash "12": want 40`,
		"[A]\n" + tree + "lazy = \"yes\"\n":      "A: lazy is neither",
		"[[A]]\n" + tree + "arch = \"x86_64\"\n": "A: os is missing",
		"[[A]]\n" + tree + "os = \"linux\"\n":    "A: arch is missing",
		"[[A]]\n" + tree + "[[A]]\n" + tree + "os = \"linux\"\n":                                       "A (entry 1): os is missing",
		"[[A]]\n" + tree + "os = \"macos\"\narch = \"x86_64\"\nos_version = \"new\"\n":                 `A: os_version: version "new" has`,
		"[[A]]\n" + tree + "os = \"linux\"\narch = \"x86_64\"\nmpi = \"a\\u0000b\"\n":                  `A: "mpi" = "a\x00b" is not a tag`,
		"[[A]]\n" + tree + "os = \"linux\"\narch = \"x86_64\"\nmpi = \"\"\n":                           `A: "mpi" = "" is not a tag`,
		"[A]\n" + tree + "download = 3\n":                                                              "A: download is not a list of tables",
		"[A]\n" + tree + "download = [3]\n":                                                            "A: download is not a list of tables",
		"[A]\n" + tree + "download = [{sha256 = \"" + sum + "\"}]\n":                                   "A: download: url is missing",
		"[A]\n" + tree + "download = [{url = \"ftp://x/y\", sha256 = \"" + sum + "\"}]\n":              `A: download: url "ftp://x/y" is not`,
		"[A]\n" + tree + "download = [{url = \"/etc/passwd\", sha256 = \"" + sum + "\"}]\n":            `A: download: url "/etc/passwd" is not`,
		"[A]\n" + tree + "download = [{url = \"https://x/" + strings.Repeat("y", 5000) + "\"}]\n":      "A: download: url is longer",
		"[A]\n" + tree + "download = [{url = \"https://x/y\"}]\n":                                      "A: download: sha256 is missing",
		"[A]\n" + tree + "download = [{url = \"https://x/y\", sha256 = \"12\"}]\n":                     "A: download: sha256: ",
		"[A]\n" + tree + "download = [{url = \"https://x/y\", sha256 = \"" + sum + "\", size = -1}]\n": "A: download: size is not",
		"[A]\n" + tree + "download = [" + strings.Repeat("{},", 65) + "]\n":                            "A: it has more than 64 downloads",
	} {
		f := parse(t, content+"[[Good]]\nos = \"linux\"\narch = \"x86_64\"\n"+tree)
		if len(f.Problems) == 0 || !strings.HasPrefix(f.Problems[0].Error(), "Artifacts.toml: "+want) {
			t.Errorf("%.200q: %v, want %s", content, f.Problems, want)
		}
		for _, err := range f.Problems {
			checkMessage(t, err)
		}
		if last := f.Artifacts[len(f.Artifacts)-1]; last.Name != "Good" {
			t.Errorf("%.200q: %v", content, lines(f.Artifacts))
		}
	}
	if f := parse(t, strings.Repeat("[[A]]\n", 1000)); len(f.Problems) != 100 {
		t.Errorf("%d problems", len(f.Problems))
	}
}

func TestParseRefuses(t *testing.T) {
	for content, want := range map[string]string{
		"x = \n":                    "A.toml:1: not TOML: ",
		"[A]\n[A]\n":                "A.toml:2: not TOML: ",
		"x = \"\xff\"":              "not TOML: ",
		strings.Repeat("#", 17<<20): "A.toml: it has 17825792 bytes",
		"A = [" + strings.Repeat("{},", 50_001) + "]\n": "A.toml: it has more than 50000 entries",
	} {
		f, err := artifacts.Parse("A.toml", []byte(content))
		var e *tomlfile.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) || f != nil {
			t.Errorf("%.100q: %v, want %s", content, err, want)
			continue
		}
		checkMessage(t, err)
	}
}

func checkMessage(t *testing.T, err error) {
	t.Helper()
	s := err.Error()
	if len(s) > 2500 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Fatalf("not a message for one line: %q", s)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(zlib))
	f.Add([]byte("[a]\ngit-tree-sha1 = \"" + hash("a") + "\"\ndownload = [{url = \"https://x/y\", sha256 = \"" + sum + "\", size = 3}]\n"))
	f.Add([]byte("[[a]]\nos = \"linux\"\narch = \"x86_64\"\nlibgfortran_version = \"x\"\n"))
	host, err := artifacts.ParsePlatform("x86_64-linux-gnu-libgfortran5-cxx11-libstdcxx30-julia_version+1.10.0")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := artifacts.Parse("A.toml", content)
		if err != nil {
			checkMessage(t, err)
			return
		}
		for _, err := range file.Problems {
			checkMessage(t, err)
		}
		super := map[string]bool{}
		for _, line := range lines(artifacts.Superset(file.Artifacts, []artifacts.Platform{host}, true)) {
			super[line] = true
		}
		for _, a := range artifacts.Choose(file.Artifacts, host) {
			if line := lines([]artifacts.Artifact{a})[0]; len(a.Downloads) > 0 && !super[line] {
				t.Fatalf("%s is chosen, but not in the superset", line)
			}
		}
	})
}
