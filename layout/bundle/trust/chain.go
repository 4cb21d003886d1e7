package trust

import (
	"fmt"
	"slices"
	"strings"
)

// maxChainFile is the size in bytes that a file of rotations may have.
const maxChainFile = MaxChain * MaxFile

// Succeed makes a key that replaces another one, and appends the rotation to the chain that led to
// the old one. Of a chain that is full the oldest rotation is dropped: a mirror that
// has seen no bundle for so many keys has to be told the newest one.
func Succeed(old Secret, chain []string) (Secret, []string, error) {
	s, err := Generate()
	if err != nil {
		return Secret{}, nil, err
	}
	statement, err := Rotate(old, s.public)
	if err != nil {
		return Secret{}, nil, err
	}
	longer := append(append([]string(nil), chain...), string(statement))
	return s, longer[max(0, len(longer)-MaxChain):], nil
}

// formatChain is the file of rotations: the statements one after the other.
func formatChain(chain []string) []byte { return []byte(strings.Join(chain, "")) }

// parseChain reads a file of rotations and returns those that lead to key. What follows is of a
// rotation that was interrupted before its key was written.
func parseChain(data []byte, key Public) ([]string, error) {
	if len(data) > maxChainFile {
		return nil, fmt.Errorf("larger than %d bytes", maxChainFile)
	}
	lines := strings.SplitAfter(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	var chain []string
	for len(lines) > 0 {
		n := min(statementLines, len(lines))
		chain = append(chain, strings.Join(lines[:n], ""))
		lines = lines[n:]
	}
	rotations, err := parseStatements(chain)
	if err != nil {
		return nil, err
	}
	for i, r := range slices.Backward(rotations) {
		if r.to.Same(key) {
			return chain[:i+1], nil
		}
	}
	return nil, nil
}
