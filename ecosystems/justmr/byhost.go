package justmr

import (
	"fmt"
	"html"
	"net/url"
	"path"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

const (
	byHostDir  = "by-host/"
	byHostPage = "by-host.html"
)

// emitByHost yields links from where files came from to what they are, for people who
// browse. Where a URL can be no path, or is the folder of another, the name gets the
// content's first digits behind it.
//
// The same list is a page, for servers that show no folders.
func (p *planner) emitByHost() error {
	var taken layout.Paths
	page := strings.Builder{}
	page.WriteString("<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>Files by host</title>\n<h1>Files by host</h1>\n<ul>\n")
	for _, f := range p.sources.sortedFiles() {
		if p.lost[f.content] {
			continue
		}
		primary, mirrors := f.candidates()
		for _, u := range append([]string{primary}, mirrors...) {
			name, ok := byHostPath(u)
			if !ok {
				continue
			}
			if taken.Add(name) != nil {
				if name = apart(name, f.blobPath()); taken.Add(name) != nil {
					continue // another spelling of the same
				}
			}
			target := strings.Repeat("../", strings.Count(name, "/")) + f.blobPath()
			err := p.emit(ecosystems.Item{
				Path: name, Stage: layout.Index, Name: "link of " + f.content, Reason: "to be browsed", Source: ecosystems.Link{Target: target},
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(&page, "<li><a href=\"%s\">%s</a>\n", html.EscapeString(f.blobPath()), html.EscapeString(fetch.Redact(u)))
		}
	}
	page.WriteString("</ul>\n")
	return p.emit(ecosystems.Item{
		Path: byHostPage, Stage: layout.Index, Name: byHostPage, Reason: "to be browsed", Source: ecosystems.Made{Bytes: []byte(page.String())},
	})
}

// apart is a name for a content where another one has the name already.
func apart(name, blob string) string {
	content := strings.TrimPrefix(blob, blobDir)
	return name + "~" + content[:min(8, len(content))]
}

// byHostPath returns where a URL is in the list by hosts.
func byHostPath(raw string) (string, bool) {
	u, err := url.Parse(fetch.Redact(raw))
	if err != nil || u.Host == "" {
		return "", false
	}
	rest := strings.Trim(path.Clean("/"+u.Path), "/")
	if u.RawQuery != "" {
		rest += "_" + u.RawQuery
	}
	var parts []string
	for part := range strings.SplitSeq(rest, "/") {
		parts = append(parts, safeName(part))
	}
	name := byHostDir + safeName(strings.ToLower(u.Host)) + "/" + strings.Join(parts, "/")
	return name, layout.CheckPath(name) == nil
}
