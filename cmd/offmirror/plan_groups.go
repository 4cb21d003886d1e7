package main

import (
	"fmt"
	"unicode/utf8"

	"github.com/offmirror/offmirror/ecosystems/mirror"
)

type planGroupObject struct {
	Ecosystem  string `json:"ecosystem"`
	By         string `json:"by"`
	Name       string `json:"name"`
	Files      int    `json:"files"`
	Bytes      int64  `json:"bytes"`
	Fetch      int    `json:"fetch"`
	FetchBytes int64  `json:"fetch_bytes"`
	Estimated  int    `json:"estimated"`
	Unknown    int    `json:"unknown"`
}

// groupsShown is how many packages or platforms people see; programs get all of them.
const groupsShown = 20

// showGroups tells what a plan comes to by package or platform, the largest first.
func (p *program) showGroups(plan *mirror.Plan, by string, groups []mirror.Group) {
	if len(groups) == 0 {
		return
	}
	width := len(by)
	for i, g := range groups {
		p.out.object("plan-group", planGroupObject{plan.Ecosystem, by, g.Name, g.Files, g.Bytes, g.Fetch, g.FetchBytes, g.Estimated, g.Unknown})
		if i < groupsShown {
			width = max(width, min(utf8.RuneCountInString(g.Name), 48))
		}
	}
	p.out.printf("\n%-*s  %7s  %10s  %8s  %10s", width, by, "files", "size", "to fetch", "size")
	var rest mirror.Totals
	for i, g := range groups {
		if i >= groupsShown {
			rest = rest.Plus(g.Totals)
			continue
		}
		p.out.printf("%s", groupLine(width, oneLine(g.Name), g.Totals))
	}
	if more := len(groups) - groupsShown; more > 0 {
		p.out.printf("%s", groupLine(width, fmt.Sprintf("%d more", more), rest))
	}
}

func groupLine(width int, name string, t mirror.Totals) string {
	return fmt.Sprintf("%-*s  %7d  %10s  %8d  %10s%s", width, name, t.Files, bytesText(t.Bytes), t.Fetch, bytesText(t.FetchBytes), doubt(t))
}

// doubt says how much of a total is not certain.
func doubt(t mirror.Totals) string {
	text := ""
	if t.Estimated > 0 {
		text += fmt.Sprintf(", %d %s estimated", t.Estimated, plural(t.Estimated, "size", "sizes"))
	}
	if t.Unknown > 0 {
		text += fmt.Sprintf(", %d %s unknown", t.Unknown, plural(t.Unknown, "size", "sizes"))
	}
	return text
}
