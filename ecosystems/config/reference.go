package config

import (
	"fmt"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
)

const rootDoc = "Folder that holds the mirror. Without it: the current folder, if that is a mirror, or else ./mirror."

const referenceHead = `# Configuration reference

<!-- Written by "make docs" from the option structs; edit those. -->

offmirror reads one file, ` + "`offmirror.toml`" + `: the one named by ` + "`--config`" + ` (` + "`-c`" + `) or else by
` + "`$OFFMIRROR_CONFIG`" + `, or else the first that exists in the current folder, in the mirror root and
in ` + "`/etc/offmirror/`" + `. Without a file every key has its default.

Unknown keys are errors. Relative paths are relative to the file that names them, "~/" is the
home folder. A flag of ` + "`plan` and `sync`" + `, for ` + "`[snapshots]` of `gc`" + `, and for ` + "`[bundle]` of `receipt` and `bundle`" + `, is the key in kebab-case; a list has a flag in the singular
that may be repeated, and replaces the list of the file. If a *selection* is given as a flag,
all selections of the file are ignored for that ecosystem and run. A switch is turned off by
` + "`=false`" + `, as in ` + "`--lazy-artifacts=false`" + `. Paths in flags are relative to the current folder.

A snapshot records the options that it was made with. An ecosystem that has no section here, but is in the
mirror, is verified and served with those, and synced with them if it is not named on the command line.

| key | kind | default | meaning |
| --- | --- | --- | --- |
| ` + "`root`" + ` | text |  | ` + rootDoc + ` Flag ` + "`--root`" + `. |
`

// Reference returns the configuration reference in Markdown.
func Reference(known []ecosystems.Ecosystem) string {
	var b strings.Builder
	b.WriteString(referenceHead)
	defaults := sharedDefaults()
	for _, s := range defaults.shared() {
		referenceSection(&b, "["+s.name+"]", s.summary, Fields(s.options))
	}
	for _, eco := range known {
		summary := eco.Summary
		if len(eco.Aliases) > 0 {
			summary += ". Also called `" + strings.Join(eco.Aliases, "`, `") + "`"
		}
		referenceSection(&b, "["+eco.Name+"]", summary, Fields(eco.Options()))
	}
	return b.String()
}

func referenceSection(b *strings.Builder, title, summary string, fields []Field) {
	fmt.Fprintf(b, "\n## `%s`\n\n%s.\n\n| key | kind | default | flag | meaning |\n| --- | --- | --- | --- | --- |\n",
		title, strings.TrimSuffix(summary, "."))
	for _, f := range fields {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", f.Key, f.Kind, code(f.Literal()), f.flags(), f.meaning())
	}
	for _, f := range fields {
		children := f.children()
		if children == nil {
			continue
		}
		fmt.Fprintf(b, "\n### `%s`\n\n| key | kind | default | meaning |\n| --- | --- | --- | --- |\n", f.header(strings.Trim(title, "[]")))
		for _, c := range children {
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", c.Key, c.Kind, code(c.Literal()), c.meaning())
		}
	}
}

// flags are the words for the field on the command line.
func (f Field) flags() string {
	if f.Also == "" {
		return code(dashes(f.Flag))
	}
	return code(dashes(f.Flag)) + ", " + code(dashes(f.Also))
}

// meaning is the doc of a field with what the tags add to it.
func (f Field) meaning() string {
	text := strings.ReplaceAll(f.Doc, "|", "\\|")
	if f.Selection {
		text += " *(selection)*"
	}
	return text
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(s, "|", "\\|") + "`"
}

func dashes(flag string) string {
	if flag == "" {
		return ""
	}
	return "--" + flag
}
