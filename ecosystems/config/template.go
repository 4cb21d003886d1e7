package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
)

// Template returns a configuration to begin with: every key is there with its
// meaning and its default, commented out. The sections of the ecosystems in
// active are switched on.
func Template(known []ecosystems.Ecosystem, active ...string) string {
	var b strings.Builder
	b.WriteString("# Configuration of offmirror. Every key is here with its meaning and its default;\n" +
		"# take the \"#\" away to change it. Relative paths are relative to this file.\n\n" +
		"# " + rootDoc + "\nroot = \"mirror\"\n")
	defaults := sharedDefaults()
	for _, s := range defaults.shared() {
		templateSection(&b, s.name, s.summary, Fields(s.options), true)
	}
	for _, eco := range known {
		templateSection(&b, eco.Name, eco.Summary, Fields(eco.Options()), slices.Contains(active, eco.Name))
	}
	return b.String()
}

func templateSection(b *strings.Builder, name, summary string, fields []Field, active bool) {
	mark := "#"
	if active {
		mark = ""
	}
	fmt.Fprintf(b, "\n\n# %s.\n%s[%s]\n", strings.TrimSuffix(summary, "."), mark, name)
	templateKeys(b, fields)
	for _, f := range fields {
		if f.isTable() {
			fmt.Fprintf(b, "\n# %s\n#%s\n", f.Doc, f.header(name))
			templateKeys(b, f.children())
		}
	}
}

func templateKeys(b *strings.Builder, fields []Field) {
	for _, f := range fields {
		if !f.isTable() {
			fmt.Fprintf(b, "\n# %s\n#%s = %s\n", f.Doc, f.Key, f.Literal())
		}
	}
}
