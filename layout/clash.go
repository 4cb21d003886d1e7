package layout

import (
	"hash/maphash"
	"math"
	"slices"
)

// clashes looks for what [Paths] describes among the sorted paths of one list, in about 10
// bytes a name. In a sorted list all entries below a folder are neighbours, so each
// folder is met once; then every folded name, of files and of folders, must be a
// different one. Names are kept as hashes, and only those whose hash came twice are
// looked at again.
type clashes struct {
	seed    maphash.Seed
	mask    uint64 // of hashes: all bits, except in tests
	last    []byte
	folded  []byte
	buckets [256]hashes // by the first byte, so that little is sorted at a time
}

// hashes is chunks of them, so that nothing large is grown and copied.
type hashes [][]uint64

func (h *hashes) add(hash uint64) {
	last := len(*h) - 1
	if last < 0 || len((*h)[last]) == cap((*h)[last]) {
		*h = append(*h, make([]uint64, 0, 8<<min(last+1, 6)))
		last++
	}
	(*h)[last] = append((*h)[last], hash)
}

func newClashes() *clashes { return &clashes{seed: maphash.MakeSeed(), mask: math.MaxUint64} }

// add takes the next path, which is greater than the one before.
func (c *clashes) add(path []byte) {
	c.names(path, func(hash uint64) { c.buckets[hash>>56].add(hash) })
}

// names calls each with the hash of the path and of each folder that it is the first
// one in.
func (c *clashes) names(path []byte, each func(hash uint64)) {
	each(c.hash(path))
	for i := sharedFolder(c.last, path); i < len(path); i++ {
		if path[i] == '/' {
			each(c.hash(path[:i]))
		}
	}
	c.last = append(c.last[:0], path...)
}

func (c *clashes) hash(name []byte) uint64 {
	c.folded = appendFold(c.folded[:0], name)
	return maphash.Bytes(c.seed, c.folded) & c.mask
}

// check says which paths clash. If hashes make it look as though some did, again is
// asked for all paths once more, in the same order; it ends when its argument returns
// an error, and returns that.
func (c *clashes) check(again func(each func(path []byte) error) error) error {
	twice := c.twice()
	for suspects := range slices.Chunk(twice, 1024) { // one is enough, unless it was chance
		var paths Paths
		c.last = c.last[:0]
		if err := again(func(path []byte) error {
			suspect := false
			c.names(path, func(hash uint64) {
				_, found := slices.BinarySearch(suspects, hash)
				suspect = suspect || found
			})
			if !suspect {
				return nil
			}
			return paths.Add(string(path))
		}); err != nil {
			return err
		}
	}
	return nil
}

// twice returns the hashes that came more than once, sorted.
func (c *clashes) twice() []uint64 {
	var twice, bucket []uint64
	for i := range c.buckets {
		bucket = bucket[:0]
		for _, chunk := range c.buckets[i] {
			bucket = append(bucket, chunk...)
		}
		slices.Sort(bucket)
		for j := 1; j < len(bucket); j++ {
			if bucket[j] == bucket[j-1] && (len(twice) == 0 || twice[len(twice)-1] != bucket[j]) {
				twice = append(twice, bucket[j])
			}
		}
		c.buckets[i] = nil
	}
	return twice
}

// sharedFolder returns the length of the longest folder, slash included, that
// both paths are in.
func sharedFolder(a, b []byte) int {
	shared := 0
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		if a[i] == '/' {
			shared = i + 1
		}
	}
	return shared
}
