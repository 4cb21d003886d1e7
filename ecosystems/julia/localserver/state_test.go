package localserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/localserver"
)

// What a front tells of the site: that it can serve from the beginning, and what is wrong.
func TestStateOfTheSite(t *testing.T) {
	c := newCompany(t)
	s := serveSite(t, c.config())
	site := localserver.Site{Server: s.server}
	state := func() (files int64, err error) {
		t.Helper()
		states, err := site.State()
		if err != nil || len(states) != 1 || states[0].Ecosystem != "julia" || states[0].Snapshot == "" || states[0].Taken.IsZero() {
			t.Fatalf("%+v, %v", states, err)
		}
		if (states[0].Files > 0) != (states[0].Bytes > 0) {
			t.Errorf("%+v", states[0])
		}
		return states[0].Files, states[0].Err
	}
	if files, err := state(); files != 0 || err != nil {
		t.Errorf("at the beginning: %d files, %v", files, err)
	}
	s.list("/registries")
	if files, err := state(); files != 2 || err != nil {
		t.Errorf("%d files, %v", files, err)
	}
	c.public.Fail("", http.StatusServiceUnavailable, -1, "")
	s.list("/registries")
	if _, err := state(); err == nil || !strings.Contains(err.Error(), c.public.BaseURL()+" is last-known: ") {
		t.Errorf("%v", err)
	}
}
