package hexpmtest

import (
	"fmt"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/hexpm/tarball"
)

// metadata returns metadata.config in the form in which `mix hex.build` writes it.
func (p project) metadata(files []tarball.File) []byte {
	var b strings.Builder
	entry := func(key, value string) { fmt.Fprintf(&b, "{%s,%s}.\n", term(key), value) }
	var names, requirements []string
	for _, f := range files {
		names = append(names, term(f.Name))
	}
	for _, d := range p.deps {
		repository := d.Repository
		if repository == "" {
			repository = p.repository
		}
		requirements = append(requirements, fmt.Sprintf(" [{%s,%s},\n  {%s,%s},\n  {%s,%v},\n  {%s,%s},\n  {%s,%s}]",
			term("name"), term(d.Package), term("app"), term(appOf(d)), term("optional"), d.Optional,
			term("requirement"), term(d.Requirement), term("repository"), term(repository)))
	}
	entry("links", "[]")
	entry("name", term(p.name))
	entry("version", term(p.version))
	entry("description", term("Generated for tests"))
	if p.tool == Mix {
		entry("elixir", term(">= 1.0.0"))
	}
	entry("files", "["+strings.Join(names, ",")+"]")
	entry("app", term(p.application()))
	entry("licenses", "["+term("Apache-2.0")+"]")
	entry("requirements", "["+strings.TrimPrefix(strings.Join(requirements, ",\n"), " ")+"]")
	entry("build_tools", "["+term(string(p.tool))+"]")
	return []byte(b.String())
}

// term writes a binary string of Erlang.
func term(s string) string {
	s = strings.ReplaceAll(s, `\`, `\\`)
	return `<<"` + strings.ReplaceAll(s, `"`, `\"`) + `">>`
}
