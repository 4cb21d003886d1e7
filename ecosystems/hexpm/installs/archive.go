package installs

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/fetch/digest"
)

// MaxArchive caps the size of an archive or escript in bytes. They have a few
// hundred kilobytes.
const MaxArchive = 64 << 20

// Archive is one file that a list names.
type Archive struct {
	Path    string // below the base URL: "installs/1.18.0/hex-2.2.1-otp-27.ez"
	Tool    string
	Version string
	Elixir  string
	OTP     string // empty in the older family

	// SHA512 holds every digest that the list has for Path. There are several
	// when a build was uploaded again: the list keeps the old rows, and only
	// the last file exists. Any of them is good.
	SHA512 []digest.Digest
}

// Proof returns a proof, as a fetch.Request takes it, that an object is the archive:
// its SHA-512 is one of those listed. With a single one it is nil, because
// [Archive.Want] says the same at less cost.
func (a Archive) Proof() func(body io.ReaderAt, size int64) error {
	if len(a.SHA512) == 1 {
		return nil
	}
	return func(body io.ReaderAt, size int64) error {
		h, err := digest.NewHasher(size, digest.SHA512)
		if err != nil {
			return err
		}
		if _, err := io.Copy(h, io.NewSectionReader(body, 0, size)); err != nil {
			return err
		}
		sums, err := h.Finish(body)
		if err != nil {
			return err
		}
		if !slices.Contains(a.SHA512, sums[0]) {
			return fmt.Errorf("%s is none of the %d that the list has for %s", sums[0], len(a.SHA512), a.Path)
		}
		return nil
	}
}

// Want returns the digests that must hold, for a fetch.Request. It is empty if
// the list has several: then [Archive.Proof] decides.
func (a Archive) Want() []digest.Digest {
	if len(a.SHA512) == 1 {
		return a.SHA512
	}
	return nil
}

// All returns every archive that the rows name, in their order.
func (l List) All(rows []Row) []Archive {
	c := l.collect(rows)
	for _, r := range rows {
		for _, e := range r.Elixir {
			c.add(r, e)
		}
	}
	return c.list
}

// path is where clients look for what a row names.
func (l List) path(r Row, elixir string) string {
	var b strings.Builder
	b.WriteString("installs/" + elixir + "/" + l.Tool + "-" + r.Version)
	if l.OTP {
		b.WriteString("-otp-" + r.OTP)
	}
	if l.Tool == "hex" {
		b.WriteString(".ez")
	}
	return b.String()
}

// collector gathers archives without repeating any.
type collector struct {
	l    List
	sums map[string][]digest.Digest // by path, over all rows
	seen map[string]bool
	list []Archive
}

func (l List) collect(rows []Row) *collector {
	c := &collector{l: l, sums: make(map[string][]digest.Digest), seen: make(map[string]bool)}
	for _, r := range rows {
		for _, e := range r.Elixir {
			p := l.path(r, e)
			if !slices.Contains(c.sums[p], r.SHA512) {
				c.sums[p] = append(c.sums[p], r.SHA512)
			}
		}
	}
	return c
}

func (c *collector) add(r Row, elixir string) {
	p := c.l.path(r, elixir)
	if c.seen[p] {
		return
	}
	c.seen[p] = true
	c.list = append(c.list, Archive{Path: p, Tool: c.l.Tool, Version: r.Version, Elixir: elixir, OTP: r.OTP, SHA512: c.sums[p]})
}
