// Package all is the list of ecosystems that offmirror knows. Adding one is a
// package that passes ecosystems/ecosystemtest and a line here.
package all

import (
	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/justmr"
)

// Ecosystems returns the ecosystems in the order in which people see them.
func Ecosystems() []ecosystems.Ecosystem {
	return []ecosystems.Ecosystem{hexpm.Ecosystem(), julia.Ecosystem(), justmr.Ecosystem()}
}
