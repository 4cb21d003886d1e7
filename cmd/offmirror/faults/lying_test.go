package faults

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

// lie is a way in which an upstream does not deliver what it should.
type lie struct {
	what string
	step func(path string) upstreamtest.Step
	says string // for a tarball; indexes fail alike, if not with the same words
}

func always(step upstreamtest.Step) func(string) upstreamtest.Step {
	return func(string) upstreamtest.Step { return step }
}

var lies = []lie{
	{"truncated", always(upstreamtest.Truncate(100)), "broke off after "},
	{"empty and truncated", always(upstreamtest.Truncate(0)), "broke off"},
	{"longer announced", always(upstreamtest.AnnounceLength(1 << 20)), "broke off"},
	{"shorter announced", always(upstreamtest.AnnounceLength(200)), "wrong bytes"},
	{"a page with 200", always(upstreamtest.HTML()), "HTML page"},
	{"an answer to no question", always(upstreamtest.WrongRange("bytes 0-99/100", 0)), "206"},
	{"endless", always(upstreamtest.Endless()), "longer than the"},
	{"redirected in circles", func(path string) upstreamtest.Step { return upstreamtest.Redirect(http.StatusFound, path) }, "redirects"},
	{"redirected to nowhere", always(upstreamtest.Redirect(http.StatusFound, "ftp://nowhere/")), "scheme"},
	{"reset", always(upstreamtest.Reset()), "reset by peer"},
	{"reset in the middle", always(upstreamtest.ResetAfter(100)), "broke off"},
	{"absurdly limited", always(upstreamtest.RetryAfter(http.StatusTooManyRequests, "999999999")), "429"},
	{"nonsensically limited", always(upstreamtest.RetryAfter(http.StatusServiceUnavailable, "soon")), "503"},
	{"corrupted", always(upstreamtest.Corrupt()), "wrong bytes"},
	{"other bytes", always(upstreamtest.Body([]byte("something else"))), "wrong bytes"},
	{"huge headers", always(upstreamtest.HugeHeader(4 << 20)), "header"},
	{"not authorized", always(upstreamtest.Status(http.StatusUnauthorized)), "401"},
	{"broken", always(upstreamtest.Status(http.StatusInternalServerError)), "500"},
	{"broken at the CDN", always(upstreamtest.Status(522)), "522"},
	{"teapot", always(upstreamtest.Status(http.StatusTeapot)), "418"},
}

// liarSituation is a mirror of a repository in which a package has a new release.
func liarSituation(t *testing.T) *situation {
	t.Helper()
	n := &situation{run: syncHex, up: smallUpstream(t)}
	s := newSite(t, n.up)
	s.must(0, "sync", "hex")
	n.base, n.before = s.root, s.tree()
	n.up.publish("package_001")
	n.after = n.up.state()
	return n
}

// Whatever an upstream does instead of delivering a new release or its indexes,
// the run ends with 1 and one line that names the package and the URL, and what was
// published stays. A second source heals it; so does the upstream's change of heart.
func TestLyingUpstream(t *testing.T) {
	n := liarSituation(t)
	places := []struct{ path, name string }{
		{"/tarballs/package_001-1.4.0.tar", "package_001 1.4.0"},
		{"/packages/package_001", "package_001"},
		{"/names", ""},
		{"/versions", ""},
	}
	for i, l := range lies {
		for j, at := range places {
			if !thorough() && i%len(places) != j {
				continue
			}
			t.Run(l.what+at.path, func(t *testing.T) {
				t.Parallel()
				liar := upstreamtest.New(t, n.up.Upstream)
				liar.Always(at.path, l.step(at.path))
				s := n.siteOf(t, liar.URL, quick)
				o := s.must(1, "sync", "hex")
				o.says(t, at.name, liar.URL+at.path)
				if j == 0 {
					o.says(t, l.says)
				}
				if tree := s.tree(); !tree.equal(n.before) {
					t.Errorf("what was published has changed: %s", tree.difference(n.before))
				}

				healed := n.siteOf(t, liar.URL, quick, "mirrors = ['"+n.up.url+"']")
				healed.must(0, "sync", "hex")
				if tree := healed.tree(); !tree.equal(n.after) {
					t.Errorf("with a good mirror the tree differs from upstream in %s", tree.difference(n.after))
				}

				if thorough() {
					liar.Always(at.path, nil)
					n.whole(s, "after the lie")
				}
			})
		}
	}
}

// An upstream that answers nothing, or a byte now and then, is given up.
func TestStallingUpstream(t *testing.T) {
	n := liarSituation(t)
	const path, impatient = "/tarballs/package_001-1.4.0.tar", "retries = 0\nanswer_timeout = '2s'\nstall_timeout = '2s'"
	for what, c := range map[string]struct {
		step upstreamtest.Step
		says string
	}{
		"silent": {upstreamtest.Hang(), "timeout"},
		"drips":  {upstreamtest.Drip(time.Second / 4), "slower than"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			liar := upstreamtest.New(t, n.up.Upstream)
			liar.Always(path, c.step)
			s := n.siteOf(t, liar.URL, impatient)
			s.must(1, "sync", "hex").says(t, "package_001 1.4.0", liar.URL+path, c.says)
			if tree := s.tree(); !tree.equal(n.before) {
				t.Errorf("what was published has changed: %s", tree.difference(n.before))
			}
			liar.Always(path, nil)
			n.whole(s, "after the wait")
		})
	}
}

// A transfer that breaks off in the middle and whose rest does not fit is begun anew.
func TestResumedTransferThatDoesNotFit(t *testing.T) {
	n := &situation{run: syncHex, up: newUpstream(t, 1, 0)}
	n.after = n.up.state()
	const path = "/tarballs/" + bigPackage + "-1.1.0.tar"
	for what, second := range map[string]upstreamtest.Step{
		"wrong range":        upstreamtest.WrongRange("bytes 5-10/11", 5),
		"nonsensical range":  upstreamtest.WrongRange("bytes what-ever/*", 5),
		"changed entity tag": upstreamtest.WithETag(`"another"`),
		"ignored range":      upstreamtest.IgnoreRange(),
		"not satisfiable":    upstreamtest.Status(http.StatusRequestedRangeNotSatisfiable),
		"corrupted rest":     upstreamtest.Corrupt(),
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			liar := upstreamtest.New(t, n.up.Upstream)
			liar.Script(path, upstreamtest.Truncate(1<<20), second)
			s := newSiteOf(t, n.up, liar.URL, "backoff = '1ms'\nbackoff_max = '2ms'")
			s.must(0, "sync", "hex")
			if tree := s.tree(); !tree.equal(n.after) {
				t.Errorf("the tree differs from upstream in %s", tree.difference(n.after))
			}
		})
	}
}

// What does not exist although an index lists it is published as missing, with 3;
// unless so much is missing that something on the way is the likelier reason.
func TestAbsentUpstream(t *testing.T) {
	n := liarSituation(t)
	for _, status := range []int{http.StatusNotFound, http.StatusForbidden, http.StatusGone} {
		liar := upstreamtest.New(t, n.up.Upstream)
		liar.Always("/tarballs/package_001-1.4.0.tar", upstreamtest.Status(status))
		s := n.siteOf(t, liar.URL, quick)
		o := s.must(3, "sync", "hex")
		if !strings.Contains(o.stdout, "missing tarballs/package_001-1.4.0.tar: package_001 1.4.0: ") {
			t.Errorf("HTTP %d: the missing file is not listed:\n%s", status, o.stdout)
		}
		s.must(0, "verify", "hex")
		liar.Always("/tarballs/package_001-1.4.0.tar", nil)
		s.must(0, "sync", "hex")
		if tree := s.tree(); !tree.equal(n.after) {
			t.Errorf("when it is there at last, the tree differs from upstream in %s", tree.difference(n.after))
		}

		blocked := upstreamtest.New(t, n.up.Upstream)
		blocked.Always("*", upstreamtest.Status(status))
		s = newSiteOf(t, n.up, blocked.URL, quick)
		s.must(1, "sync", "hex").says(t, blocked.URL)
		if tree := s.tree(); tree != nil {
			t.Error("something was published")
		}
	}
}

// Indexes that go back in time, lose packages, or are somebody else's.
func TestLyingIndexes(t *testing.T) {
	old := smallUpstream(t)
	oldNames, _ := old.File("names")
	oldVersions, _ := old.File("versions")
	other := hexpmtest.New(hexpmtest.WithName("acme"))
	other.Publish("package_000", "1.1.0")
	key, err := registry.GenerateSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	forger := hexpmtest.New(hexpmtest.WithKey(key))
	forger.Publish("package_000", "1.1.0")
	replace := func(from *hexpmtest.Upstream, paths ...string) func(*upstream) {
		return func(up *upstream) {
			for _, path := range paths {
				data, _ := from.File(path)
				up.Tamper(path, func([]byte) []byte { return data })
			}
		}
	}
	for what, c := range map[string]struct {
		lie    func(up *upstream)
		says   []string
		accept string // the flag that accepts it
	}{
		"rolled back": {func(up *upstream) {
			up.Tamper("names", func([]byte) []byte { return oldNames })
			up.Tamper("versions", func([]byte) []byte { return oldVersions })
		}, []string{"went back in time", "package_001"}, "--allow-rollback"},
		"shrunk": {func(up *upstream) {
			up.RemovePackage("package_002")
			up.RemovePackage("package_003")
			up.publish("package_001")
		}, []string{"lost 2 of its 5 packages"}, "--allow-shrink"},
		"other repository":  {replace(other, "names", "versions"), []string{"acme"}, ""},
		"other signature":   {replace(forger, "names", "versions"), []string{"signature"}, ""},
		"package of others": {replace(other, "packages/package_000"), []string{"package_000", "acme"}, ""},
		"forged package":    {replace(forger, "packages/package_000"), []string{"package_000", "signature"}, ""},
		"swapped packages": {func(up *upstream) {
			data, _ := up.File("packages/package_001")
			up.Tamper("packages/package_000", func([]byte) []byte { return data })
		}, []string{"package_000", "package_001"}, ""},
		"bomb": {func(up *upstream) {
			up.Tamper("versions", func([]byte) []byte { return bomb() })
		}, []string{"/versions"}, ""},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			up := smallUpstream(t)
			up.publish("package_001")
			s := newSite(t, up)
			s.must(0, "sync", "hex")
			before := s.tree()
			up.publish("package_000")
			c.lie(up)
			o := s.must(1, "sync", "hex")
			o.says(t, append(slices.Clone(c.says), up.url, c.accept)...)
			if !s.tree().equal(before) {
				t.Error("what was published has changed")
			}
			s.must(0, "verify", "hex")
			if c.accept != "" {
				s.must(0, "sync", "hex", c.accept)
				s.must(0, "verify", "hex")
			}
		})
	}
}

// bomb is a small gzip file that unpacks to more than any index.
var bomb = sync.OnceValue(func() []byte {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		panic(err)
	}
	zeros := make([]byte, 1<<20)
	for range 300 {
		_, _ = w.Write(zeros)
	}
	_ = w.Close()
	return packed.Bytes()
})
