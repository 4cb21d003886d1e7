package pkgserver_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

const (
	general = "23338594-aafe-5451-b93e-139f81909106"
	corp    = "11111111-aaaa-4bbb-8ccc-000000000000"
	hash    = "46e44e869b4d90b96bd8ed1fdcf32244fddfb6cc"
	other   = "11820aa9c229fd3833d4bd69e5e75ef4e7273bf1"
)

func tree(t testing.TB, s string) treehash.Hash {
	t.Helper()
	h, err := treehash.ParseHash(s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestPaths(t *testing.T) {
	id, h := uuid.MustParse(general), tree(t, hash)
	for path, want := range map[string]pkgserver.Object{
		"registry/" + general + "/" + hash: {Kind: "registry", UUID: id, Tree: h},
		"package/" + general + "/" + hash:  {Kind: "package", UUID: id, Tree: h},
		"artifact/" + hash:                 {Kind: "artifact", Tree: h},
	} {
		o, err := pkgserver.ParsePath(path)
		if err != nil || o != want || o.Path() != path {
			t.Errorf("%s: %+v, %v", path, o, err)
		}
	}
	if pkgserver.RegistryPath(id, h) != "registry/"+general+"/"+hash || pkgserver.PackagePath(id, h) != "package/"+general+"/"+hash || pkgserver.ArtifactPath(h) != "artifact/"+hash {
		t.Error("paths")
	}
	if pkgserver.RegistriesPath != "registries" || pkgserver.Conservative.Path() != "registries.conservative" || pkgserver.Eager.Path() != "registries.eager" {
		t.Error("lists")
	}
}

func TestParsePathRefuses(t *testing.T) {
	for _, path := range []string{
		"", "/", "registries", "registry", "artifact", "artifact/", "artifact/" + hash + "/", "/artifact/" + hash, "artifact//" + hash, "artifact/" + strings.ToUpper(hash),
		"artifact/" + hash + "/Name", "registry/" + general, "registry/" + general + "/" + hash + "-" + other, "registry/" + strings.ToUpper(general) + "/" + hash,
		"registry/x/" + hash, "package/" + general + "/x", "package/" + hash, "meta/" + general + "/" + hash, "artifact/" + general + "/" + hash, "artifact/../" + hash,
		"Artifact/" + hash, "artifact/" + hash + "\n",
	} {
		if o, err := pkgserver.ParsePath(path); err == nil || o != (pkgserver.Object{}) {
			t.Errorf("%q is %+v", path, o)
		} else {
			checkMessage(t, err)
		}
	}
}

func checkMessage(t *testing.T, err error) {
	t.Helper()
	s := err.Error()
	if len(s) > 1000 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Fatalf("not a message for one line: %q", s)
	}
}

func TestRegistries(t *testing.T) {
	first := "/registry/" + general + "/" + hash + "\n"
	second := "/registry/" + corp + "/" + other + "\n"
	for text, want := range map[string]string{
		"":                                    "",
		"\n\n":                                "",
		first:                                 first,
		first + second:                        second + first,
		strings.TrimSpace(first):              first,
		strings.ToUpper(general + "/" + hash): "-",
		"/registry/" + strings.ToUpper(general+"/"+hash) + "\r\n": first,
	} {
		list, problems, err := pkgserver.ParseRegistries([]byte(text))
		if want == "-" {
			if err == nil {
				t.Errorf("%q is %v", text, list)
			}
			continue
		}
		if err != nil || len(problems) > 0 || string(pkgserver.FormatRegistries(list)) != want {
			t.Errorf("%q: %v, %v, %v", text, list, problems, err)
		}
	}
	list := []pkgserver.Registry{{UUID: uuid.MustParse(general), Tree: tree(t, hash)}, {UUID: uuid.MustParse(corp), Tree: tree(t, other)}}
	if got := string(pkgserver.FormatRegistries(list)); got != second+first || list[0].UUID != uuid.MustParse(general) {
		t.Errorf("%q from %v", got, list)
	}
}

// TestMalformedLines holds that what is good is used, and what is not is told.
func TestMalformedLines(t *testing.T) {
	good := "/registry/" + general + "/" + hash
	for line, want := range map[string]string{
		"registry/" + general + "/" + hash:           "registries:2: \"registry/",
		"/registry/" + general:                       "is not of the form",
		"/registry/" + general + "/" + hash + "/x":   "is not of the form",
		"/package/" + general + "/" + hash:           "is not of the form",
		"https://x/registry/" + general + "/" + hash: "is not of the form",
		"<html>":                               "is not of the form",
		" " + good:                             "is not of the form",
		"/registry/x/" + hash:                  `registries:2: registry "x": want a UUID`,
		"/registry/" + corp + "/x":             "registries:2: registry " + corp + ": git tree hash \"x\": want 40",
		"/registry/" + corp + "/" + hash + " ": "want 40",
		"/registry/" + general + "/" + other:   "registries:2: registry " + general + " is there twice; the first line counts",
		strings.Repeat("\x00", 500):            "is not of the form",
	} {
		list, problems, err := pkgserver.ParseRegistries([]byte(good + "\n" + line + "\n"))
		if err != nil || len(problems) != 1 || !strings.Contains(problems[0].Error(), want) {
			t.Errorf("%q: %v, %v, want %s", line, problems, err, want)
			continue
		}
		checkMessage(t, problems[0])
		if diff := cmp.Diff(good+"\n", string(pkgserver.FormatRegistries(list))); diff != "" {
			t.Errorf("%q:\n%s", line, diff)
		}
	}
}

func TestNoList(t *testing.T) {
	var many strings.Builder
	for i := range 1001 {
		id := uuid.UUID{byte(i >> 8), byte(i)}
		many.WriteString("/" + pkgserver.RegistryPath(id, treehash.EmptyTree) + "\n")
	}
	for _, text := range []string{"<html>\n<body>\n", "404", strings.Repeat("x", 2<<20), many.String(), strings.Repeat("x\n", 5000)} {
		list, problems, err := pkgserver.ParseRegistries([]byte(text))
		if err == nil || list != nil || problems != nil {
			t.Errorf("%.20q: %d registries", text, len(list))
			continue
		}
		checkMessage(t, err)
	}
}

func TestRoundTrip(t *testing.T) {
	gen := rapid.Custom(func(t *rapid.T) pkgserver.Registry {
		var r pkgserver.Registry
		copy(r.UUID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "uuid"))
		copy(r.Tree[:], rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "tree"))
		return r
	})
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfNDistinct(gen, 0, 9, func(r pkgserver.Registry) uuid.UUID { return r.UUID }).Draw(t, "list")
		text := pkgserver.FormatRegistries(list)
		back, problems, err := pkgserver.ParseRegistries(text)
		if err != nil || len(problems) > 0 || len(back) != len(list) || string(pkgserver.FormatRegistries(back)) != string(text) {
			t.Fatalf("%q became %v, %v, %v", text, back, problems, err)
		}
	})
}

func FuzzParseRegistries(f *testing.F) {
	f.Add([]byte("/registry/" + general + "/" + hash + "\n/registry/" + corp + "/" + other + "\n"))
	f.Add([]byte("/registry/x/y\n\r\n/registry//\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, problems, err := pkgserver.ParseRegistries(data)
		if err != nil {
			checkMessage(t, err)
			return
		}
		for _, p := range problems {
			checkMessage(t, p)
		}
		if _, problems, err := pkgserver.ParseRegistries(pkgserver.FormatRegistries(list)); err != nil || len(problems) > 0 {
			t.Fatalf("%q: %v, %v", data, problems, err)
		}
	})
}
