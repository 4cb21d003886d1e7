package xz

import (
	"crypto/sha256"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"slices"
)

var crc64Table = crc64.MakeTable(crc64.ECMA)

// check is the integrity check of a block.
type check struct {
	hash    hash.Hash // nil: none
	size    int       // bytes in the file
	reverse bool      // the file has the lowest byte first
}

func newCheck(kind byte) (check, error) {
	switch kind {
	case 0:
		return check{}, nil
	case 1:
		return check{crc32.NewIEEE(), 4, true}, nil
	case 4:
		return check{crc64.New(crc64Table), 8, true}, nil
	case 10:
		return check{sha256.New(), 32, false}, nil
	}
	return check{}, ErrUnsupported
}

func (c *check) add(b []byte) {
	if c.hash != nil {
		c.hash.Write(b)
	}
}

// verify reads the value behind a block.
func (c *check) verify(in *input) error {
	if c.hash == nil {
		return nil
	}
	got := c.hash.Sum(nil)
	c.hash.Reset()
	if c.reverse {
		slices.Reverse(got)
	}
	want, err := in.read(make([]byte, c.size))
	if err != nil {
		return err
	}
	if !slices.Equal(got, want) {
		return ErrCheck
	}
	return nil
}
