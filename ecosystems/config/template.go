package config

import (
	"fmt"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
)

// Template returns a configuration to begin with: every key is there with its
// meaning and its default, commented out. The sections of the ecosystems in
// active are switched on.
func Template(known []ecosystems.Ecosystem, active ...string) string {
	var b strings.Builder
	b.WriteString("# Configuration of offmirror. Every key has the default that is written here;\n" +
		"# take the \"# \" away to change it. Relative paths are relative to this file.\n\n" +
		"# " + rootDoc + "\nroot = \"mirror\"\n")
	for _, s := range sharedSections() {
		section(&b, s.name, s.summary, Fields(s.options), true)
	}
	on := map[string]bool{}
	for _, name := range active {
		on[name] = true
	}
	for _, eco := range known {
		section(&b, eco.Name, eco.Summary, Fields(eco.Options()), on[eco.Name])
	}
	return b.String()
}

func section(b *strings.Builder, name, summary string, fields []Field, active bool) {
	fmt.Fprintf(b, "\n# %s\n%s[%s]\n", summary, unless(active), name)
	templateKeys(b, fields)
	for _, f := range fields {
		children := f.children()
		switch f.Kind {
		case Table:
			fmt.Fprintf(b, "\n# %s\n# [%s.%s]\n", f.Doc, name, f.Key)
		case Map:
			placeholder := ".\"NAME\""
			if children == nil {
				placeholder = ""
			}
			fmt.Fprintf(b, "\n# %s\n# [%s.%s%s]\n", f.Doc, name, f.Key, placeholder)
		case Tables:
			fmt.Fprintf(b, "\n# %s\n# [[%s.%s]]\n", f.Doc, name, f.Key)
		}
		templateKeys(b, children)
	}
}

func templateKeys(b *strings.Builder, fields []Field) {
	for _, f := range fields {
		switch f.Kind {
		case Table, Map, Tables:
		default:
			fmt.Fprintf(b, "# %-42s # %s\n", f.Key+" = "+f.Literal(), f.Doc)
		}
	}
}

func unless(active bool) string {
	if active {
		return ""
	}
	return "# "
}
