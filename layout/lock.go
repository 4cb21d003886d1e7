package layout

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

const lockPath = "state/lock"

// ErrLocked means that another run is changing the mirror.
var ErrLocked = errors.New("wait for it to end, or stop it")

// RootLock is held by the one run that may change a mirror.
type RootLock struct {
	flock *flock.Flock
	file  *os.File
}

type lockHolder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// Lock takes the lock of a mirror root, or says at once who has it, with an
// error that matches [ErrLocked]. The lock ends with the process, however that
// ends. Reading a mirror needs no lock.
//
// It is an advisory lock on ROOT/state/lock. On network file systems it holds
// between machines only as far as they pass such locks on.
func Lock(root *os.Root) (*RootLock, error) {
	if err := makeFolder(root, "state"); err != nil {
		return nil, fmt.Errorf("%s: %w", root.Name(), err)
	}
	f, err := root.OpenFile(lockPath, os.O_RDWR|os.O_CREATE, 0o644)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%s may not be changed by this user; run as the one whom %s belongs to: %w", root.Name(), lockPath, err)
	}
	if err != nil {
		return nil, lockFailure(root, "open", err)
	}
	fl := flock.New(filepath.Join(root.Name(), filepath.FromSlash(lockPath)), flock.SetFlag(os.O_RDWR))
	taken, err := fl.TryLock()
	if err != nil {
		f.Close()
		return nil, lockFailure(root, "lock", err)
	}
	if !taken {
		defer f.Close()
		return nil, fmt.Errorf("%s is being changed by %s; %w", root.Name(), readHolder(f), ErrLocked)
	}
	l := &RootLock{flock: fl, file: f}
	if !l.sameFile() { // the lock would be another mirror's
		_ = fl.Unlock()
		f.Close()
		return nil, fmt.Errorf("lock %s: %s does not lead to the mirror any more; run again", lockPath, root.Name())
	}
	if err := l.announce(); err != nil {
		_ = l.Unlock()
		return nil, lockFailure(root, "write", err)
	}
	return l, nil
}

// lockFailure names the mirror, too: a run takes its lock before it has said on what it works.
func lockFailure(root *os.Root, what string, err error) error {
	return fmt.Errorf("%s: %w", root.Name(), failure(what, lockPath, err))
}

// announce says who holds the lock, for others to tell people. On a full disk the file stays
// empty: those who make room need the lock, too.
func (l *RootLock) announce() error {
	host, _ := os.Hostname()
	text, err := json.Marshal(lockHolder{PID: os.Getpid(), Host: host, Since: time.Now().UTC().Truncate(time.Second)})
	if err == nil {
		err = l.write(append(text, '\n'))
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return nil
	}
	return err
}

// sameFile reports whether the locked path is the file that was opened in the root.
func (l *RootLock) sameFile() bool {
	ours, err := l.file.Stat()
	if err != nil {
		return false
	}
	locked, err := l.flock.Stat()
	return err == nil && os.SameFile(ours, locked)
}

func (l *RootLock) write(text []byte) error {
	info, err := l.file.Stat()
	if err == nil && info.Size() > 0 {
		err = l.file.Truncate(0)
	}
	if err == nil && len(text) > 0 {
		_, err = l.file.WriteAt(text, 0)
	}
	return err
}

// readHolder describes who holds the lock. The one who has just taken it may not
// have written it yet.
func readHolder(f *os.File) string {
	text := make([]byte, 1024)
	n, _ := f.ReadAt(text, 0)
	var h lockHolder
	if json.Unmarshal(text[:n], &h) != nil || h.PID == 0 {
		return "another run"
	}
	return fmt.Sprintf("pid %d on host %.80q since %s", h.PID, h.Host, h.Since.Local().Format(time.DateTime))
}

// Unlock lets the next run begin.
func (l *RootLock) Unlock() error {
	err := l.write(nil)
	if closed := l.file.Close(); err == nil {
		err = closed
	}
	if unlocked := l.flock.Unlock(); err == nil {
		err = unlocked
	}
	if err != nil {
		return failure("unlock", lockPath, err)
	}
	return nil
}
