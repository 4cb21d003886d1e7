//go:build e2e

package e2e

import (
	"bufio"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
)

// An enclave is a network that has a loopback device of its own and no way to any other:
// what runs in it reaches no server of the tests. Only files get there. The nil enclave is the network of the tests.
type enclave struct{ pid int }

// newEnclave makes one that lasts as long as the test.
func newEnclave(t testing.TB) *enclave {
	t.Helper()
	holder := exec.Command("unshare", "--net", "--", "sh", "-c", "ip link set lo up && echo up && exec sleep infinity")
	stdout, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = holder.Process.Kill()
		_ = holder.Wait()
	})
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "up\n" {
		t.Fatalf("a network of its own: %q, %v", line, err)
	}
	return &enclave{pid: holder.Process.Pid}
}

// inside returns the command line that runs argv in the enclave.
func (e *enclave) inside(argv []string) []string {
	if e == nil {
		return argv
	}
	program, err := filepath.Abs(argv[0])
	if err != nil {
		panic(err) // no current folder
	}
	return append([]string{"/usr/bin/nsenter", fmt.Sprintf("--net=/proc/%d/ns/net", e.pid), "--", program}, argv[1:]...)
}
