//go:build unix

package retention

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// A child of the test is this program again, told by its environment to collect, and to die at
// the nth step of it.
const childVariable = "RETENTION_TEST_CHILD" // "FOLDER UNIXTIME GRACE KEEP_LAST STEP"

func TestMain(m *testing.M) {
	if order := os.Getenv(childVariable); order != "" {
		if err := child(order); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(order string) error {
	var dir, grace string
	var now int64
	var last, step int
	if _, err := fmt.Sscan(order, &dir, &now, &grace, &last, &step); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	lock, err := layout.Lock(root)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	objects, err := store.Open(root)
	if err != nil {
		return err
	}
	defer objects.Close()
	o := Options{
		Config: Config{KeepLast: last},
		Clock:  func() Clock { return Clock{Now: time.Unix(now, 0)} },
		Trace: func(at Step) {
			fmt.Println(at)
			if step--; step == 0 {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		},
	}
	if o.Config.Grace, err = time.ParseDuration(grace); err != nil {
		return err
	}
	if _, err = Collect(context.Background(), root, objects, o); err == nil {
		fmt.Println(memoryWord + mostMemory())
	}
	return err
}

const memoryWord = "memory in KiB: "

// mostMemory is the most that this process ever had, as the kernel says; what rusage says
// counts the parent's too.
func mostMemory() string {
	text, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB"))
		}
	}
	return "0"
}

// runChild collects in a child, which dies at a step (0: never). It returns the steps that were
// begun, and the most memory that the child ever had, in bytes; 0 where nobody tells.
func runChild(t testing.TB, dir string, now time.Time, rules Config, step int) (steps []string, killed bool, memory int64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %s %d %s", childVariable, dir, now.Unix(), rules.Grace, rules.KeepLast, strconv.Itoa(step)))
	var complaint strings.Builder
	cmd.Stderr = &complaint
	text, err := cmd.Output()
	steps = strings.Split(strings.TrimSpace(string(text)), "\n")
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
		return steps, true, 0
	}
	if err != nil {
		t.Fatalf("child: %v: %s", err, complaint.String())
	}
	last := len(steps) - 1
	kib, _ := strconv.ParseInt(strings.TrimPrefix(steps[last], memoryWord), 10, 64)
	return steps[:last], false, kib << 10
}
