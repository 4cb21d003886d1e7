package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout/bundle/create"
)

// watchBundle shows how far the writing of a bundle has come until stop is called: a bar on a terminal,
// now and then a line elsewhere.
func (p *program) watchBundle(quiet bool) (update func(create.Progress), stop func()) {
	if quiet {
		return nil, func() {}
	}
	var now atomic.Pointer[create.Progress]
	show := func(s create.Progress) {
		p.log.Info(fmt.Sprintf("bundle: volume %d of %d, %s of %s", s.Volume, s.Volumes, bytesText(s.Bytes), bytesText(s.Total)))
	}
	interval, end := lineInterval, func() {}
	if p.interactive {
		bar := newProgressBar(p.terminal, "bundle")
		interval, end = barInterval, bar.Done
		show = func(s create.Progress) {
			bar.Update(mirror.Progress{Settled: int(s.Bytes >> 20), Wanted: int(s.Total >> 20), Bytes: s.Bytes}) // in MiB
		}
	}
	done := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		defer end()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				if s := now.Load(); s != nil {
					show(*s)
				}
			}
		}
	})
	return func(s create.Progress) { now.Store(&s) }, func() { close(done); ended.Wait() }
}
