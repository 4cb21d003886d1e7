//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A resolver is the only name server that a user has. It knows no name but those that
// it was told, as at a site that redirects some, and
// remembers what it was asked: the names of the hosts that a client would have
// gone to, had there been a way.
type resolver struct {
	address string            // an IP of its own, so that what one user asks is not taken for another's
	known   map[string]net.IP // set before the first question

	mu    sync.Mutex
	names []string
}

var resolvers atomic.Uint32

func newResolver(t testing.TB) *resolver {
	t.Helper()
	n := resolvers.Add(1)
	r := &resolver{address: fmt.Sprintf("127.53.%d.%d", n>>8, n&0xff)}
	c, err := net.ListenPacket("udp", r.address+":53")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.serve(c)
	}()
	t.Cleanup(func() {
		c.Close()
		<-ended
	})
	return r
}

func (r *resolver) serve(c net.PacketConn) {
	b := make([]byte, 1500)
	for {
		n, from, err := c.ReadFrom(b)
		if err != nil {
			return
		}
		if name, end := question(b[:n]); end > 0 {
			r.mu.Lock()
			r.names = append(r.names, name)
			r.mu.Unlock()
			c.WriteTo(r.answer(b[:end], name), from)
		}
	}
}

// answer makes the answer to a question, which is all of the message.
func (r *resolver) answer(message []byte, name string) []byte {
	answer := append([]byte{}, message...)
	answer[2], answer[3] = 0x81, 0x83 // an answer: there is no such name
	clear(answer[6:12])               // which holds the question only
	ip, known := r.known[name]
	if !known {
		return answer
	}
	answer[3] = 0x80 // there is
	if isA := answer[len(answer)-3] == 1; isA {
		answer[7] = 1
		answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4) // of the name in the question, for a minute
		answer = append(answer, ip.To4()...)
	}
	return answer
}

// question returns the name that a DNS message asks for and where its question
// ends, zero if it asks nothing.
func question(message []byte) (name string, end int) {
	const header = 12
	if len(message) < header || message[4] != 0 || message[5] != 1 {
		return "", 0
	}
	var labels []string
	for i := header; i < len(message); {
		n := int(message[i])
		if n == 0 {
			if end = i + 1 + 4; end > len(message) { // its type and class
				return "", 0
			}
			return strings.Join(labels, "."), end
		}
		if n > 63 || i+1+n > len(message) {
			return "", 0
		}
		labels = append(labels, strings.ToLower(string(message[i+1:i+1+n])))
		i += 1 + n
	}
	return "", 0
}

// asked returns the names, sorted, each once.
func (r *resolver) asked() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := slices.Clone(r.names)
	slices.Sort(names)
	return slices.Compact(names)
}
