package treehash_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// meter counts readers that are behind the first piece of their tarball.
type meter struct {
	io.Reader
	reads       int
	active, top *atomic.Int64
}

func (m *meter) Read(p []byte) (int, error) {
	if m.reads++; m.reads == 2 {
		n := m.active.Add(1)
		for top := m.top.Load(); n > top && !m.top.CompareAndSwap(top, n); top = m.top.Load() {
		}
	}
	runtime.Gosched()
	return m.Reader.Read(p)
}

// Each reader may take the memory of a large window, and a run proves very many tarballs at a time.
func TestLargeWindowsAreFew(t *testing.T) {
	content := make([]byte, 1<<20)
	for i := range content {
		content[i] = byte(rand.Int())
	}
	var packed bytes.Buffer
	z, err := zstd.NewWriter(&packed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var active, top atomic.Int64
	var all sync.WaitGroup
	for range 16 * runtime.GOMAXPROCS(0) {
		all.Go(func() {
			m := &meter{Reader: bytes.NewReader(packed.Bytes()), active: &active, top: &top}
			_, _ = treehash.Read(m, treehash.Options{Limits: treehash.Limits{}}) // it is no tarball
			if m.reads > 1 {
				active.Add(-1)
			}
		})
	}
	all.Wait()
	if most := int64(max(2, runtime.GOMAXPROCS(0))); top.Load() > 2*most {
		t.Errorf("%d at a time, want %d", top.Load(), most)
	}
}
