//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// What `offmirror clients julia` prints, word for word: in a shell, and in the file
// that julia reads when it starts.
func testJuliaInstructions(t *testing.T) {
	t.Parallel()
	m, _ := juliaMirrored(t)
	served := newTap(t, m.start())
	setups := instructions(t, m, "--url", served.URL)
	const client = "Julia"

	u := newJuliaUser(t, "")
	script := paste(t, setups, client, func(code string) bool {
		return !strings.Contains(code, "[Environment]::") // that is for PowerShell
	})
	if !strings.Contains(script, "export JULIA_PKG_SERVER=") {
		t.Fatalf("no step sets the server:\n%s", script)
	}
	u.run("app", nil, "sh", "-ec", script+`julia -e 'using Pkg; Pkg.add("Tree"); using Tree; println(Tree.name())'`).ok(treeSays)
	u.stayed(served)

	u = newJuliaUser(t, "")
	written := files(t, setups, client)
	for file, code := range written {
		if name, own := strings.CutPrefix(file, "~/"); own {
			u.write(name, code)
		}
	}
	if _, ok := written["~/.julia/config/startup.jl"]; !ok {
		t.Fatalf("no step writes startup.jl: %v", written)
	}
	u.run("app", nil, "julia", "-e", `using Pkg; Pkg.add("Tree"); using Tree; println(Tree.name())`).ok(treeSays)
	u.stayed(served)
}
