//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// Set by TestMain.
var (
	scratch string // a folder of this run only, below /tmp
	binary  string // the offmirror under test
)

func TestMain(m *testing.M) {
	if err := ready(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// ready checks what every test takes for granted. Anything missing is a failure:
// a run that tests less than it says would be worse than none.
func ready() error {
	if os.Getuid() != 0 {
		return fmt.Errorf("must be root, for the clients' chroots; run make e2e")
	}
	if err := isolated(); err != nil {
		return err
	}
	for _, s := range systems {
		if _, err := os.Stat(filepath.Join(s.root(), ".offmirror-ready")); err != nil {
			return fmt.Errorf("the %s clients are missing (%w); run cmd/offmirror/e2e/clients/build-chroots", s, err)
		}
	}
	binary = os.Getenv("OFFMIRROR_BINARY")
	if _, err := os.Stat(binary); err != nil {
		return fmt.Errorf("OFFMIRROR_BINARY must name the built offmirror: %w", err)
	}
	var err error
	scratch, err = os.MkdirTemp("", "run-")
	return err
}

// isolated reports an error if anything but loopback is within reach.
func isolated() error {
	ifs, err := net.Interfaces()
	if err != nil {
		return err
	}
	up := false
	for _, i := range ifs {
		if i.Flags&net.FlagLoopback == 0 {
			return fmt.Errorf("network interface %s is within reach; run .ci/e2e, which leaves only loopback", i.Name)
		}
		up = up || i.Flags&net.FlagUp != 0
	}
	if !up {
		return fmt.Errorf("the loopback interface is down; run .ci/e2e")
	}
	return nil
}
