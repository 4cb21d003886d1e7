package access

import (
	"hash/maphash"
	"net/netip"
	"time"

	"golang.org/x/time/rate"

	"github.com/offmirror/offmirror/layout/serve/peer"
)

// How many wrong attempts there are for a name and for all together: at once, and the time
// after which there is one more.
const (
	attemptsPerName   = 10
	nameRecovers      = 6 * time.Second
	attemptsPerClient = 60
	clientRecovers    = time.Second

	clientsRemembered = 1 << 14
)

// Guesses counts wrong attempts, for all gates of a server together. It may be used by many
// goroutines.
type Guesses struct {
	seed    maphash.Seed
	names   *peer.Table[guess, *rate.Limiter]
	clients *peer.Table[netip.Addr, *rate.Limiter]
}

// guess is who tries to be whom. Names that nobody has are counted like others, so that being
// refused does not tell them apart.
type guess struct {
	client netip.Addr
	name   uint64
}

// NewGuesses returns a Guesses that has seen none.
func NewGuesses() *Guesses {
	limiter := func(every time.Duration, burst int) func() *rate.Limiter {
		return func() *rate.Limiter { return rate.NewLimiter(rate.Every(every), burst) }
	}
	return &Guesses{
		seed:    maphash.MakeSeed(),
		names:   peer.NewTable[guess](clientsRemembered, limiter(nameRecovers, attemptsPerName)),
		clients: peer.NewTable[netip.Addr](clientsRemembered, limiter(clientRecovers, attemptsPerClient)),
	}
}

func (g *Guesses) ofName(client netip.Addr, name string) *rate.Limiter {
	return g.names.Of(guess{client, maphash.String(g.seed, name)})
}

func (g *Guesses) ofClient(client netip.Addr) *rate.Limiter { return g.clients.Of(client) }

func spent(l *rate.Limiter) bool { return l.Tokens() < 1 }
