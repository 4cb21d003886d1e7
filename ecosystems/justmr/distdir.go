package justmr

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
)

// distdirName is the folder of the n-th distdir, counted from 0.
func distdirName(n int) string {
	if n == 0 {
		return "distdir"
	}
	return fmt.Sprintf("distdir-%d", n+1)
}

// emitDistdirs yields each file under each of its names. Where two contents have one name,
// the second goes into a further distdir: just-mr looks at all of them, and at the content.
// Names that differ by case only count as one, for media that do not tell them apart.
func (p *planner) emitDistdirs() error {
	taken := map[string]int{} // how many distdirs have a name, by the folded name
	for _, f := range p.sources.sortedFiles() {
		o, ok := p.object(f)
		if !ok {
			continue
		}
		for _, name := range f.names {
			if err := layout.CheckPath("distdir/" + name); err != nil {
				p.notice("odd-name", f.blobPath(), "repository %s: %v; it is mirrored by its content only", f.uses[0].title(), err)
				continue
			}
			folded := layout.FoldKey(name)
			n := taken[folded]
			taken[folded]++
			p.dist[f.content] = append(p.dist[f.content], distdirName(n)+"/"+name)
			err := p.emit(ecosystems.Item{
				Path: distdirName(n) + "/" + name, Stage: layout.Content, Size: o.Size, Package: f.uses[0].Repository,
				Name: "distfile " + name, Reason: "content " + f.content, Source: ecosystems.Have{Object: o},
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
