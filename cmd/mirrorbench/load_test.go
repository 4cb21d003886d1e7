package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestWrkRate(t *testing.T) {
	const good = "Running 4s test\n  100 requests in 4.00s, 1.00MB read\nRequests/sec:  12345.67\nTransfer/sec:     "
	for transfer, want := range map[string]float64{"12.00B": 12, "1.50KB": 1536, "2.00MB": 2 << 20, "1.25GB": 5 << 28} {
		answers, bytes, err := wrkRate(good + transfer + "\n")
		if err != nil || answers != 12345.67 || bytes != want {
			t.Errorf("%s: %v, %v, %v", transfer, answers, bytes, err)
		}
	}
	for _, bad := range []string{"", "Requests/sec: 1\n", good + "x\n", "Non-2xx or 3xx responses: 7\n" + good + "1.00MB\n"} {
		if answers, bytes, err := wrkRate(bad); err == nil {
			t.Errorf("%q: %v, %v", bad, answers, bytes)
		}
	}
}

// The time of a group is that of all its processes, and of no others.
func TestGroupCPU(t *testing.T) {
	cmd := exec.Command("sh", "-c", "while :; do :; done & while :; do :; done")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	}()
	before := groupCPU(cmd.Process.Pid)
	for range 500 {
		if groupCPU(cmd.Process.Pid) > before+50*time.Millisecond {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("two endless loops use no time")
}

func TestDemandScript(t *testing.T) {
	folder := t.TempDir()
	for base, prefix := range map[string]string{"http://127.0.0.1:1": `""`, "http://127.0.0.1:1/hex": `"/hex"`} {
		script, err := demand{}.script(t.Context(), folder, base, []string{"/tarballs/a", "/tarballs/b"})
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(script)
		if err != nil || !strings.Contains(string(text), "= "+prefix+" .. path") {
			t.Errorf("%s: %v\n%s", base, err, text)
		}
		if list, err := os.ReadFile(folder + "/paths"); err != nil || string(list) != "/tarballs/a\n/tarballs/b\n" {
			t.Errorf("%q, %v", list, err)
		}
	}
}
