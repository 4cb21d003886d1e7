package hexpm

import (
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
)

// sized is a snapshot of which only paths and sizes matter.
type sized struct {
	layout.View
	entries []layout.Entry
}

func (s sized) All(prefix string) iter.Seq[layout.Entry] {
	return func(yield func(layout.Entry) bool) {
		for _, e := range s.entries {
			if strings.HasPrefix(e.Path, prefix) && !yield(e) {
				return
			}
		}
	}
}

func (s *sized) add(n int, format string, size int64) {
	for i := range n {
		s.entries = append(s.entries, layout.Entry{Path: fmt.Sprintf(format, i), Size: size})
	}
}

func TestExpectedSizeIsThatOfWhatIsHere(t *testing.T) {
	few, many, others := &sized{}, &sized{}, &sized{}
	few.add(99, "tarballs/a-%d.tar", 10_000)
	few.add(500, "packages/a%d", 300)
	many.add(50, "tarballs/a-%d.tar", 10_000)
	many.add(50, "tarballs/b-%d.tar", 30_000)
	many.add(500, "packages/a%d", 300)
	many.add(99, "docs/a-%d.tar.gz", 1_000_000)
	others.add(60, "tarballs/a-%d.tar", 10_000)
	others.add(60, "repos/corp/tarballs/a-%d.tar", 30_000)
	others.add(500, "repos/corp/packages/a%d", 300)
	for name, c := range map[string]struct {
		view layout.View
		docs bool
		want int64
	}{
		"nothing":            {nil, false, 1000 * 80 << 10},
		"nothing, with docs": {nil, true, 1000 * (80<<10 + 240<<10)},
		"too few":            {few, false, 1000 * 80 << 10},
		"enough":             {many, false, 1000 * 25_001},
		"few docs":           {many, true, 1000 * (25_001 + 240<<10)},
		"two repositories":   {others, false, 1000 * 25_001},
	} {
		t.Run(name, func(t *testing.T) {
			var got ecosystems.Expectation
			p := &planner{settings: &settings{docs: c.docs}, shelves: []*shelf{{repository: &repository{}}, {repository: &repository{prefix: "repos/corp/"}}}}
			p.in = ecosystems.Input{
				Previous: c.view,
				Expect:   func(e ecosystems.Expectation) error { got = e; return nil },
			}
			if err := p.expect(1000); err != nil {
				t.Fatal(err)
			}
			if got.Bytes != c.want || !got.Estimated {
				t.Errorf("%+v, want %d bytes", got, c.want)
			}
		})
	}
}
