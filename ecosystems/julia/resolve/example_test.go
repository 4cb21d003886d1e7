package resolve_test

import (
	"context"
	"fmt"
	"log"
	"testing/fstest"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// A mirror for Julia 1.10 that holds the newest Lantern 1, with what it needs.
func ExampleClosure() {
	const tree = "git-tree-sha1 = \"46e44e869b4d90b96bd8ed1fdcf32244fddfb6cc\"\n"
	night, err := registry.ReadFS(fstest.MapFS{
		"Registry.toml": {Data: []byte(`name = "Night"
uuid = "22222222-aaaa-4bbb-8ccc-000000000000"
[packages]
11111111-aaaa-4bbb-8ccc-000000000001 = { name = "Lantern", path = "L/Lantern" }
11111111-aaaa-4bbb-8ccc-000000000002 = { name = "Wick", path = "W/Wick" }
`)},
		"L/Lantern/Package.toml":  {Data: []byte("name = \"Lantern\"\nuuid = \"11111111-aaaa-4bbb-8ccc-000000000001\"\n")},
		"L/Lantern/Versions.toml": {Data: []byte("[\"1.0.0\"]\n" + tree + "[\"1.1.0\"]\n" + tree + "[\"2.0.0\"]\n" + tree)},
		"L/Lantern/Deps.toml":     {Data: []byte("[1]\nWick = \"11111111-aaaa-4bbb-8ccc-000000000002\"\n")},
		"L/Lantern/Compat.toml":   {Data: []byte("[1]\nWick = \"0.2-0\"\njulia = \"1.6.0-1\"\n")},
		"W/Wick/Package.toml":     {Data: []byte("name = \"Wick\"\nuuid = \"11111111-aaaa-4bbb-8ccc-000000000002\"\n")},
		"W/Wick/Versions.toml":    {Data: []byte("[\"0.1.0\"]\n" + tree + "[\"0.2.0\"]\n" + tree + "[\"0.3.1\"]\n" + tree)},
	})
	if err != nil {
		log.Fatal(err)
	}
	root, err := resolve.ParseRoot("Lantern@1")
	if err != nil {
		log.Fatal(err)
	}
	policy, err := resolve.ParsePolicy("latest:1")
	if err != nil {
		log.Fatal(err)
	}
	result, err := resolve.Closure(context.Background(), []*registry.Registry{night}, resolve.Selection{
		Roots: []resolve.Root{root}, Versions: policy, Julia: []version.Range{version.MustParseRange("1.10")},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range result.Packages {
		for _, k := range p.Kept {
			fmt.Printf("%s %s: %s\n", p.Name, k.Version, k.Reason)
		}
	}
	// Output:
	// Lantern 1.1.0: packages: Lantern@1
	// Wick 0.2.0: needed by Lantern 1.1.0
	// Wick 0.3.1: needed by Lantern 1.1.0
}
