package gitrepo

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// requestError is a request that cannot be answered, and says why. Nothing has been sent to the client yet.
type requestError struct {
	status int
	err    error
}

func (e *requestError) Error() string { return e.err.Error() }
func (e *requestError) Unwrap() error { return e.err }

// readAhead is how much of a request is unpacked before git sees any of it, in bytes: git begins to
// answer before it has read anything, and after that nobody can say any more what is wrong with it. Hardly
// any request is larger; one that breaks later than that has its connection cut.
const readAhead = 1 << 20

// unpack returns what is in a gzipped request, so many bytes at most.
func unpack(packed io.Reader, limit int64) (io.Reader, error) {
	z, err := gzip.NewReader(packed)
	if err != nil {
		return nil, broken(err)
	}
	u := &unpacked{z, limit}
	begin, err := io.ReadAll(io.LimitReader(u, readAhead))
	if err != nil {
		return nil, broken(err)
	}
	return io.MultiReader(bytes.NewReader(begin), u), nil
}

// broken is why a request cannot be unpacked.
func broken(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || errors.Is(err, ErrLimit) {
		return &requestError{http.StatusRequestEntityTooLarge, errors.New("the request is too large")}
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return &requestError{http.StatusBadRequest, fmt.Errorf("the request cannot be unpacked: %w", err)}
}

// unpacked is a request of so many bytes at most, also when it is unpacked.
type unpacked struct {
	r     *gzip.Reader
	limit int64
}

func (u *unpacked) Read(p []byte) (n int, err error) {
	n, err = u.r.Read(p)
	if u.limit -= int64(n); u.limit < 0 {
		return 0, fmt.Errorf("%w: a request that is too large when unpacked", ErrLimit)
	}
	return n, err
}
