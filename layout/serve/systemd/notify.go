package systemd

import (
	"context"
	"errors"
	"net"
	"strconv"
	"time"
)

// What a service says of itself.
const (
	Ready     = "READY=1"     // it answers, or does again
	Reloading = "RELOADING=1" // it reads its files again; Ready ends that
	Stopping  = "STOPPING=1"  // it takes no more requests
	watchdog  = "WATCHDOG=1"
)

// Notifier sends notes. The zero Notifier, which is for processes without a manager, sends nothing.
type Notifier struct {
	socket   string        // of the manager
	watchdog time.Duration // in which it wants to hear something; 0: never
}

// NewNotifier reads the environment of a process, of the given id.
func NewNotifier(environment func(string) string, pid int) Notifier {
	n := Notifier{socket: environment("NOTIFY_SOCKET")}
	usec, err := strconv.ParseInt(environment("WATCHDOG_USEC"), 10, 64)
	forMe := environment("WATCHDOG_PID")
	if err == nil && usec > 0 && usec < int64(24*time.Hour/time.Microsecond) && (forMe == "" || forMe == strconv.Itoa(pid)) {
		n.watchdog = time.Duration(usec) * time.Microsecond
	}
	return n
}

// Managed reports whether there is a manager.
func (n Notifier) Managed() bool { return n.socket != "" }

// Notify sends a note. Manager and service do not wait for each other.
func (n Notifier) Notify(note string) error {
	if n.socket == "" {
		return nil
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"}) // "@" is an abstract one
	if err != nil {
		return err
	}
	if note == Reloading {
		note += "\nMONOTONIC_USEC=" + strconv.FormatInt(monotonic(), 10)
	}
	_, err = c.Write([]byte(note))
	return errors.Join(err, c.Close())
}

// Watch tells the manager twice in each interval that the service is alive, if alive says so,
// until ctx ends. It returns at once if the manager does not want to know.
func (n Notifier) Watch(ctx context.Context, alive func() bool) {
	if n.socket == "" || n.watchdog <= 0 {
		return
	}
	tick := time.NewTicker(n.watchdog / 2)
	defer tick.Stop()
	for {
		if alive() {
			_ = n.Notify(watchdog) // the next one may arrive, or the manager notices
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
