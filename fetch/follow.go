package fetch

import "io"

// Follower sees the body of an object while it arrives, for those who cannot wait until it is
// whole. What it sees has passed the limits of size and nothing else: only the result of
// [Engine.Fetch] says whether the bytes since the last Begin were right. If it is one of
// [Fetched], they are the object.
//
// It may see nothing at all: of an object that the store holds, that another call is
// fetching, or of which nothing but the end was missing.
//
// It is called by one goroutine at a time, the one that reads the body, which waits for it;
// no call comes after the end of the Fetch.
type Follower interface {
	// Begin says that a body begins, of size bytes, or of [UnknownSize]. It comes again when
	// the body is fetched anew, perhaps from another place; what was told before is void then.
	Begin(size int64)

	// Arrived gives the next bytes, which are not to be kept or changed.
	Arrived(p []byte)
}

// followBegin tells the follower of a new body.
func (p *partial) followBegin() {
	if p.r.Follow == nil {
		return
	}
	size := int64(UnknownSize)
	switch {
	case p.r.Size > 0:
		size = p.r.Size
	case p.total >= 0:
		size = p.total
	}
	p.r.Follow.Begin(size)
	p.followed = true
}

// followRest gives the follower what an earlier run left of a body that now goes on.
func (p *partial) followRest() error {
	if p.r.Follow == nil || p.followed {
		return nil
	}
	p.followBegin()
	_, err := io.Copy(followWriter{p.r.Follow}, io.NewSectionReader(p.in, 0, p.in.Size()))
	return local(err)
}

// followWriter makes a writer of a follower.
type followWriter struct{ f Follower }

func (w followWriter) Write(p []byte) (int, error) {
	w.f.Arrived(p)
	return len(p), nil
}
