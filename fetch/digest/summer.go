package digest

import "io"

// Summer computes an identity that needs to understand the bytes, in the same
// pass as the plain digests. It is the seam for the git tree id of the contents
// of a tar: such a Summer reads the tar as it is written and needs neither the
// whole archive in memory nor a second pass.
//
// There is no list of Summers to register with. Who knows an identity makes a
// value and hands it to [Hasher.Attach].
type Summer interface {
	// Write is given the bytes once, in order, in pieces of any size. An error
	// means that the bytes cannot have the identity; nothing is written after it.
	io.Writer

	// Sum is called once, after the last Write, and returns the identity. Its
	// Algorithm is the Summer's own word, outside of the constants of this package.
	Sum() (Digest, error)
}
