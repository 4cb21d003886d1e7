package faults

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A sync is killed at a random moment, again and again, while the repository
// changes between the runs and another offmirror serves the mirror. After each
// kill
//
//   - the published tree is exactly the one from before or exactly the new one,
//     and so is what is served;
//   - `offmirror verify` finds nothing to complain about;
//   - what lies whole on the disk, durable or not, is never transferred again,
//     and what lies there in part is resumed where it ends;
//   - what was asked for and does not lie on the disk was under way at the kill:
//     a request that had one of the slots, or bytes that were being proven.
//
// At the end an undisturbed run comes to what upstream has, and one more costs
// two requests.
func TestKillAtRandom(t *testing.T) {
	k := &killer{random: newRandom(t), landed: map[string]bool{}}
	up := newUpstream(t, 100, 2*time.Millisecond)
	k.site = newSite(t, up)
	k.base = k.serve()
	for range rounds(t, 8) {
		k.round()
		if t.Failed() {
			t.FailNow()
		}
		if k.random.IntN(4) > 0 {
			up.change(k.random)
		}
	}
	k.converge()
	t.Logf("%d of %d runs killed, %d new states published; %d transfers, of which %d were lost, being under way at a kill, and %d resumed",
		k.killed, k.ran, k.news, k.transfers, k.lost, k.resumed)
}

// mayBeLost is more than what is under way at a time, and less than what waits
// for its group when that is not kept.
const mayBeLost = 6 * atOnce

type killer struct {
	*site
	random *rand.Rand
	base   string

	published state           // the tree; nil before the first publication
	seen      state           // what was served; it may follow a killed run's tree only later
	landed    map[string]bool // the SHA-256 of what lies whole on the disk
	partials  map[string]int64

	ran, killed, news, transfers, lost, resumed int
}

// round runs one sync, kills it somewhere, and looks at what is left.
func (k *killer) round() {
	k.t.Helper()
	next := k.up.state()
	cmd := k.command("sync", "hex")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	moment, delay := k.moment(next)
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-moment:
		timer := time.NewTimer(delay)
		select {
		case <-timer.C:
		case <-ended:
		}
		_ = cmd.Process.Kill()
	}
	<-ended
	k.ran++
	when := fmt.Sprintf("round %d, with %d objects, %v", k.ran, len(k.landed), cmd.ProcessState)
	code := cmd.ProcessState.ExitCode()
	if code > 0 {
		k.t.Fatalf("%s: a run that was not killed failed: %s", when, stderr.String())
	}
	lost := k.account(when, next)
	switch {
	case code < 0:
		k.killed++
		if lost > mayBeLost {
			k.t.Errorf("%s: %d transfers were lost; all of them cannot have been under way", when, lost)
		}
	case lost > 0:
		k.t.Errorf("%s: the run ended well, but of %d transfers nothing is left", when, lost)
	}
	k.inspect(when, next)
}

// moment chooses when to kill: half of the runs while they ask, half of them
// when nearly all has been asked for and what follows is the publication. Some
// get through to their end.
func (k *killer) moment(next state) (<-chan struct{}, time.Duration) {
	expected := k.missing(next)
	if k.random.IntN(2) == 0 {
		return k.up.after(k.random.IntN(expected + 1)), k.until(40 * time.Millisecond)
	}
	return k.up.after(max(1, expected*9/10)), k.until(400 * time.Millisecond)
}

func (k *killer) until(longest time.Duration) time.Duration {
	return time.Duration(k.random.Int64N(int64(longest)))
}

// missing counts the files that a run has to ask for.
func (k *killer) missing(next state) int {
	n := 0
	for path, sum := range next {
		if k.published[path] != sum && !k.landed[sum] {
			n++
		}
	}
	return n
}

// account looks at the transfers of the last run. It returns how many came to nothing.
func (k *killer) account(when string, next state) (lost int) {
	k.t.Helper()
	k.up.quiet()
	wanted := map[string]bool{}
	for _, r := range k.up.Requests() {
		sum := next[r.Path]
		if r.Status != 200 && r.Status != 206 || sum == "" {
			continue
		}
		k.transfers++
		wanted[sum] = true
		size, begun := k.partials[sum]
		begun = begun && strings.HasPrefix(r.Path, "tarballs/"+bigPackage) // others are too small to be resumed
		switch {
		case k.landed[sum]:
			k.t.Errorf("%s: %s was transferred again, although it had arrived: %+v", when, r.Path, r)
		case begun && r.Range != fmt.Sprintf("bytes=%d-", size):
			k.t.Errorf("%s: %d bytes of %s had arrived; it was asked for with Range: %q", when, size, r.Path, r.Range)
		case begun:
			k.resumed++
		}
	}
	k.up.ResetLog()
	k.landed, k.partials = k.site.landed()
	for sum := range wanted {
		if !k.landed[sum] && k.partials[sum] < resumable {
			lost++
		}
	}
	k.lost += lost
	return lost
}

// inspect checks what readers see.
func (k *killer) inspect(when string, next state) {
	k.t.Helper()
	tree := k.tree()
	switch {
	case tree.equal(k.published):
	case tree.equal(next):
		k.news++
	default:
		k.t.Fatalf("%s: the tree is neither the old one nor the new one; it differs from the new one in %s", when, tree.difference(next))
	}
	seen := served(k.t, k.base, k.seen, k.published, next)
	if !seen.equal(next) && !seen.equal(k.published) && !seen.equal(k.seen) {
		k.t.Fatalf("%s: what is served is neither the old state nor the new one; it differs from the new one in %s", when, seen.difference(next))
	}
	if tree != nil {
		if o := k.run("verify", "hex"); o.code != 0 {
			k.t.Fatalf("%s: verify ended with %d\n%s%s", when, o.code, o.stdout, o.stderr)
		}
	}
	k.published, k.seen = tree, seen
}

// converge runs undisturbed to the end.
func (k *killer) converge() {
	k.t.Helper()
	const when = "undisturbed"
	next := k.up.state()
	k.must(0, "sync", "hex")
	k.account(when, next)
	k.inspect(when, next)
	if !k.published.equal(next) || !k.seen.equal(next) {
		k.t.Errorf("after an undisturbed run the tree differs from upstream in %s, what is served in %s", k.published.difference(next), k.seen.difference(next))
	}
	k.must(0, "sync", "hex")
	k.up.quiet()
	if n := len(k.up.Requests()); n != 2 {
		k.t.Errorf("%d requests when nothing changed, want 2: %+v", n, k.up.Requests())
	}
	if left, _ := filepath.Glob(filepath.Join(k.root, "store/tmp/new-*")); len(left) > 0 {
		k.t.Errorf("left in store/tmp: %v", left)
	}
}
