package ecosystems

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/layout"
)

// Searcher is a Driver that knows what the files of a snapshot are to people: packages, versions,
// archives. Files of others are found by their paths.
type Searcher interface {
	// Index reads what a search has to know of a snapshot. It is made once for each, and kept for as long as
	// the snapshot is looked at, so it should take little memory: names, not objects.
	// What it reads is hostile and may be damaged: it leaves out what is of no use.
	Index(ctx context.Context, view layout.View) (Index, error)
}

// Index answers searches in one snapshot. It may be used by many goroutines.
type Index interface {
	// Search returns the best hits, at most so many, the best first. It reads no more than a
	// few small objects, and returns what it has found when the context ends.
	Search(ctx context.Context, q Query, limit int) []Hit
}

// Hit is something that a search has found. All of it may come from upstream.
type Hit struct {
	Kind    string   `json:"kind"` // "package", "version", "artifact", "archive", "git repository", "git tree", "file"
	Name    string   `json:"name"`
	Version string   `json:"version,omitempty"`
	Path    string   `json:"path,omitempty"` // in the tree; empty if there is no one file, or it is not here
	Size    int64    `json:"size"`           // bytes of that file
	Here    bool     `json:"here"`           // the mirror has it
	Note    string   `json:"note,omitempty"` // one line: "retired: …"
	Proofs  []Proof  `json:"proofs,omitempty"`
	Origins []string `json:"origins,omitempty"` // URLs, without credentials
	Licence string   `json:"licence,omitempty"`
}

// Proof is something by which bytes are known to be what they should be.
type Proof struct {
	How   string `json:"how"`   // "git tree", "outer checksum (SHA-256)", "signed by"
	Value string `json:"value"` // a digest, or the fingerprint of a key
}

// Bounds of a query.
const (
	maxQuery = 200 // bytes
	maxWords = 8
)

// Query is what somebody looks for: words that all have to be found, in any order, whatever the case.
type Query struct{ words []string }

// ParseQuery reads what somebody typed. What is too much of it is left out.
func ParseQuery(text string) Query {
	words := strings.Fields(strings.ToLower(strings.ToValidUTF8(text[:min(len(text), maxQuery)], "")))
	return Query{words[:min(len(words), maxWords)]}
}

// Empty reports whether nothing is looked for.
func (q Query) Empty() bool { return len(q.words) == 0 }

// Words returns the words, in small letters.
func (q Query) Words() []string { return slices.Clone(q.words) }

// Rank is how well something suits a query; less is better.
type Rank int

// The ranks.
const (
	Exact    Rank = iota // a word is the name
	Begins               // the name begins with a word
	Contains             // it contains one
)

// Name looks for words in a name. It returns those that are not in it, which may be of a version, and
// whether any is.
func (q Query) Name(name string) (rank Rank, rest []string, ok bool) {
	name, rank = strings.ToLower(name), Contains
	for _, word := range q.words {
		switch at := strings.Index(name, word); {
		case at < 0:
			rest = append(rest, word)
			continue
		case len(word) == len(name):
			rank = Exact
		case at == 0:
			rank = min(rank, Begins)
		}
		ok = true
	}
	return rank, rest, ok
}

// In reports whether all words are in one of the texts each.
func (q Query) In(texts ...string) bool {
	return !q.Empty() && !slices.ContainsFunc(q.words, func(word string) bool {
		return !slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(strings.ToLower(text), word) })
	})
}

// Candidate is a name that suits a query, perhaps with a version.
type Candidate[T any] struct {
	Value T
	Name  string
	Rank  Rank
	Rest  []string // words that have to be in the version
}

// Wanted reports whether a version of the candidate is looked for: one with all of the rest in it, or, where
// that is written "v1.2", at its beginning; or any if the name was given exactly.
func (c Candidate[T]) Wanted(version string) bool {
	version = strings.ToLower(version)
	for _, word := range c.Rest {
		if number, ok := strings.CutPrefix(word, "v"); ok && number != "" && number[0] >= '0' && number[0] <= '9' {
			if strings.HasPrefix(strings.TrimPrefix(version, "v"), number) {
				continue
			}
		}
		if !strings.Contains(version, word) {
			return false
		}
	}
	return len(c.Rest) > 0 || c.Rank == Exact
}

// Candidates picks the best names, at most so many, the best first and equally good ones by name. One that lacks words
// comes after those that have all.
func Candidates[T any](q Query, limit int, each func(yield func(name string, value T) bool)) []Candidate[T] {
	order := func(a, b Candidate[T]) int {
		return cmp.Or(cmp.Compare(len(a.Rest), len(b.Rest)), cmp.Compare(a.Rank, b.Rank), cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name))
	}
	var best []Candidate[T]
	each(func(name string, value T) bool {
		if rank, rest, ok := q.Name(name); ok {
			best = append(best, Candidate[T]{value, name, rank, rest})
		}
		if len(best) >= 4*limit+64 {
			slices.SortStableFunc(best, order)
			best = best[:limit]
		}
		return true
	})
	slices.SortStableFunc(best, order)
	return best[:min(limit, len(best))]
}
