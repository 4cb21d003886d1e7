package access

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

const (
	defaultRounds = 5000
	minRounds     = 1000
	maxRounds     = 1_000_000 // a second of work or so
	maxSalt       = 16        // bytes that count
	maxPassword   = 256       // bytes
)

// shaCrypt is a hash of a password by the scheme "Unix crypt using SHA-256 and SHA-512" (Ulrich
// Drepper, 2008), of which glibc's crypt(3) and "openssl passwd" are implementations.
type shaCrypt struct {
	new    func() hash.Hash
	order  []byte // of the sum's bytes in the text
	rounds int
	salt   string
	sum    string // as text
}

// parseSHACrypt reads "$6$salt$sum" or "$6$rounds=N$salt$sum", or with $5$.
func parseSHACrypt(text string) (*shaCrypt, error) {
	c := &shaCrypt{rounds: defaultRounds}
	parts := strings.Split(text, "$")
	if len(parts) < 4 || parts[0] != "" {
		return nil, errHash
	}
	switch parts[1] {
	case "5":
		c.new, c.order = sha256.New, order256
	case "6":
		c.new, c.order = sha512.New, order512
	default:
		return nil, errHash
	}
	if n, ok := strings.CutPrefix(parts[2], "rounds="); ok {
		rounds, err := strconv.Atoi(n)
		if err != nil || rounds < minRounds || rounds > maxRounds {
			return nil, fmt.Errorf("rounds=%.20s: want a number from %d to %d", n, minRounds, maxRounds)
		}
		c.rounds, parts = rounds, append(parts[:2], parts[3:]...)
	}
	if len(parts) != 4 {
		return nil, errHash
	}
	c.salt, c.sum = parts[2][:min(len(parts[2]), maxSalt)], parts[3]
	if len(c.sum) != (len(c.order)*8+5)/6 {
		return nil, errHash
	}
	return c, nil
}

var errHash = errors.New("is no hash that is known here; make one by: openssl passwd -6")

// matches reports whether the hash is that of a password, in constant time for all of one length.
func (c *shaCrypt) matches(password string) bool {
	return len(password) <= maxPassword && subtle.ConstantTimeCompare([]byte(c.hash(password)), []byte(c.sum)) == 1
}

func (c *shaCrypt) hash(password string) string {
	key, salt := []byte(password), []byte(c.salt)
	size := len(c.order)

	h := c.new()
	write(h, key, salt, key)
	b := h.Sum(nil)

	h.Reset()
	write(h, key, salt, repeat(b, len(key)))
	for n := len(key); n > 0; n >>= 1 {
		if n&1 != 0 {
			h.Write(b)
		} else {
			h.Write(key)
		}
	}
	a := h.Sum(nil)

	h.Reset()
	for range key {
		h.Write(key)
	}
	p := repeat(h.Sum(nil), len(key))

	h.Reset()
	for range 16 + int(a[0]) {
		h.Write(salt)
	}
	s := repeat(h.Sum(nil), len(salt))

	sum := append(make([]byte, 0, size), a...)
	for i := range c.rounds {
		h.Reset()
		if i&1 != 0 {
			h.Write(p)
		} else {
			h.Write(sum)
		}
		if i%3 != 0 {
			h.Write(s)
		}
		if i%7 != 0 {
			h.Write(p)
		}
		if i&1 != 0 {
			h.Write(sum)
		} else {
			h.Write(p)
		}
		sum = h.Sum(sum[:0])
	}
	return c.encode(sum)
}

func write(h hash.Hash, parts ...[]byte) {
	for _, p := range parts {
		h.Write(p)
	}
}

// repeat is b over and over, n bytes of it.
func repeat(b []byte, n int) []byte {
	out := make([]byte, 0, n+len(b))
	for len(out) < n {
		out = append(out, b...)
	}
	return out[:n]
}

const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// The bytes of a sum are taken in threes, each number the index of one.
var (
	order256 = []byte{
		20, 10, 0, 11, 1, 21, 2, 22, 12, 23, 13, 3, 14, 4, 24, 5, 25, 15, 26, 16, 6, 17, 7, 27, 8, 28, 18, 29, 19, 9, 30, 31,
	}
	order512 = []byte{
		42, 21, 0, 1, 43, 22, 23, 2, 44, 45, 24, 3, 4, 46, 25, 26, 5, 47, 48, 27, 6, 7, 49, 28, 29, 8, 50, 51, 30, 9, 10, 52, 31,
		32, 11, 53, 54, 33, 12, 13, 55, 34, 35, 14, 56, 57, 36, 15, 16, 58, 37, 38, 17, 59, 60, 39, 18, 19, 61, 40, 41, 20, 62, 63,
	}
)

// encode writes each three bytes as four digits, the lowest bits first.
func (c *shaCrypt) encode(sum []byte) string {
	var b strings.Builder
	for i := 0; i < len(c.order); i += 3 {
		n, bits := uint(0), 0
		for _, at := range c.order[i:min(i+3, len(c.order))] {
			n |= uint(sum[at]) << bits
			bits += 8
		}
		for ; bits > 0; bits -= 6 {
			b.WriteByte(alphabet[n&63])
			n >>= 6
		}
	}
	return b.String()
}
