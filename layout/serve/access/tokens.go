package access

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

const (
	minToken = 16 // characters: what is shorter can be guessed
	maxToken = 8 << 10
)

// tokens are those of one file: the name of each by its SHA-256. Looking a sum up tells by its
// time nothing of the token, as nobody can choose what a sum begins with.
type tokens map[[sha256.Size]byte]string

// parseTokens reads lines NAME TOKEN. Errors name the line and quote nothing of a token.
func parseTokens(text string) (tokens, error) {
	t := tokens{}
	err := eachLine(text, func(line string) error {
		words := strings.Fields(line)
		if len(words) != 2 {
			return errors.New("want NAME TOKEN, or NAME sha256:HEX")
		}
		name, token := words[0], words[1]
		if err := checkName(name); err != nil {
			return err
		}
		sum := sha256.Sum256([]byte(token))
		if text, hashed := strings.CutPrefix(token, "sha256:"); hashed {
			if n, err := hex.Decode(sum[:], []byte(text[:min(len(text), 2*len(sum))])); err != nil || n != len(sum) || len(text) != 2*len(sum) {
				return fmt.Errorf("the hash of %s is not sha256: and 64 hexadecimal digits", name)
			}
		} else if len(token) < minToken || len(token) > maxToken {
			return fmt.Errorf("the token of %s has %d characters; want at least %d, of a random generator", name, len(token), minToken)
		}
		if other, ok := t[sum]; ok {
			return fmt.Errorf("the token of %s is that of %s, too", name, other)
		}
		t[sum] = name
		return nil
	})
	return t, err
}

// find returns the name of a token.
func (t tokens) find(token string) (name string, ok bool) {
	if len(t) == 0 || token == "" || len(token) > maxToken {
		return "", false
	}
	name, ok = t[sha256.Sum256([]byte(token))]
	return name, ok
}
