package version_test

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

func ExampleRequirement_Match() {
	r := version.MustParseRequirement("~> 1.15 and != 1.16.0")
	for _, s := range []string{"1.14.9", "1.15.0", "1.16.0", "1.17.0-rc.1", "2.0.0-dev"} {
		v := version.MustParse(s)
		fmt.Println(v, r.Match(v, true), r.Match(v, false))
	}
	// Output:
	// 1.14.9 false false
	// 1.15.0 true true
	// 1.16.0 false false
	// 1.17.0-rc.1 true false
	// 2.0.0-dev false false
}

func ExampleParseRequirement() {
	for _, s := range []string{"> 0", "newest"} {
		r, err := version.ParseRequirement(s)
		if err != nil {
			fmt.Println(err)
			r = version.Any()
		} else if r.Remark() != "" {
			fmt.Printf("%s: %s\n", r, r.Remark())
		}
		fmt.Println(r.Match(version.MustParse("0.1.0"), false))
	}
	// Output:
	// > 0: "0" leaves out numbers, which count as zero
	// true
	// requirement "newest": version "newest" has "newest" where a number belongs; write it like 1.2.3 or 1.2.3-rc.1
	// true
}

func ExampleParseRoot() {
	for _, entry := range []string{"jason", "plug ~> 1.15", "plug 1.15"} {
		root, err := version.ParseRoot(entry)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s: %s\n", root.Package, root.Requirement)
	}
	// Output:
	// jason: >= 0.0.0
	// plug: ~> 1.15
	// package "plug": requirement "1.15": "1.15" leaves out numbers; write "~> 1.15" for all that are compatible, or all three numbers for exactly one version
}
