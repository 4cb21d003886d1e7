package pkgserver

import (
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch"
)

// GzipOnly returns a follower that passes on to another what every client can unpack: a body that is
// something else is rewritten when it is whole, and nobody sees it before.
func GzipOnly(to fetch.Follower) fetch.Follower { return &gzipOnly{to: to} }

// gzipOnly is what [GzipOnly] returns.
type gzipOnly struct {
	to    fetch.Follower
	size  int64
	head  []byte
	state gzipState
}

type gzipState uint8

const (
	undecided gzipState = iota
	passing
	holding
)

// Begin implements [fetch.Follower].
func (g *gzipOnly) Begin(size int64) { g.size, g.head, g.state = size, nil, undecided }

// Arrived implements [fetch.Follower].
func (g *gzipOnly) Arrived(p []byte) {
	if g.state == undecided {
		g.head = append(g.head, p...)
		if len(g.head) < treehash.MagicBytes {
			return
		}
		p, g.state = g.head, holding
		if treehash.Sniff(g.head) == treehash.Gzip {
			g.state = passing
			g.to.Begin(g.size)
		}
		g.head = nil
	}
	if g.state == passing {
		g.to.Arrived(p)
	}
}
