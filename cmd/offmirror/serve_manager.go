package main

import (
	"context"
	"os"
	"os/signal"
	"sync"

	"github.com/offmirror/offmirror/layout/serve"
	"github.com/offmirror/offmirror/layout/serve/front"
	"github.com/offmirror/offmirror/layout/serve/systemd"
)

// endpoints are the sockets that systemd hands over, or else the addresses of the configuration.
func (p *program) endpoints(ctx context.Context, f *front.Front) ([]serve.Endpoint, error) {
	forget := func(variable string) { _ = os.Unsetenv(variable) }
	sockets, err := systemd.Sockets(p.environment, os.Getpid(), forget)
	if err != nil {
		return nil, err
	}
	if len(sockets) > 0 {
		return f.Adopt(sockets)
	}
	return f.Listen(ctx)
}

// tellManager keeps systemd informed, if it started this process, until the returned function is called: that
// the server is ready, once what is published has been read; that it reloads, on SIGHUP; that it is alive,
// if there is a watchdog; and that it stops.
func (p *program) tellManager(ctx context.Context, f *front.Front) (stop func()) {
	manager := systemd.NewNotifier(p.environment, os.Getpid())
	if !manager.Managed() {
		return func() {}
	}
	tell := func(note string) {
		if err := manager.Notify(note); err != nil {
			p.log.Warn("the service manager cannot be told", "note", note, "error", err)
		}
	}
	stopping := sync.OnceFunc(func() { tell(systemd.Stopping) })
	end := ctx
	context.AfterFunc(end, stopping)
	ctx, cancel := context.WithCancel(context.WithoutCancel(end))
	hangup := make(chan os.Signal, 1)
	notifyHangup(hangup)
	var tasks sync.WaitGroup
	tasks.Go(func() { manager.Watch(ctx, f.Alive) })
	tasks.Go(func() {
		f.Ready()
		tell(systemd.Ready)
		for {
			select {
			case <-ctx.Done():
				return
			case <-hangup:
				tell(systemd.Reloading)
				f.Reload()
				tell(systemd.Ready)
			}
		}
	})
	return func() {
		signal.Stop(hangup)
		cancel()
		tasks.Wait()
		if end.Err() != nil {
			stopping() // or the process could be over before it is said
		}
	}
}
