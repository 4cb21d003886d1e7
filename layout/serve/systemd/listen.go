package systemd

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

const (
	firstSocket = 3
	maxSockets  = 256
)

// Socket is a listening socket that the manager opened.
type Socket struct {
	net.Listener
	Name string // FileDescriptorName= of the socket unit; that unit's name by default
}

// Sockets returns the sockets that are handed to the process of the given id, none if it was not
// started by a socket unit. The variables that tell of them are meant for this process alone:
// forget is called for each, so that no child takes them for its own.
func Sockets(environment func(string) string, pid int, forget func(variable string)) ([]Socket, error) {
	return sockets(environment, pid, forget, firstSocket)
}

func sockets(environment func(string) string, pid int, forget func(string), first int) ([]Socket, error) {
	count, names, forMe := environment("LISTEN_FDS"), environment("LISTEN_FDNAMES"), environment("LISTEN_PID")
	if forMe != strconv.Itoa(pid) || count == "" {
		return nil, nil
	}
	for _, variable := range []string{"LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID"} {
		forget(variable)
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > maxSockets {
		return nil, fmt.Errorf("LISTEN_FDS=%.20q: want a number of sockets up to %d", count, maxSockets)
	}
	all := make([]Socket, 0, n)
	words := strings.Split(names, ":")
	for i := range n {
		s := Socket{}
		if i < len(words) {
			s.Name = words[i]
		}
		f := os.NewFile(uintptr(first+i), "socket "+s.Name)
		if f == nil {
			return nil, fail(all, fmt.Errorf("socket %d of the service manager is none", i+1))
		}
		s.Listener, err = net.FileListener(f) // of a copy that children do not inherit
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, fail(all, fmt.Errorf("socket %d of the service manager (%s): %w; want a listening stream socket", i+1, s.Name, err))
		}
		all = append(all, s)
	}
	return all, nil
}

func fail(opened []Socket, err error) error {
	for _, s := range opened {
		_ = s.Close() // the reason is known
	}
	return err
}
