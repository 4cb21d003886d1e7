package importgit

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems/justmr/ordered"
)

// assign returns the new name of each repository. The entry gets the name of the import,
// if that is free, and others a name below it. A name that is taken gets a number.
//
// As in the original, a foreign name that was dealt with before counts as taken, and a new
// one that was given does not.
func assign(entry string, others []string, ours *ordered.Object, name string) map[string]string {
	names := map[string]string{}
	taken := func(candidate string) bool {
		_, theirs := names[candidate]
		return theirs || ours.Has(candidate)
	}
	below := func(theirName string) string {
		first := name + "/" + theirName
		candidate := first
		for n := 1; taken(candidate); n++ {
			candidate = fmt.Sprintf("%s (%d)", first, n)
		}
		return candidate
	}
	if ours.Has(name) {
		names[entry] = below(entry)
	} else {
		names[entry] = name
	}
	for _, other := range others {
		if other != entry {
			names[other] = below(other)
		}
	}
	return names
}
