package layout

import (
	"fmt"
	"hash/maphash"
	"strings"
	"unicode"
	"unicode/utf8"
)

// FoldKey maps paths that a case-insensitive file system may hold to be the same
// to the same key, by Unicode's simple case folding. It does not compose or
// decompose characters.
func FoldKey(p string) string { return string(appendFold(nil, p)) }

// appendFold puts the smallest rune of each rune's folding orbit in its place.
func appendFold[T text](b []byte, p T) []byte {
	for i := 0; i < len(p); {
		if c := p[i]; c < utf8.RuneSelf {
			if 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			b = append(b, c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(string(p[i:min(i+utf8.UTFMax, len(p))]))
		i += size
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		b = utf8.AppendRune(b, least)
	}
	return b
}

// Paths notices paths that cannot be in one tree together: the same path twice,
// a file where another path needs a folder, and names that differ only by case.
// The zero value is ready for use, by one goroutine at a time.
type Paths struct {
	seed   maphash.Seed
	taken  map[uint64]string // hash of the folded path; a folder ends in a slash
	buffer []byte
}

// Add takes a path, which [CheckPath] has accepted, or says which earlier one it
// clashes with; then nothing is taken.
func (p *Paths) Add(path string) error {
	if p.taken == nil {
		p.seed, p.taken = maphash.MakeSeed(), make(map[uint64]string)
	}
	if other := p.clash(path); other != "" {
		return clashError(path, other)
	}
	for i := len(path) - 1; i > 0; i-- {
		if path[i] != '/' {
			continue
		}
		folder := path[:i+1]
		if other, ok := p.taken[p.hash(folder)]; ok && other == folder {
			break // and so is everything above it
		}
		if other := p.clash(folder); other != "" {
			return clashError(path, other)
		}
	}
	p.taken[p.hash(path)] = path
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '/' {
			p.taken[p.hash(path[:i+1])] = path[:i+1]
		}
	}
	return nil
}

// clash returns what was taken under the same folded name, if anything.
func (p *Paths) clash(name string) string {
	other, ok := p.taken[p.hash(name)]
	if !ok || FoldKey(strings.TrimSuffix(other, "/")) != FoldKey(strings.TrimSuffix(name, "/")) {
		return ""
	}
	return other
}

func (p *Paths) hash(name string) uint64 {
	p.buffer = appendFold(p.buffer[:0], strings.TrimSuffix(name, "/"))
	return maphash.Bytes(p.seed, p.buffer)
}

func clashError(path, other string) error {
	folder, isFolder := strings.CutSuffix(other, "/")
	switch {
	case path == other:
		return fmt.Errorf("path %s: occurs twice", quoteShort(path))
	case isFolder && (path == folder || FoldKey(path) == FoldKey(folder)):
		return fmt.Errorf("path %s: is also needed as a folder, %s", quoteShort(path), quoteShort(other))
	case isFolder:
		return fmt.Errorf("path %s: differs from the folder %s only by case", quoteShort(path), quoteShort(other))
	case len(path) > len(other) && strings.HasPrefix(path, other+"/"):
		return fmt.Errorf("path %s: needs the file %s as a folder", quoteShort(path), quoteShort(other))
	}
	return fmt.Errorf("path %s: clashes with %s on file systems that ignore case", quoteShort(path), quoteShort(other))
}
