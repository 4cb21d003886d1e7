package treehash_test

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// entry is what a path of a model holds; its mode is git's.
type entry struct{ mode, data string }

// model is a tree as paths; directories have the mode "40000" and need no entry
// unless they are empty.
type model map[string]entry

// hash is git's definition of a tree's id, as simply as it can be put: lists of lines, sorted
// afresh for each directory, all content at hand.
func (m model) hash(skipEmpty, skipGit bool) string {
	type line struct{ key, text string }
	var lines []line
	below := map[string]model{}
	for path, e := range m {
		name, rest, deeper := strings.Cut(path, "/")
		switch {
		case deeper:
			if below[name] == nil {
				below[name] = model{}
			}
			below[name][rest] = e
		case e.mode == "40000":
			if below[name] == nil {
				below[name] = model{}
			}
		case !skipGit || name != ".git":
			id := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(e.data), e.data))
			lines = append(lines, line{name, e.mode + " " + name + "\x00" + string(id[:])})
		}
	}
	for name, sub := range below {
		if skipEmpty && !sub.holdsFiles() || skipGit && name == ".git" {
			continue
		}
		id, _ := treehash.ParseHash(sub.hash(skipEmpty, skipGit))
		lines = append(lines, line{name + "/", "40000 " + name + "\x00" + string(id[:])})
	}
	slices.SortFunc(lines, func(a, b line) int { return strings.Compare(a.key, b.key) })
	content := ""
	for _, l := range lines {
		content += l.text
	}
	return fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "tree %d\x00%s", len(content), content)))
}

func (m model) holdsFiles() bool {
	for _, e := range m {
		if e.mode != "40000" {
			return true
		}
	}
	return false
}

func (m model) records() []record {
	var out []record
	for _, path := range slices.Sorted(maps.Keys(m)) {
		e := m[path]
		switch e.mode {
		case "40000":
			out = append(out, folder(path))
		case "120000":
			out = append(out, symlink(path, e.data))
		case "100755":
			out = append(out, script(path, e.data))
		default:
			out = append(out, file(path, e.data))
		}
	}
	return out
}

// models generates trees whose names are close in every order that one might
// sort by.
func models(withGit bool) *rapid.Generator[model] {
	names := []string{"a", "a.b", "a-b", "a0", "A", "ä", "foo", "foo.txt", "foo-bar", "foo0", "Z", "~", " ", "a b"}
	if withGit {
		names = append(names, ".git", ".git.x", ".gi")
	}
	return rapid.Custom(func(t *rapid.T) model {
		m := model{}
		for range rapid.IntRange(0, 12).Draw(t, "entries") {
			path := strings.Join(rapid.SliceOfN(rapid.SampledFrom(names), 1, 4).Draw(t, "path"), "/")
			free := true
			for other := range m {
				if other == path || strings.HasPrefix(other, path+"/") || strings.HasPrefix(path, other+"/") && m[other].mode != "40000" {
					free = false
				}
			}
			if !free {
				continue
			}
			e := entry{mode: rapid.SampledFrom([]string{"100644", "100755", "120000", "40000"}).Draw(t, "mode")}
			switch e.mode {
			case "120000":
				e.data = rapid.StringMatching(`[a-z./]{1,20}`).Draw(t, "target")
			case "100644", "100755":
				e.data = strings.Repeat(rapid.StringN(0, 10, -1).Draw(t, "data"), rapid.IntRange(1, 200).Draw(t, "times"))
			}
			m[path] = e
		}
		return m
	})
}

func TestHashesAreThoseOfANaiveModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := models(true).Draw(t, "tree")
		tarball := archive(m.records()...)
		got, err := treehash.Sum(bytes.NewReader(tarball), treehash.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		want := [3]string{m.hash(false, false), m.hash(true, false), m.hash(true, true)}
		if have := [3]string{got.Full.String(), got.SkipEmpty.String(), got.GitTools.String()}; have != want {
			t.Fatalf("%v, want %v", have, want)
		}
	})
}

func TestOrderOfMembersDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := models(true).Draw(t, "tree").records()
		want, err := treehash.Sum(bytes.NewReader(archive(records...)), treehash.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := treehash.Sum(bytes.NewReader(gzipped(archive(rapid.Permutation(records).Draw(t, "order")...))), treehash.Limits{})
		if err != nil || got.Full != want.Full || got.SkipEmpty != want.SkipEmpty || got.GitTools != want.GitTools {
			t.Fatalf("%v, %v, want %v", got, err, want)
		}
	})
}

func TestSpellingOfMembersDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := models(true).Draw(t, "tree")
		var records []record
		for _, r := range m.records() {
			if rapid.Bool().Draw(t, "first something else") && r.kind == 0 {
				other := r
				other.data, other.mode = "something else", "755"
				records = append(records, other)
			}
			switch rapid.IntRange(0, 4).Draw(t, "spelling") {
			case 0:
				r.name = "./" + r.name
			case 1:
				records = append(records, pax('x', "path", r.name))
				r.name = "elsewhere"
			case 2:
				records = append(records, record{name: "././@LongLink", kind: 'L', data: r.name + "\x00"})
			case 3:
				r.name = strings.ReplaceAll(r.name, "/", "/.//")
				if r.kind == '5' {
					r.name += "/"
				}
			}
			records = append(records, r)
		}
		got, err := treehash.Sum(bytes.NewReader(archive(records...)), treehash.Limits{})
		if err != nil || got.Full.String() != m.hash(false, false) {
			t.Fatalf("%v, %v", got.Full, err)
		}
	})
}
