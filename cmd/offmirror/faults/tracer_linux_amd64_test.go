package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A tracer runs the program under ptrace, sees each of its system calls that
// change something below a folder, and kills the program right before one of
// them, or lets it fail. So the faults hit the very program that users run, at
// every point there is, and nothing in it knows of them.
//
// It is a process of its own, because it waits for all children it has and
// because one thread must do all the tracing.

// tracerVariable holds the injection, in JSON, in the environment of a tracer.
const tracerVariable = "OFFMIRROR_FAULTS_TRACER"

// injection is what a tracer is to do.
type injection struct {
	Program string
	Args    []string
	Env     []string
	Dir     string
	UID     int // negative: as the tracer

	Root   string // only calls about what is below it count; without symbolic links
	Class  class
	At     int  // the call that is hit, counted from 1; 0: none
	Errno  int  // what it fails with; 0: the program is killed before it
	Sticky bool // every later call of the class fails too
}

// class is a kind of system calls.
type class string

const (
	changes class = "changes" // whatever changes the file system
	space   class = "space"   // what may need space
	flushes class = "flushes" // what makes data durable
)

// injected is what a tracer reports on its file 3.
type injected struct {
	Calls int    // of the class, as many as there were
	Hit   string // the call that was hit; empty: the program ended before
	Code  int    // exit code; negative: it was killed
}

// call says where the arguments of a system call are.
type call struct {
	name    string
	fd      int // the argument that is a file or a folder
	path    int // the argument that is a path below that folder; negative: none
	classes []class
}

var calls = map[uint64]call{
	unix.SYS_OPENAT:          {"openat", 0, 1, []class{changes, space}},
	unix.SYS_MKDIRAT:         {"mkdirat", 0, 1, []class{changes, space}},
	unix.SYS_UNLINKAT:        {"unlinkat", 0, 1, []class{changes}},
	unix.SYS_RENAMEAT:        {"renameat", 2, 3, []class{changes, space}},
	unix.SYS_RENAMEAT2:       {"renameat2", 2, 3, []class{changes, space}},
	unix.SYS_LINKAT:          {"linkat", 2, 3, []class{changes, space}},
	unix.SYS_SYMLINKAT:       {"symlinkat", 1, 2, []class{changes, space}},
	unix.SYS_FCHMODAT:        {"fchmodat", 0, 1, []class{changes}},
	unix.SYS_WRITE:           {"write", 0, -1, []class{changes, space}},
	unix.SYS_PWRITE64:        {"pwrite64", 0, -1, []class{changes, space}},
	unix.SYS_WRITEV:          {"writev", 0, -1, []class{changes, space}},
	unix.SYS_COPY_FILE_RANGE: {"copy_file_range", 2, -1, []class{changes, space}},
	unix.SYS_FTRUNCATE:       {"ftruncate", 0, -1, []class{changes}},
	unix.SYS_FCHMOD:          {"fchmod", 0, -1, []class{changes}},
	unix.SYS_FSYNC:           {"fsync", 0, -1, []class{changes, flushes}},
	unix.SYS_FDATASYNC:       {"fdatasync", 0, -1, []class{changes, flushes}},
	unix.SYS_SYNCFS:          {"syncfs", 0, -1, []class{changes, flushes}},
	unix.SYS_SYNC_FILE_RANGE: {"sync_file_range", 0, -1, []class{changes}},
}

// traceMain is the main function of a tracer.
func traceMain(text string) int {
	var in injection
	err := json.Unmarshal([]byte(text), &in)
	if err == nil {
		t := &tracer{injection: in, entered: map[int]bool{}, failing: map[int]bool{}}
		if err = t.run(); err == nil {
			err = json.NewEncoder(os.NewFile(3, "report")).Encode(t.result)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tracer:", err)
		return 1
	}
	return 0
}

type tracer struct {
	injection
	pid     int
	entered map[int]bool // threads that are inside a system call
	failing map[int]bool // threads whose system call is to fail
	result  injected
}

func (t *tracer) run() error {
	runtime.LockOSThread()
	attr := &syscall.SysProcAttr{Ptrace: true}
	if t.UID >= 0 {
		attr.Credential = &syscall.Credential{Uid: uint32(t.UID), Gid: uint32(t.UID)}
	}
	process, err := os.StartProcess(t.Program, append([]string{t.Program}, t.Args...), &os.ProcAttr{
		Dir: t.Dir, Env: t.Env, Files: []*os.File{nil, os.Stdout, os.Stderr}, Sys: attr,
	})
	if err != nil {
		return err
	}
	t.pid = process.Pid
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(t.pid, &status, 0, nil); err != nil {
		return err
	}
	const options = syscall.PTRACE_O_TRACESYSGOOD | syscall.PTRACE_O_TRACECLONE | unix.PTRACE_O_EXITKILL
	if err := syscall.PtraceSetOptions(t.pid, options); err != nil {
		return err
	}
	if err := syscall.PtraceSyscall(t.pid, 0); err != nil {
		return err
	}
	for {
		tid, err := syscall.Wait4(-1, &status, syscall.WALL, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.ECHILD):
			return nil
		case err != nil:
			return err
		}
		if err := t.stopped(tid, status); err != nil && !errors.Is(err, syscall.ESRCH) { // it may be gone already
			return err
		}
	}
}

// stopped deals with a thread that has stopped or ended, and lets it go on.
func (t *tracer) stopped(tid int, status syscall.WaitStatus) error {
	if status.Exited() || status.Signaled() {
		if tid == t.pid {
			t.result.Code = status.ExitStatus() // -1 when killed
		}
		delete(t.entered, tid)
		return nil
	}
	deliver := 0
	switch signal := status.StopSignal(); {
	case signal == syscall.SIGTRAP|0x80:
		if err := t.systemCall(tid); err != nil {
			return err
		}
	case signal == syscall.SIGTRAP && status.TrapCause() > 0, signal == syscall.SIGSTOP: // a new thread
	default:
		deliver = int(signal)
	}
	return syscall.PtraceSyscall(tid, deliver)
}

// systemCall looks at a thread that enters or leaves one.
func (t *tracer) systemCall(tid int) error {
	entering := !t.entered[tid]
	t.entered[tid] = entering
	if !entering && !t.failing[tid] {
		return nil
	}
	var regs syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(tid, &regs); err != nil {
		return err
	}
	if !entering {
		delete(t.failing, tid)
		regs.Rax = uint64(-int64(t.Errno))
		return syscall.PtraceSetRegs(tid, &regs)
	}
	what, ok := t.concerns(tid, &regs)
	if !ok {
		return nil
	}
	t.result.Calls++
	if t.At == 0 || t.result.Calls < t.At || t.result.Calls > t.At && !t.Sticky {
		return nil
	}
	if t.result.Hit == "" {
		t.result.Hit = what
	}
	if t.Errno == 0 {
		return syscall.Kill(t.pid, syscall.SIGKILL)
	}
	t.failing[tid] = true
	regs.Orig_rax = ^uint64(0) // no such system call
	return syscall.PtraceSetRegs(tid, &regs)
}

// concerns reports whether a system call counts, and describes it.
func (t *tracer) concerns(tid int, regs *syscall.PtraceRegs) (string, bool) {
	c, known := calls[regs.Orig_rax]
	if !known {
		return "", false
	}
	arguments := []uint64{regs.Rdi, regs.Rsi, regs.Rdx, regs.R10, regs.R8, regs.R9}
	if regs.Orig_rax == unix.SYS_OPENAT {
		switch flags := arguments[2]; {
		case flags&(syscall.O_CREAT|syscall.O_TRUNC|syscall.O_WRONLY|syscall.O_RDWR) == 0:
			return "", false
		case t.Class == space && flags&syscall.O_CREAT == 0:
			return "", false
		}
	}
	found := false
	for _, class := range c.classes {
		found = found || class == t.Class
	}
	if !found {
		return "", false
	}
	path := ""
	if c.path >= 0 {
		path = t.text(tid, uintptr(arguments[c.path]))
	}
	if !strings.HasPrefix(path, "/") {
		folder, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", t.pid, int32(arguments[c.fd]))) //nolint:gosec // a file descriptor
		if err != nil {
			return "", false
		}
		path = strings.TrimSuffix(folder+"/"+path, "/")
	}
	below, ok := strings.CutPrefix(path+"/", t.Root+"/")
	return c.name + " " + strings.TrimSuffix(below, "/"), ok
}

// text reads a string of the program.
func (t *tracer) text(tid int, at uintptr) string {
	var all []byte
	for len(all) < 4096 {
		var some [64]byte
		n, err := syscall.PtracePeekData(tid, at+uintptr(len(all)), some[:])
		before, _, ended := strings.Cut(string(some[:n]), "\x00")
		all = append(all, before...)
		if ended || err != nil {
			break
		}
	}
	return string(all)
}
