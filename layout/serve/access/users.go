package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

const (
	maxNames = 100_000 // in one file
	maxName  = 100     // bytes
)

// users are those of one file. What was found right is remembered for as long as they are.
type users struct {
	byName   map[string]secret
	stranger secret // takes as much time as the others

	mu    sync.Mutex
	key   [32]byte
	right map[[32]byte]bool // by an HMAC of name and password
}

// secret is what a password is compared with.
type secret interface {
	matches(password string) bool
}

type plainPassword string

func (p plainPassword) matches(password string) bool {
	want, got := sha256.Sum256([]byte(p)), sha256.Sum256([]byte(password))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// parseUsers reads lines NAME:HASH. Errors name the line and quote nothing of a hash.
func parseUsers(text string) (*users, error) {
	u := &users{byName: map[string]secret{}, right: map[[32]byte]bool{}}
	if _, err := rand.Read(u.key[:]); err != nil {
		return nil, err
	}
	err := eachLine(text, func(line string) error {
		name, hash, ok := strings.Cut(line, ":")
		if !ok {
			return errors.New("want NAME:HASH")
		}
		if err := checkName(name); err != nil {
			return err
		}
		if u.byName[name] != nil {
			return fmt.Errorf("a second line for %q", name)
		}
		var s secret
		if plain, isPlain := strings.CutPrefix(hash, "{PLAIN}"); isPlain {
			if plain == "" {
				return errors.New("the password is empty")
			}
			s = plainPassword(plain)
		} else {
			c, err := parseSHACrypt(hash)
			if err != nil {
				return fmt.Errorf("what follows %q %w", name+":", err)
			}
			s = c
		}
		u.byName[name] = s
		if u.stranger == nil {
			u.stranger = s
		}
		return nil
	})
	return u, err
}

// known reports whether a password is one that was found right before.
func (u *users) known(name, password string) bool {
	sum := u.sum(name, password)
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.right[sum]
}

// matches compares a password, which takes its time, and remembers the right one.
func (u *users) matches(name, password string) bool {
	s, known := u.byName[name]
	if !known {
		if u.stranger != nil {
			u.stranger.matches(password)
		}
		return false
	}
	if !s.matches(password) {
		return false
	}
	sum := u.sum(name, password)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.right[sum] = true // at most one for each user
	return true
}

func (u *users) sum(name, password string) (sum [32]byte) {
	h := hmac.New(sha256.New, u.key[:])
	h.Write([]byte(name + "\x00" + password))
	h.Sum(sum[:0])
	return sum
}

// eachLine calls do for each line that means something. Errors begin with the line's number.
func eachLine(text string, do func(line string) error) error {
	n, found := 0, 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if found++; found > maxNames {
			return fmt.Errorf("more than %d lines", maxNames)
		}
		if err := do(line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return nil
}

// checkName accepts what can stand in a log and before a colon.
func checkName(name string) error {
	if name == "" || len(name) > maxName {
		return fmt.Errorf("a name has 1 to %d characters", maxName)
	}
	if slices.ContainsFunc([]rune(name), func(r rune) bool { return r <= ' ' || r == ':' || r >= 0x7f && r < 0xa0 || r == '\uFFFD' }) {
		return errors.New("a name has no spaces, colons or control characters")
	}
	return nil
}
