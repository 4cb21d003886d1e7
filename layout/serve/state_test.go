package serve

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/layout"
)

func TestState(t *testing.T) {
	m := newMirror(t)
	site := NewSite(m.root, m.store, func(ecosystem string, view layout.View) http.Handler {
		if ecosystem == "unknown" {
			return nil
		}
		return Static(view, AlwaysRevalidate)
	})
	state := func() []State {
		t.Helper()
		all, err := site.State()
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if all := state(); len(all) != 0 {
		t.Errorf("of an empty mirror: %+v", all)
	}
	first := m.publish("hex", files{"a": "123"})
	m.publish("unknown", files{"a": "123"})
	all := state()
	if len(all) != 1 || all[0].Ecosystem != "hex" || all[0].Snapshot != first.ID || !all[0].Taken.Equal(taken) || all[0].Since.IsZero() ||
		all[0].Files != 1 || all[0].Bytes != 3 || all[0].Err != nil {
		t.Errorf("%+v", all)
	}

	second := m.publish("hex", files{"a": "1", "b": "2"})
	m.damage("snapshots/hex/" + second.ID)
	all = state()
	if len(all) != 1 || all[0].Snapshot != first.ID || all[0].Err == nil || !strings.Contains(all[0].Err.Error(), second.ID) {
		t.Errorf("with a damaged snapshot: %+v", all)
	}
	m.rollback(first)
	if all = state(); len(all) != 1 || all[0].Err != nil {
		t.Errorf("after a rollback: %+v", all)
	}

	m.publish("julia", files{"registries": "x"})
	m.damage("snapshots/julia/" + current(m, "julia"))
	all = state()
	if len(all) != 2 || all[1].Ecosystem != "julia" || all[1].Snapshot != "" || all[1].Err == nil {
		t.Errorf("with nothing that can be served: %+v", all)
	}
}

func current(m *mirror, ecosystem string) string {
	m.t.Helper()
	id, err := m.history(ecosystem).CurrentID()
	if err != nil {
		m.t.Fatal(err)
	}
	return id
}

// damage makes a file something else.
func (m *mirror) damage(name string) {
	m.t.Helper()
	if err := m.root.Chmod(name, 0o600); err != nil {
		m.t.Fatal(err)
	}
	f, err := m.root.OpenFile(name, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		m.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("not a snapshot"); err != nil {
		m.t.Fatal(err)
	}
}
