package main

import (
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/offmirror/offmirror/ecosystems/mirror"
)

// progress shows how far a run has come.
type progress interface {
	Update(mirror.Progress)
	Done()
}

const (
	barInterval  = 100 * time.Millisecond
	lineInterval = 10 * time.Second
)

// watch shows the progress of the run of name until the returned function is
// called: a bar on a terminal, now and then a line elsewhere.
func (p *program) watch(m *mirror.Mirror, name string, quiet bool) (stop func()) {
	if quiet {
		return func() {}
	}
	var show progress = &progressLines{log: p.log, name: name}
	interval := lineInterval
	if p.interactive {
		show, interval = newProgressBar(p.terminal, name), barInterval
	}
	done := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		defer show.Done()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				if state, ok := m.Progress(); ok {
					show.Update(state)
				}
			}
		}
	})
	return func() {
		close(done)
		ended.Wait()
	}
}

// progressLines logs a line for each update.
type progressLines struct {
	log  *slog.Logger
	name string
}

func (l *progressLines) Update(s mirror.Progress) {
	l.log.Info(fmt.Sprintf("%s: %d of %d items, %s", l.name, s.Settled, s.Wanted, bytesText(s.Bytes)))
}

func (l *progressLines) Done() {}

// progressBar draws a bar that log lines on the same terminal push down.
type progressBar struct {
	bar *progressbar.ProgressBar
	out *lineWriter
}

func newProgressBar(out *lineWriter, name string) *progressBar {
	b := &progressBar{out: out}
	b.bar = progressbar.NewOptions(-1,
		progressbar.OptionSetWriter(writerFunc(out.writeRaw)),
		progressbar.OptionSetDescription(name),
		progressbar.OptionSetWidth(30),
		progressbar.OptionShowCount(),
		progressbar.OptionThrottle(0),
		progressbar.OptionUseANSICodes(true),
	)
	out.stepAside(func() { _ = b.bar.Clear() })
	return b
}

func (b *progressBar) Update(s mirror.Progress) {
	b.bar.ChangeMax(max(1, s.Wanted))
	b.bar.Describe(bytesText(s.Bytes))
	_ = b.bar.Set(s.Settled)
}

func (b *progressBar) Done() {
	b.out.stepAside(nil)
	_ = b.bar.Clear()
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

var _ io.Writer = writerFunc(nil)
