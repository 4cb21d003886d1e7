package gitrepo

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"
)

// watch ends a call by which a repository grows by more than is allowed. Git has no
// such limit of its own for what it fetches.
func (g *Git) watch(ctx context.Context, dir string) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	before := packSize(dir)
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-ctx.Done():
				return
			case <-tick.C:
				if packSize(dir)-before > g.o.MaxBytes {
					cancel(fmt.Errorf("%w: more than %d bytes to fetch", ErrLimit, g.o.MaxBytes))
					return
				}
			}
		}
	}()
	return ctx, func() {
		close(done)
		<-ended
		cancel(nil)
	}
}

// packSize is what packs, half ones too, take on disk.
func packSize(dir string) (total int64) {
	_ = filepath.WalkDir(filepath.Join(dir, "objects"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil
	})
	return total
}
