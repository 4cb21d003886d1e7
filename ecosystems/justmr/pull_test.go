package justmr_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
	"github.com/offmirror/offmirror/ecosystems/justmr"
)

func TestPullOfAContentThatWasGone(t *testing.T) {
	w := newWorld(t)
	here, late := w.put("/here.tgz", "here"), blobID("late")
	w.config(`"here": {"repository": {"type": "archive", "content": "` + here + `", "fetch": "URL/here.tgz"}},
		"late": {"repository": {"type": "archive", "content": "` + late + `", "fetch": "URL/late.tgz"}}`)
	if o := w.sync(); o.Err != nil || len(o.Missing) != 1 {
		t.Fatalf("%v, missing %+v", o.Err, o.Missing)
	}
	path := "blob/" + late + "/late.tgz"
	w.requests()
	off := w.root.Serve(w.driver(), false)
	if status, _ := off.Get(path); status != 404 {
		t.Errorf("without pulling: %d", status)
	}
	if asked := w.requests(); len(asked) > 0 {
		t.Errorf("without pulling, upstream was asked for %q", asked)
	}
	off.End()

	on := w.root.Serve(w.driver(), true)
	if status, body := on.Get(path); status != 404 {
		t.Errorf("gone upstream: %d %q", status, body)
	}
	w.put("/late.tgz", "something else")
	w.root.Pass(time.Hour)
	if status, body := on.Get(path); status != 502 || !strings.Contains(body, "upstream does not give it") {
		t.Errorf("wrong upstream: %d %q", status, body)
	}
	w.put("/late.tgz", "late")
	w.root.Pass(time.Hour)
	if status, body := on.Get(path); status != 200 || body != "late" {
		t.Errorf("back upstream: %d %q", status, body)
	}
	// Nobody is asked about what no configuration names.
	w.requests()
	for _, path := range []string{"blob/" + blobID("x") + "/x.tgz", "blob/" + late + "/other.tgz", "blob/" + late, "blob/../late.tgz", "late.tgz", "git/example.org/a.git/info/refs"} {
		if status, _ := on.Get(path); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if asked := w.requests(); len(asked) > 0 {
		t.Errorf("for nothing, upstream was asked for %q", asked)
	}
	on.End()

	// The next snapshot has it, although upstream has lost it again.
	w.put("/late.tgz", "lost")
	w.mustSync()
	w.want(path, "distdir/late.tgz")
}

// A machine that has the mirror but not the configurations knows what is lacking from the audit.
func TestPullByTheAudit(t *testing.T) {
	w := newWorld(t)
	here, late := w.put("/here.tgz", "here"), blobID("late")
	w.config(`"here": {"repository": {"type": "archive", "content": "` + here + `", "fetch": "URL/here.tgz"}},
		"late": {"repository": {"type": "archive", "content": "` + late + `", "fetch": "URL/gone.tgz", "mirrors": ["URL/late.tgz"]}}`)
	w.sync()
	w.put("/late.tgz", "late")
	driver, err := justmr.New(justmr.Ecosystem().Options())
	if err != nil {
		t.Fatal(err)
	}
	s := w.root.Serve(driver, true)
	if status, body := s.Get("blob/" + late + "/gone.tgz"); status != 200 || body != "late" {
		t.Errorf("%d %q", status, body)
	}
}

func TestPullStalls(t *testing.T) {
	ecosystemtest.StalledPulls(t, func(t *testing.T) ecosystemtest.StalledPull {
		t.Parallel()
		w := newWorld(t)
		body := ecosystemtest.Noise(200 << 10)
		here, late, other := w.put("/here.tgz", "here"), blobID(body), blobID("other")
		w.config(`"here": {"repository": {"type": "archive", "content": "` + here + `", "fetch": "URL/here.tgz"}},
			"late": {"repository": {"type": "archive", "content": "` + late + `", "fetch": "URL/late.tgz"}},
			"other": {"repository": {"type": "archive", "content": "` + other + `", "fetch": "URL/other.tgz"}}`)
		if o := w.sync(); o.Err != nil || len(o.Missing) != 2 {
			t.Fatalf("%v, missing %+v", o.Err, o.Missing)
		}
		w.put("/late.tgz", body)
		w.put("/other.tgz", "other")
		return ecosystemtest.StalledPull{
			Root: w.root, Driver: w.driver(), Upstream: http.HandlerFunc(w.serve), Intercept: w.Intercept,
			Path: "blob/" + late + "/late.tgz", From: "late.tgz",
			Other: "blob/" + other + "/other.tgz", Here: "blob/" + here + "/here.tgz",
		}
	})
}
