package layout

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
)

func TestLockIsForOneRun(t *testing.T) {
	m := newMirror(t)
	l, err := Lock(m.root)
	must(t, err)
	again, err := os.OpenRoot(m.root.Name())
	must(t, err)
	defer again.Close()
	_, err = Lock(again)
	if !errors.Is(err, ErrLocked) {
		t.Fatalf("second Lock = %v", err)
	}
	host, _ := os.Hostname()
	for _, want := range []string{m.root.Name(), fmt.Sprint("pid ", os.Getpid()), host, "since 20", "wait"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v: lacks %q", err, want)
		}
	}
	oneLine(t, err)
	must(t, l.Unlock())
	l, err = Lock(again)
	must(t, err)
	must(t, l.Unlock())
}

func TestLockOfAnUnknownHolder(t *testing.T) {
	m := newMirror(t)
	l, err := Lock(m.root)
	must(t, err)
	defer l.Unlock()
	for _, text := range []string{"", "garbage", "{}", `{"pid":1,"host":"` + strings.Repeat("\\n", 5000) + `"}`} {
		must(t, m.root.WriteFile(lockPath, []byte(text), 0o644))
		_, err := Lock(m.root)
		if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "another run") {
			t.Errorf("with %.20q inside: %v", text, err)
		}
	}
}

func TestLockCannotLeadOut(t *testing.T) {
	m := newMirror(t)
	must(t, m.root.MkdirAll("state", 0o755))
	target := t.TempDir() + "/precious"
	must(t, os.WriteFile(target, []byte("data"), 0o644))
	must(t, m.root.Symlink(target, lockPath))
	if _, err := Lock(m.root); err == nil || errors.Is(err, ErrLocked) {
		t.Errorf("Lock = %v", err)
	}
	if data, err := os.ReadFile(target); string(data) != "data" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
}

func TestLockOfAMovedRoot(t *testing.T) {
	m := newMirror(t)
	dir := m.root.Name()
	must(t, os.Rename(dir, dir+"-moved"))
	must(t, os.MkdirAll(dir+"/state", 0o755)) // another mirror takes its place
	must(t, os.WriteFile(dir+"/"+lockPath, nil, 0o600))
	if _, err := Lock(m.root); err == nil || !strings.Contains(err.Error(), "does not lead") {
		t.Errorf("Lock = %v", err)
	}
	l, err := Lock(openMirror(t, dir).root)
	must(t, err)
	must(t, l.Unlock())
	must(t, os.RemoveAll(dir+"-moved"))
}

func TestLockOfAnotherUser(t *testing.T) {
	m := newMirror(t)
	must(t, m.root.MkdirAll("state", 0o755))
	must(t, m.root.WriteFile(lockPath, nil, 0o400))
	_, err := Lock(m.root)
	if os.Geteuid() == 0 { // whom no mode stops
		must(t, err)
		return
	}
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), m.root.Name()+" may not be changed by this user") {
		t.Errorf("Lock = %v", err)
	}
}
