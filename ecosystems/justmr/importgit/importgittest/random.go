// Package importgittest makes inputs for imports: configurations with everything that an
// import looks at, and command lines for them.
package importgittest

import (
	"strconv"

	"github.com/offmirror/offmirror/ecosystems/justmr/ordered"
)

// Case is an import: what is imported into, what is imported, and how.
type Case struct {
	Base, Foreign string   // JSON
	Options       []string // in front of the URL
	Entry         []string // behind it: nothing, or a name
}

// Random makes a Case of choices: draw(n) returns a number below n. Most cases can be
// imported; some refer to what is not there.
func Random(draw func(n int) int) Case {
	g := &generator{draw: draw}
	g.pick()
	c := Case{Foreign: string(ordered.Append(nil, g.foreign())), Base: string(ordered.Append(nil, g.base()))}
	c.Options, c.Entry = g.arguments()
	return c
}

type generator struct {
	draw  func(n int) int
	names []string // of the foreign repositories
}

// one tells of one chance in n.
func (g *generator) one(n int) bool { return g.draw(n) == 0 }

func (g *generator) pick() {
	pool := []string{"app", "lib", "", "a", "b", "app/lib", "lib (1)", "größe", "😀", "it's", `"q"`, "x\ty", "lone\xed\xa0\xbd", "z"}
	for range 1 + g.draw(7) {
		i := g.draw(len(pool))
		g.names = append(g.names, pool[i])
		pool = append(pool[:i:i], pool[i+1:]...)
	}
}

func (g *generator) name() string {
	if g.one(200) {
		return "missing"
	}
	return g.names[g.draw(len(g.names))]
}

func object(keysAndValues ...any) *ordered.Object {
	o := &ordered.Object{}
	for i := 0; i < len(keysAndValues); i += 2 {
		o.Set(keysAndValues[i].(string), keysAndValues[i+1])
	}
	return o
}

func (g *generator) foreign() *ordered.Object {
	repositories := &ordered.Object{}
	for i, name := range g.names {
		repositories.Set(name, g.description(i))
	}
	config := object("repositories", repositories)
	switch g.draw(4) {
	case 0:
		config.Set("main", g.name())
	case 1:
		config = object("main", nil, "other", ordered.Number("1.0"), "repositories", repositories)
	}
	return config
}

// description makes the repository of a number. Roots are shared with earlier ones, so that
// there are few cycles, which the original follows for ever.
func (g *generator) description(i int) *ordered.Object {
	d := &ordered.Object{}
	if g.one(10) {
		d.Set("bootstrap", "dropped")
	}
	bindings := &ordered.Object{}
	for range g.draw(4) {
		bindings.Set("bound"+strconv.Itoa(g.draw(5)), g.name())
	}
	if g.one(3) {
		d.Set("bindings", bindings)
	}
	d.Set("repository", g.root(i, bindings))
	for _, key := range []string{"rule_root", "target_root", "expression_root"} {
		if g.one(4) {
			d.Set(key, g.name())
		}
	}
	for _, key := range []string{"expression_file_name", "target_file_name", "rule_file_name"} {
		if g.one(6) {
			d.Set(key, "FILE.größe")
		}
	}
	if g.one(2) {
		d.Set("bindings", bindings)
	}
	return d
}

func (g *generator) root(i int, bindings *ordered.Object) any {
	switch kind := g.draw(10); {
	case kind == 0 && i > 0:
		return g.names[g.draw(i)]
	case kind <= 4:
		paths := []string{".", "", "src", "./lib/", "a/../b", "//x", "../up", "///", "größe", "a/./b//c"}
		return g.pragma(object("type", "file", "path", paths[g.draw(len(paths))]))
	case kind == 5:
		return g.pragma(object("content", "0123456789012345678901234567890123456789", "type", "archive", "fetch", "https://example.org/a.tar.gz?x=ü",
			"mirrors", []any{"https://mirror.example.org/2", "https://mirror.example.org/1"}, "subdir", "s", "unknown", []any{nil, true, ordered.Number("1e+22")}))
	case kind == 6:
		return g.pragma(object("type", "git", "repository", "https://example.org/r", "commit", "0123456789012345678901234567890123456789", "branch", "b"))
	case kind == 7:
		members := []any{}
		for _, bound := range bindings.All() {
			members = append(members, bound)
		}
		return g.pragma(object("repositories", members, "type", "distdir"))
	case kind == 8:
		return g.pragma(object("type", "computed", "repo", g.name(), "target", []any{"", "t"}, "config", object("z", ordered.Number("0.1"), "a", nil)))
	}
	return g.pragma(object("repo", g.name(), "type", "tree structure"))
}

func (g *generator) pragma(root *ordered.Object) *ordered.Object {
	if !g.one(3) {
		return root
	}
	pragma := &ordered.Object{}
	specials := []any{"ignore", "resolve-partially", "resolve-completely", nil}
	if g.one(2) {
		pragma.Set("special", specials[g.draw(len(specials))])
	}
	truths := []any{true, false, nil, ordered.Number("0"), ordered.Number("2.5"), "", "yes", []any{}}
	if g.one(2) {
		pragma.Set("absent", truths[g.draw(len(truths))])
	}
	if g.one(3) {
		pragma.Set("to_git", true)
	}
	root.Set("pragma", pragma)
	return root
}

func (g *generator) base() *ordered.Object {
	repositories := &ordered.Object{}
	for range g.draw(6) {
		ours := []string{"app", "lib", "app/lib", "app/lib (1)", "imported", "imported/lib", "imported/", "imported/größe", "größe", g.name(), g.name() + "/" + g.name(), "imported/" + g.name()}
		repositories.Set(ours[g.draw(len(ours))], object("repository", object("type", "file", "path", "x")))
	}
	switch g.draw(4) {
	case 0:
		return &ordered.Object{}
	case 1:
		return object("z", []any{ordered.Number("-0.0"), ordered.Number("123456789012345678901234567890")}, "repositories", repositories, "main", "größe\u2028")
	}
	return object("main", "app", "repositories", repositories)
}

func (g *generator) arguments() (options, entry []string) {
	if g.one(2) {
		names := []string{"imported", "app", "größe", "😀", ""}
		options = append(options, "--as", names[g.draw(len(names))])
	}
	for g.one(3) {
		options = append(options, "--map", argument(g.name()), "app")
	}
	for _, option := range []string{"--absent", "--plain"} {
		if g.one(5) {
			options = append(options, option)
		}
	}
	for i := 3; g.one(3); i-- {
		options = append(options, "--mirror", "https://mirror.example.org/"+strconv.Itoa(i))
	}
	for i := 3; g.one(4); i-- {
		options = append(options, "--inherit-env", "VAR_"+strconv.Itoa(i))
	}
	if g.one(3) {
		entry = append(entry, argument(g.name()))
	}
	return options, entry
}

// argument makes of a name what can be an argument of a command in every locale.
func argument(name string) string {
	if name == "lone\xed\xa0\xbd" {
		return "z"
	}
	return name
}
