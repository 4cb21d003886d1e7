package justmrtest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
)

// Upstream is a number of hosts. It may be used by several goroutines.
type Upstream struct {
	hosts   []*Host
	folder  string
	root    *os.Root
	servers []*http.Server
	serving sync.WaitGroup

	mu  sync.Mutex
	log []Request
}

// Start makes an upstream of some hosts, at 127.0.0.1 and the addresses that follow it, which are
// served until stop is called. Repositories are kept in a folder that stop removes. It takes
// a git program.
func Start(ctx context.Context, hosts int) (u *Upstream, stop func(), err error) {
	u = &Upstream{}
	defer func() {
		if err != nil {
			u.stop()
		}
	}()
	if u.folder, err = os.MkdirTemp("", "justmrtest-"); err != nil {
		return nil, nil, err
	}
	if u.root, err = os.OpenRoot(u.folder); err != nil {
		return nil, nil, err
	}
	git, err := gitrepo.New(ctx, gitrepo.Options{})
	if err != nil {
		return nil, nil, err
	}
	smart, err := gitrepo.Handler(git, u.root, gitrepo.ServeOptions{})
	if err != nil {
		return nil, nil, err
	}
	for i := range hosts {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.%d:0", i+1))
		if err != nil {
			return nil, nil, err
		}
		h := &Host{u: u, url: "http://" + l.Addr().String(), folder: fmt.Sprintf("host%d", i+1), git: smart, files: map[string][]byte{}, faults: map[string]*fault{}}
		u.hosts = append(u.hosts, h)
		server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
		u.servers = append(u.servers, server)
		u.serving.Go(func() { _ = server.Serve(l) }) // ends when it is closed
	}
	return u, u.stop, nil
}

func (u *Upstream) stop() {
	for _, s := range u.servers {
		_ = s.Close()
	}
	u.serving.Wait()
	if u.root != nil {
		_ = u.root.Close()
	}
	if u.folder != "" {
		_ = os.RemoveAll(u.folder)
	}
}

// Host returns the i-th host, counted from 0.
func (u *Upstream) Host(i int) *Host { return u.hosts[i] }

// Hosts returns how many hosts there are.
func (u *Upstream) Hosts() int { return len(u.hosts) }

// Down makes all hosts vanish, or come back.
func (u *Upstream) Down(down bool) {
	for _, h := range u.hosts {
		h.Down(down)
	}
}

// gitDir is where repositories of a host are kept.
func (h *Host) gitDir(name string) string {
	return filepath.Join(h.u.folder, h.folder, filepath.FromSlash(name))
}
