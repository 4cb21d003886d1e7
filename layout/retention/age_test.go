package retention

import (
	"testing"
	"time"

	"github.com/offmirror/offmirror/layout"
)

const day24 = 24 * time.Hour

// An object whose file is young is not removed, however long its name has been condemned: a run has
// just brought it again.
func TestYoungFilesStay(t *testing.T) {
	w := newWorld(t)
	id := w.put("x")[0]
	w.mustCollect()
	w.now = w.now.Add(2 * day24)
	w.must(w.store.Remove(id))
	w.put("x")
	if g := w.mustCollect(); g.Waiting.Objects != 1 || g.Removed.Objects != 0 {
		t.Errorf("%+v", g.Result)
	}
	w.now = w.now.Add(day24)
	if g := w.mustCollect(); g.Removed.Objects != 1 {
		t.Errorf("%+v", g.Result)
	}
}

// What is needed again in between is not condemned any more.
func TestReprieve(t *testing.T) {
	w := newWorld(t)
	w.rules.KeepLast = 1
	w.publish("hex", "x", "y")
	w.now = w.now.Add(day24)
	w.publish("hex", "y")
	w.mustCollect()
	w.now = w.now.Add(2 * day24)
	w.publish("hex", "x", "y", "z")
	if g := w.mustCollect(); g.Condemned.Objects+g.Waiting.Objects+g.Removed.Objects != 0 {
		t.Errorf("%+v", g.Result)
	}
	w.now = w.now.Add(day24)
	w.publish("hex", "y", "z")
	if g := w.mustCollect(); g.Condemned.Objects != 1 || g.Removed.Objects != 0 {
		t.Errorf("the old sentence holds: %+v", g.Result)
	}
}

// A clock that is put forward or back makes nothing go sooner.
func TestClocksThatJump(t *testing.T) {
	t.Parallel()
	t.Run("back", func(t *testing.T) {
		w := newWorld(t)
		w.put("x")
		w.mustCollect()
		w.now = w.now.Add(-365 * day24)
		if g := w.mustCollect(); g.Condemned.Objects != 1 || g.Removed.Objects != 0 {
			t.Errorf("condemned in the future: %+v", g.Result)
		}
		w.now = w.now.Add(2 * day24)
		if g := w.mustCollect(); g.Removed.Objects != 0 { // its file is from the future
			t.Errorf("%+v", g.Result)
		}
		w.now = start.Add(day24)
		if g := w.mustCollect(); g.Removed.Objects != 1 {
			t.Errorf("%+v", g.Result)
		}
	})
	t.Run("forward, and the machine counts", func(t *testing.T) {
		w := newWorld(t)
		w.clock = Clock{Boot: "b", Uptime: time.Hour}
		w.put("x")
		w.mustCollect()
		w.now = w.now.Add(365 * day24)
		w.clock.Uptime += time.Minute
		if g := w.mustCollect(); g.Waiting.Objects != 1 || g.Removed.Objects != 0 {
			t.Errorf("a minute later: %+v", g.Result)
		}
		w.now = w.now.Add(day24 - 2*time.Minute)
		w.clock.Uptime += day24 - 2*time.Minute
		if g := w.mustCollect(); g.Removed.Objects != 0 {
			t.Errorf("a minute too soon: %+v", g.Result)
		}
		w.now = w.now.Add(time.Minute)
		w.clock.Uptime += time.Minute
		if g := w.mustCollect(); g.Removed.Objects != 1 {
			t.Errorf("a day later: %+v", g.Result)
		}
	})
	t.Run("forward, and a file is put there before", func(t *testing.T) {
		w := newWorld(t)
		w.clock = Clock{Boot: "b", Uptime: time.Hour}
		id := w.put("x")[0]
		w.mustCollect()
		w.now = w.now.Add(2 * day24)
		w.clock.Uptime += 2 * day24
		w.touch(id, w.now) // just before the clock is put forward
		w.now = w.now.Add(365 * day24)
		w.clock.Uptime += time.Minute
		if g := w.mustCollect(); g.Removed.Objects != 0 {
			t.Errorf("%+v", g.Result)
		}
	})
	t.Run("of the file", func(t *testing.T) {
		w := newWorld(t)
		id := w.put("x")[0]
		w.touch(id, w.now.Add(365*day24))
		w.mustCollect()
		w.now = w.now.Add(2 * day24)
		if g := w.mustCollect(); g.Removed.Objects != 0 {
			t.Errorf("%+v", g.Result)
		}
		w.rules.Grace = 0
		if g := w.mustCollect(); g.Removed.Objects != 1 {
			t.Errorf("without grace: %+v", g.Result)
		}
	})
}

// What a sync brings stays for as long as it goes on to try, and is nobody's after.
func TestUnfinishedSyncs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("before")
	w.now = w.now.Add(time.Hour)
	w.must(Begin(w.root, "hex", w.now))
	w.now = w.now.Add(time.Minute)
	w.put("first try")
	for range 10 {
		w.now = w.now.Add(5 * day24)
		w.must(Begin(w.root, "hex", w.now))
		g := w.mustCollect()
		if g.Awaited.Objects != 1 || len(g.Unfinished) != 1 || g.Unfinished[0] != "hex" {
			t.Fatalf("%+v", g.Result)
		}
	}
	if got := w.holds("before", "first try"); len(got) != 1 || got[0] != "first try" {
		t.Errorf("holds %v", got)
	}
	w.must(Finish(w.root, "hex"))
	w.must(Finish(w.root, "hex"))
	if g := w.mustCollect(); g.Condemned.Objects != 1 || len(g.Unfinished) != 0 {
		t.Errorf("finished: %+v", g.Result)
	}
	w.must(Begin(w.root, "hex", w.now))
	w.now = w.now.Add(unfinishedAge + 1)
	w.put("young")
	if g := w.mustCollect(); g.Awaited.Objects != 0 || g.Removed.Objects != 1 || len(g.leftovers) != 1 {
		t.Errorf("nobody goes on: %+v", g)
	}
	if _, err := w.root.Stat("state/unfinished/hex"); err == nil {
		t.Error("the note is still there")
	}
}

// A note that a power failure has emptied tells by its time.
func TestEmptyNote(t *testing.T) {
	w := newWorld(t)
	w.must(layout.WriteFile(w.root, "state/unfinished/hex", nil, 0o644))
	w.must(layout.WriteFile(w.root, "state/unfinished/.julia.new", nil, 0o644))
	info, err := w.root.Stat("state/unfinished/hex")
	w.must(err)
	w.now = info.ModTime().Add(time.Hour)
	id := w.put("x")[0]
	w.touch(id, info.ModTime())
	if g := w.mustCollect(); g.Awaited.Objects != 1 {
		t.Errorf("%+v", g.Result)
	}
	// Begun when the clock was wrong: from now on it counts from now.
	w.must(Begin(w.root, "hex", w.now.Add(-48*time.Hour)))
	w.must(Begin(w.root, "julia", w.now))
	note, err := readUnfinished(w.root, "state/unfinished/hex")
	w.must(err)
	if note.Since.After(w.now.Add(-48*time.Hour)) || note.Last.Before(note.Since) {
		t.Errorf("%+v", note)
	}
}
