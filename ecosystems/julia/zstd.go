package julia

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// variants makes a zstd variant beside each gzip tarball, for clients that ask for it.
// The zero variants makes none.
type variants struct {
	on      bool
	packing chan struct{} // bounds how many are packed at a time: it takes a processor each, and memory

	mu   sync.Mutex
	made map[string]fetch.Object // gzip tarballs of this run, by path
}

func newVariants(on bool) *variants {
	return &variants{on: on, packing: make(chan struct{}, runtime.GOMAXPROCS(0)), made: map[string]fetch.Object{}}
}

// of returns the source of a tarball, as it is given; what it comes to is remembered.
func (v *variants) of(path string, source ecosystems.Prepared) ecosystems.Prepared {
	if !v.on {
		return source
	}
	get := source.Make
	source.Make = func(ctx context.Context, w ecosystems.Workshop) (fetch.Object, error) {
		o, err := get(ctx, w)
		if err == nil {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.made[path] = o
		}
		return o, err
	}
	return source
}

func (v *variants) tarball(path string) (fetch.Object, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	o, ok := v.made[path]
	return o, ok
}

// emitVariants yields the variants of tarballs that have been yielded and have arrived.
func (p *planner) emitVariants(paths []string, stage layout.Stage) error {
	if !p.variants.on {
		return nil
	}
	for _, path := range paths {
		if p.lost[path] {
			continue
		}
		o, made := p.variants.tarball(path)
		if !made {
			o, made = p.previous(path)
		}
		if !made && !p.in.Planning {
			return fmt.Errorf("%s: it has arrived, but nobody knows as what", path)
		}
		if err := p.emitVariant(path, o, stage); err != nil {
			return err
		}
	}
	return nil
}

// emitVariant yields the variant of one tarball: that of the current snapshot, if it was
// made from the very same one.
func (p *planner) emitVariant(path string, o fetch.Object, stage layout.Stage) error {
	it := ecosystems.Item{Path: path + serve.ZstdSuffix, Stage: stage, Name: path + " in zstd", Reason: "for clients that ask for zstd"}
	if old, ok := p.previous(path); ok && old.ID == o.ID {
		if here, err := p.carry(it.Path, stage); here || err != nil {
			return err
		}
	}
	it.Source = ecosystems.Prepared{Make: func(ctx context.Context, w ecosystems.Workshop) (fetch.Object, error) {
		return w.Write(ctx, fmt.Sprintf("julia zstd %d %s", zstdRules, o.ID), func(dst io.Writer) error {
			select {
			case p.variants.packing <- struct{}{}:
				defer func() { <-p.variants.packing }()
			case <-ctx.Done():
				return ctx.Err()
			}
			return repack(ctx, dst, w, o)
		})
	}}
	if p.in.Planning { // made here, of a size that nobody knows
		it.Source = ecosystems.Have{Object: fetch.Object{Size: fetch.UnknownSize}}
	}
	return p.emit(it)
}

// zstdRules changes whenever variants are packed in another way.
const zstdRules = 1

// encoders are kept, as each has many megabytes of tables.
var encoders = sync.Pool{New: func() any {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithWindowSize(8<<20))
	if err != nil {
		panic(err) // the options are constants
	}
	return z
}}

// repack writes the stream of a gzip tarball to dst, in zstd. The same stream gives the
// same bytes: one goroutine, a fixed level, and a window that each client admits.
func repack(ctx context.Context, dst io.Writer, w ecosystems.Workshop, o fetch.Object) error {
	f, err := w.Open(o)
	if err != nil {
		return err
	}
	defer f.Close()
	plain, err := gzip.NewReader(bufio.NewReaderSize(reading{ctx, f}, 1<<16))
	if err != nil {
		return err
	}
	z := encoders.Get().(*zstd.Encoder)
	z.Reset(dst)
	if _, err = io.Copy(z, plain); err == nil {
		err = z.Close()
	}
	z.Reset(nil)
	encoders.Put(z)
	return err
}

// reading is a reader that ends with its context.
type reading struct {
	ctx context.Context
	io.Reader
}

func (r reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
