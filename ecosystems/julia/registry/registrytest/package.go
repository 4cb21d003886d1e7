package registrytest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// stdlib are packages that come with Julia and that others name as dependencies.
var stdlib = []string{"LinearAlgebra", "Random", "Statistics", "Dates", "SparseArrays", "Printf", "Test", "Libdl", "Artifacts"}

type generator struct {
	Shape
	random *rand.Rand
	files  map[string]string
}

// number writes the i-th of n versions: some below 1, then a new major one after every 24.
func number(i, n int, jll bool) string {
	early := min(n/2, 12)
	v := ""
	if i < early {
		v = fmt.Sprintf("0.%d.%d", 1+i/3, i%3)
	} else {
		i -= early
		v = fmt.Sprintf("%d.%d.%d", 1+i/24, i%24/3, i%3)
	}
	if jll {
		v += fmt.Sprintf("+%d", i%2)
	}
	return v
}

// line is a version without its patch number, as ranges name it.
func line(version string) string { return version[:strings.LastIndexByte(version, '.')] }

// edge names the i-th version as the end of a range: without its patch number, unless the
// next one in the given direction has the same others and is in another range.
func edge(i, direction, n int) string {
	v := number(i, n, false)
	if next := i + direction; next >= 0 && next < n && line(number(next, n, false)) == line(v) {
		return v
	}
	return line(v)
}

func (g *generator) versions(i int, folder string, n int) {
	name := g.Name(i)
	var table strings.Builder
	for v := range n {
		if v > 0 {
			table.WriteByte('\n')
		}
		number := number(v, n, isJLL(i))
		fmt.Fprintf(&table, "[%q]\ngit-tree-sha1 = %q\n", number, Tree(name, number))
		if (i+v)%97 == 5 {
			table.WriteString("yanked = true\n")
		}
	}
	g.files[folder+"/Versions.toml"] = table.String()

	// A period of the package's life is a range of versions with the same needs.
	periods := 1 + min(n/6, 4)
	var deps, compat, weak, weakCompat strings.Builder
	needs := g.choose(i, 3+g.random.IntN(4))
	for p := range periods {
		head := "[\"0-*\"]\n"
		if periods > 1 {
			head = fmt.Sprintf("[\"%s-%s\"]\n", edge(p*n/periods, -1, n), edge((p+1)*n/periods-1, 1, n))
		}
		if p > 0 && len(needs) > 0 {
			needs[g.random.IntN(len(needs))] = g.choose(i, 1)[0]
			slices.Sort(needs)
			needs = slices.Compact(needs)
		}
		g.write(&deps, &compat, head, needs, i)
		fmt.Fprintf(&compat, "julia = \"1.%d.0-1\"\n", min(p*2+g.random.IntN(4), 10))
		if i%6 == 1 && p == periods-1 {
			g.write(&weak, &weakCompat, head, g.choose(g.Packages, 2), i)
		}
	}
	for file, text := range map[string]string{"Deps": deps.String(), "Compat": compat.String(), "WeakDeps": weak.String(), "WeakCompat": weakCompat.String()} {
		if text != "" {
			g.files[folder+"/"+file+".toml"] = text
		}
	}
}

// choose returns packages before the i-th, preferably the oldest.
func (g *generator) choose(i, n int) []int {
	list := []int{0}
	for range min(n, i) {
		x := g.random.Float64()
		if d := int(x * x * x * float64(i)); d != i {
			list = append(list, d)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// write writes what the i-th package needs, and which versions of it.
func (g *generator) write(deps, compat *strings.Builder, head string, needs []int, i int) {
	if deps.Len() > 0 {
		deps.WriteByte('\n')
		compat.WriteByte('\n')
	}
	deps.WriteString(head)
	compat.WriteString(head)
	for _, d := range needs {
		name := g.Name(d)
		fmt.Fprintf(deps, "%s = \"%s\"\n", name, ID(name))
		ranges := []string{`["0.2-0", "1"]`, `["0.1.1-0.4", "1-2"]`, `"1"`, `"1.1.0-1"`, `["0", "1"]`}
		fmt.Fprintf(compat, "%s = %s\n", name, ranges[g.random.IntN(len(ranges))])
	}
	for s, name := range stdlib {
		if (i+s)%4 == 0 {
			fmt.Fprintf(deps, "%s = \"%s\"\n", name, ID(name))
		}
	}
}
