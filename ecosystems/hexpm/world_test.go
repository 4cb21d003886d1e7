package hexpm_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
	"github.com/offmirror/offmirror/ecosystems/hexpm"
	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/layout"
)

// world is an upstream, a mirror of it, and the options of the mirror. The clock
// of both stands where the mirror's root says.
type world struct {
	*hexpmtest.Upstream
	t       *testing.T
	active  sync.WaitGroup // answers under way
	url     string
	key     *registry.SigningKey // of the upstream
	root    *ecosystemtest.Root
	options *hexpm.Options
}

var upstreamKey = sync.OnceValue(func() *registry.SigningKey {
	key, err := registry.GenerateSigningKey()
	if err != nil {
		panic(err)
	}
	return key
})

// newWorld is newSerialWorld for tests that may run beside others: they mostly
// wait for the disk.
func newWorld(t *testing.T, opts ...hexpmtest.Option) *world {
	t.Helper()
	if _, twice := parallel.LoadOrStore(t, true); !twice {
		t.Parallel()
	}
	return newSerialWorld(t, opts...)
}

var parallel sync.Map // tests that run in parallel already

// newSerialWorld starts an upstream, without installers unless a test sets them,
// for tests that change the environment.
func newSerialWorld(t *testing.T, opts ...hexpmtest.Option) *world {
	t.Helper()
	w := &world{t: t, root: ecosystemtest.NewRoot(t, hexpm.Ecosystem()), key: upstreamKey()}
	w.Upstream = hexpmtest.New(append([]hexpmtest.Option{hexpmtest.WithClock(w.tick), hexpmtest.WithKey(w.key)}, opts...)...)
	server := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(server.Close)
	w.url = server.URL
	w.options = hexpm.Ecosystem().Options().(*hexpm.Options)
	w.options.Upstream = server.URL
	w.options.PublicKey = w.file("public_key.pem", w.PublicKey().PEM())
	w.options.ElixirKey = w.file("elixir_key.pem", w.ElixirKey().PEM())
	w.options.Installs = "none"
	return w
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	w.active.Add(1)
	defer w.active.Done()
	w.Upstream.ServeHTTP(rw, r)
}

// Requests waits for answers that a client has read to their end, but that the
// server has not quite done with: only then they are in the log.
func (w *world) Requests() []hexpmtest.Request {
	w.active.Wait()
	return w.Upstream.Requests()
}

// Count is like Requests.
func (w *world) Count(prefix string) int {
	w.active.Wait()
	return w.Upstream.Count(prefix)
}

// ResetLog is like Requests.
func (w *world) ResetLog() {
	w.active.Wait()
	w.Upstream.ResetLog()
}

// tick is the clock of the upstream: events have different times.
func (w *world) tick() time.Time {
	w.root.Pass(time.Second)
	return w.root.Now()
}

func (w *world) file(name string, data []byte) string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *world) driver() ecosystems.Driver {
	w.t.Helper()
	d, err := hexpm.New(w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// sync runs the driver and forgets what the upstream was asked before.
func (w *world) sync(selection ...ecosystems.Selection) ecosystemtest.Outcome {
	w.t.Helper()
	var s ecosystems.Selection
	if len(selection) > 0 {
		s = selection[0]
	}
	w.ResetLog()
	return w.root.Sync(w.driver(), s)
}

// mustSync is sync for runs that have to succeed with nothing missing.
func (w *world) mustSync(selection ...ecosystems.Selection) ecosystemtest.Outcome {
	w.t.Helper()
	run := w.sync(selection...)
	if run.Err != nil {
		w.t.Fatalf("sync: %v", run.Err)
	}
	if len(run.Missing) > 0 {
		w.t.Fatalf("sync: missing %+v", run.Missing)
	}
	w.consistent()
	return run
}

// mustFail syncs and wants an error that says all of words.
func (w *world) mustFail(selection ecosystems.Selection, words ...string) error {
	w.t.Helper()
	before := w.root.Files()
	run := w.sync(selection)
	if run.Err == nil {
		w.t.Fatal("sync: no error")
	}
	for _, word := range words {
		if !strings.Contains(run.Err.Error(), word) {
			w.t.Errorf("error %q does not say %q", run.Err, word)
		}
	}
	if strings.Contains(run.Err.Error(), "\n") {
		w.t.Errorf("error %q has several lines", run.Err)
	}
	if len(before) != len(w.root.Files()) {
		w.t.Error("a failed run changed the tree")
	}
	return run.Err
}

// asked returns the paths of the requests of the last sync, sorted.
func (w *world) asked() []string {
	var paths []string
	for _, r := range w.Requests() {
		paths = append(paths, r.Path)
	}
	slices.Sort(paths)
	return paths
}

// tarballs returns the tarballs of the tree: "plug-1.0.0", sorted.
func (w *world) tarballs() []string {
	var names []string
	for path := range w.root.Files() {
		if name, ok := strings.CutPrefix(path, "tarballs/"); ok {
			names = append(names, strings.TrimSuffix(name, ".tar"))
		}
	}
	slices.Sort(names)
	return names
}

// packages returns the names of packages/NAME in the tree, sorted.
func (w *world) packages() []string {
	var names []string
	for path := range w.root.Files() {
		if name, ok := strings.CutPrefix(path, "packages/"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (w *world) wantTarballs(want ...string) {
	w.t.Helper()
	slices.Sort(want)
	if got := w.tarballs(); !slices.Equal(got, want) {
		w.t.Errorf("tarballs\n%v, want\n%v", got, want)
	}
}

func (w *world) wantPackages(want ...string) {
	w.t.Helper()
	slices.Sort(want)
	if got := w.packages(); !slices.Equal(got, want) {
		w.t.Errorf("packages\n%v, want\n%v", got, want)
	}
}

func (w *world) wantNotice(run ecosystemtest.Outcome, kind, text string) {
	w.t.Helper()
	for _, n := range run.Notices {
		if n.Kind == kind && strings.Contains(n.Text, text) {
			return
		}
	}
	w.t.Errorf("no notice %q with %q among %+v", kind, text, run.Notices)
}

// read returns a published file.
func (w *world) read(path string) []byte {
	w.t.Helper()
	var data []byte
	w.root.Current(func(v layout.View) {
		e, ok := v.Lookup(path)
		if !ok {
			w.t.Fatalf("%s is not published", path)
		}
		f, err := v.Open(e)
		if err != nil {
			w.t.Fatal(err)
		}
		defer f.Close()
		var b bytes.Buffer
		if _, err := b.ReadFrom(f); err != nil {
			w.t.Fatal(err)
		}
		data = b.Bytes()
	})
	return data
}

func (w *world) trust() registry.Trust {
	w.t.Helper()
	key, err := registry.ParsePublicKey(w.read("public_key"))
	if err != nil {
		w.t.Fatal(err)
	}
	return registry.Trust{Key: key, Repository: "hexpm"}
}

// published returns packages/NAME as clients see it.
func (w *world) published(name string) *registry.Package {
	w.t.Helper()
	p, err := w.trust().Package(w.read("packages/"+name), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// versions returns the versions that clients see of a package.
func (w *world) versions(name string) []string {
	var list []string
	for _, r := range w.published(name).Releases {
		list = append(list, r.Version)
	}
	return list
}

// consistent checks what a client relies on: every published file passes the
// driver's proof.
func (w *world) consistent() {
	w.t.Helper()
	for _, d := range w.root.Verify(w.driver()) {
		w.t.Errorf("verify: %s: %s", d.Path, d.Error)
	}
}

// mixLock writes a mix.lock that pins the upstream's releases "name version".
func (w *world) mixLock(releases ...string) string {
	w.t.Helper()
	return w.file("mix.lock", w.lockLines(releases...))
}

func (w *world) lockLines(releases ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%{\n")
	for _, text := range releases {
		name, version, _ := strings.Cut(text, " ")
		inner, outer := strings.Repeat("0", 64), strings.Repeat("0", 64)
		if p := w.Package(name); p != nil {
			if r, ok := p.Release(version); ok {
				inner, outer = r.InnerChecksum.String(), r.OuterChecksum.String()
			}
		}
		fmt.Fprintf(&b, "  %q: {:hex, :%s, %q, %q, [:mix], [], \"hexpm\", %q},\n", name, name, version, inner, outer)
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// seal signs a payload like the upstream does.
func (w *world) seal(payload []byte) []byte {
	w.t.Helper()
	file, err := w.key.Seal(payload)
	if err != nil {
		w.t.Fatal(err)
	}
	return file
}

var siteKey = sync.OnceValue(func() *registry.SigningKey {
	key, err := registry.GenerateSigningKey()
	if err != nil {
		panic(err)
	}
	return key
})

// siteKey returns the file of a key for filtered indexes. Making one per test
// would cost more than all the rest.
func (w *world) siteKey() string {
	w.t.Helper()
	text, err := siteKey().PEM()
	if err != nil {
		w.t.Fatal(err)
	}
	return w.file("site_key.pem", text)
}
