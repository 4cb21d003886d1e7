package ecosystemtest

import (
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
)

// Suite describes a driver to its examiners.
type Suite struct {
	Ecosystem ecosystems.Ecosystem

	// Upstream starts a small upstream for one test, with at least two packages
	// or whatever the ecosystem has. It is called several times and must start the same one
	// each time, ports and keys aside.
	Upstream func(t *testing.T) Upstream

	// ForClient lists paths whose files name the mirror itself: they are answered for
	// the URL by which the client came, and not as they are in the tree.
	ForClient []string
}

// Upstream is an upstream that was started for one test.
type Upstream struct {
	// Options are options, of the type that the ecosystem's Options returns, for
	// a driver that mirrors this upstream.
	Options any

	// Requests returns the paths of the GET requests so far, without a host.
	Requests func() []string

	// Index reports whether the path of a request is that of an index, as
	// opposed to content.
	Index func(path string) bool

	// Publish makes something new appear upstream.
	Publish func(t *testing.T)

	// Attack makes an index name something that must never become a path, such
	// as "../../etc/passwd". Nil if no name of the upstream becomes one.
	Attack func(t *testing.T)
}

// Run examines a driver.
func Run(t *testing.T, s Suite) {
	for _, promise := range []struct {
		name  string
		check func(*testing.T, Suite)
	}{
		{"declaration", checkDeclaration},
		{"items", checkItems},
		{"unchanged", checkUnchanged},
		{"plan", checkPlan},
		{"order", checkOrder},
		{"change", checkChange},
		{"hostile", checkHostile},
		{"cancellation", checkCancellation},
		{"proof", checkProof},
		{"repair", checkRepair},
		{"serving", checkServing},
		{"clients", checkClients},
		{"writes", checkWrites},
	} {
		t.Run(promise.name, func(t *testing.T) { promise.check(t, s) })
	}
}

// driver makes the driver for an upstream.
func (s Suite) driver(t *testing.T, u Upstream) ecosystems.Driver {
	t.Helper()
	d, err := s.Ecosystem.New(u.Options)
	if err != nil {
		t.Fatalf("New with the options of the test's upstream: %v", err)
	}
	return d
}

// root makes a mirror root for the suite's ecosystem.
func (s Suite) root(t *testing.T) *Root { return NewRoot(t, s.Ecosystem) }

// synced starts an upstream and mirrors it.
func (s Suite) synced(t *testing.T) (Upstream, *Root, ecosystems.Driver) {
	t.Helper()
	u := s.Upstream(t)
	root, driver := s.root(t), s.driver(t, u)
	if run := root.Sync(driver, ecosystems.Selection{}); run.Err != nil || !run.Published {
		t.Fatalf("first sync: published %v, error %v", run.Published, run.Err)
	}
	return u, root, driver
}
