package trust

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// rotationComment is the trusted comment of a rotation: it keeps a signature that the old key
// made for another purpose from being taken for one.
const rotationComment = "offmirror key rotation: the key above replaces the one that signed"

// MaxChain is how many rotations a chain may have.
const MaxChain = 32

// statementLines is how many lines a [Statement] has.
const statementLines = 6

// Statement says that a key replaces another: six lines of text, minisign's .pub file of the new
// key and the old key's signature of that. Stock minisign checks it:
//
//	head -n 2 STATEMENT > new.pub
//	tail -n 4 STATEMENT > new.pub.minisig
//	minisign -Vm new.pub -p old.pub
//
// and can make it: minisign -S -m new.pub -t with the trusted comment that this one has.
type Statement string

// Rotate makes the statement of the old key that the new one replaces it. Equal keys
// give equal text.
func Rotate(old Secret, replacement Public) (Statement, error) {
	if replacement.IsZero() || old.IsZero() {
		return "", errors.New("rotation: it takes an old key and a new one")
	}
	if replacement.Same(old.public) {
		return "", errors.New("rotation: a key cannot replace itself")
	}
	text := replacement.File()
	sig, err := Sign(old, text, rotationComment)
	return Statement(string(text) + string(sig)), err
}

// Signature returns the last four lines: the signature of the new key's .pub file.
func (s Statement) Signature() string {
	lines := strings.SplitAfter(string(s), "\n")
	return strings.Join(lines[min(2, len(lines)):], "")
}

// rotation is a statement that is well formed. Nothing is proven yet.
type rotation struct {
	text string // the new key's file
	sig  *signature
	to   Public
}

func parseStatement(text string) (*rotation, error) {
	if len(text) > MaxFile {
		return nil, fmt.Errorf("larger than %d bytes", MaxFile)
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	lines := strings.SplitAfterN(text, "\n", 3)
	if len(lines) != 3 || !strings.HasPrefix(lines[0], untrustedPrefix) {
		return nil, errors.New("want the new key's .pub file and the old key's signature of it")
	}
	r := &rotation{text: lines[0] + lines[1]}
	var err error
	if r.to, err = ParsePublic(r.text); err != nil {
		return nil, err
	}
	if r.sig, err = parseSignature([]byte(lines[2])); err != nil {
		return nil, err
	}
	if r.sig.comment != rotationComment {
		return nil, errors.New("signed for another purpose")
	}
	if r.by(r.to) {
		return nil, errors.New("a key cannot replace itself")
	}
	return r, nil
}

// by reports whether old made the statement.
func (r *rotation) by(old Public) bool { return r.sig.by(old, []byte(r.text)) }

func parseStatements(texts []string) ([]*rotation, error) {
	if len(texts) > MaxChain {
		return nil, fmt.Errorf("%d rotations of keys, more than the %d that a chain may have", len(texts), MaxChain)
	}
	var all []*rotation
	for i, text := range texts {
		r, err := parseStatement(text)
		if err != nil {
			return nil, fmt.Errorf("rotation %d: %w", i+1, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// follow returns the keys on the shortest way from any of the trusted keys to the one that
// made a signature: the trusted key first, the signer last. Keys that refused says no to are on
// no way. There may be none.
func follow(rotations []*rotation, trusted []Public, refused, isSigner func(Public) bool) []Public {
	came := map[[32]byte]Public{} // from which key
	reached := slices.Clone(trusted)
	known := map[[32]byte]bool{}
	for _, key := range trusted {
		known[key.point] = true
	}
	for i := 0; i < len(reached); i++ { // a key is reached once, so loops end
		from := reached[i]
		for _, r := range rotations {
			if known[r.to.point] || refused(r.to) || !r.by(from) {
				continue
			}
			known[r.to.point], came[r.to.point] = true, from
			if isSigner(r.to) {
				return wayTo(r.to, came)
			}
			reached = append(reached, r.to)
		}
	}
	return nil
}

func wayTo(key Public, came map[[32]byte]Public) []Public {
	way := []Public{key}
	for {
		from, ok := came[key.point]
		if !ok {
			slices.Reverse(way)
			return way
		}
		way, key = append(way, from), from
	}
}
