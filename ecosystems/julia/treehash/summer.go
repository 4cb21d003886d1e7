package treehash

import (
	"io"

	"github.com/offmirror/offmirror/fetch/digest"
)

// Algorithm names git tree hashes among digests.
const Algorithm digest.Algorithm = "git-tree"

// Summer is a [digest.Summer]: it reads a tarball as it is written. A goroutine
// of its own decompresses and hashes beside the one that writes.
//
// Who gives up before Sum calls Close, or the goroutine stays. Write, Sum and Close are for
// one goroutine.
type Summer struct {
	rule    Rule
	options Options
	pipe    *io.PipeWriter // nil before the first byte
	done    chan struct{}
	tree    *Tree
	err     error
}

var _ digest.Summer = (*Summer)(nil)

// NewSummer returns a Summer whose Sum is the hash by the given rule.
func NewSummer(rule Rule, o Options) *Summer {
	return &Summer{rule: rule, options: o}
}

// Write takes the next bytes of the tarball. Its error is that of [Read], as
// soon as it is known.
func (s *Summer) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if s.pipe == nil {
		s.start()
	}
	n, err := s.pipe.Write(p)
	if err != nil {
		<-s.done
	}
	return n, err
}

func (s *Summer) start() {
	r, w := io.Pipe()
	s.pipe, s.done = w, make(chan struct{})
	go func() {
		defer close(s.done)
		s.tree, s.err = Read(r, s.options)
		if s.err != nil {
			r.CloseWithError(s.err)
		}
	}()
}

// Tree ends the tarball and returns what is in it.
func (s *Summer) Tree() (*Tree, error) {
	if s.pipe == nil {
		s.start()
	}
	_ = s.pipe.Close()
	<-s.done
	return s.tree, s.err
}

// Sum ends the tarball and returns its hash by the rule of [NewSummer].
func (s *Summer) Sum() (digest.Digest, error) {
	t, err := s.Tree()
	if err != nil {
		return digest.Digest{}, err
	}
	return digest.Digest{Algorithm: Algorithm, Hex: t.Hash(s.rule).String()}, nil
}

// Close ends the work on a tarball that will not become complete. After Sum or Tree
// it does nothing.
func (s *Summer) Close() error {
	if s.pipe != nil {
		s.pipe.CloseWithError(ErrUnfinished)
		<-s.done
	}
	return nil
}
