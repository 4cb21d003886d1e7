package hexpmtest

import (
	"bytes"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/ecosystems/hexpm/tarball"
)

func TestPublish(t *testing.T) {
	u := New()
	u.Publish("plug", "1.10.0", Dep("mime", "~> 2.0"), OptionalDep("cowboy", ">= 0.0.0"))
	u.Publish("plug", "1.9.0", App("plug_app"), BuiltWith(Rebar3))
	u.Publish("plug", "1.10.0-rc.1")
	p := served(t, u, "plug")
	var versions []string
	for _, r := range p.Releases {
		versions = append(versions, r.Version)
		file := get(t, u, "tarballs/plug-"+r.Version+".tar")
		if err := tarball.Prove(bytes.NewReader(file.body), int64(len(file.body)), r.InnerChecksum); err != nil {
			t.Errorf("%s: %v", r.Version, err)
		}
		if r.OuterChecksum.String() != sha256Hex(file.body) {
			t.Errorf("%s: outer checksum is wrong", r.Version)
		}
		if !bytes.Equal(file.body, u.Tarball("plug", r.Version)) {
			t.Errorf("%s: Tarball returns something else", r.Version)
		}
	}
	if want := []string{"1.9.0", "1.10.0-rc.1", "1.10.0"}; !slices.Equal(versions, want) {
		t.Errorf("versions %q, want %q", versions, want)
	}
	if deps := p.Releases[2].Dependencies; len(deps) != 2 || deps[0].Package != "mime" || !deps[1].Optional {
		t.Errorf("dependencies %+v", deps)
	}
	names, all := indexes(t, u)
	if !slices.Equal(all["plug"].Versions, versions) || !names["plug"].UpdatedAt.Equal(p.Releases[1].PublishedAt) {
		t.Errorf("indexes have %+v and %+v", names["plug"], all["plug"])
	}
}

// TestEvents checks the table of what each event rebuilds.
func TestEvents(t *testing.T) {
	for _, c := range []struct {
		name                             string
		do                               func(u *Upstream)
		pkg, index, updated, inVersions  bool // changes at once
		updatedLater, inVersionsAfterAll bool // changes with the next rebuild
	}{
		{"publish", func(u *Upstream) { u.Publish("plug", "1.2.0") }, true, true, true, true, false, false},
		{"replace", func(u *Upstream) { u.Replace("plug", "1.1.0") }, true, true, true, false, false, false},
		{"revert", func(u *Upstream) { u.Revert("plug", "1.1.0") }, true, true, true, true, false, false},
		{"retire", func(u *Upstream) { u.Retire("plug", "1.0.0", registry.RetiredInvalid, "broken") }, true, false, false, false, true, true},
		{"docs", func(u *Upstream) { u.PublishDocs("plug", "1.0.0", "hello") }, false, false, false, false, true, false},
		{"advisory", func(u *Upstream) { u.Advise("plug", registry.Advisory{ID: "CVE-1"}, "1.0.0") }, true, true, false, true, false, false},
		{"removal of a release", func(u *Upstream) { u.RemoveRelease("plug", "1.0.0") }, true, true, false, true, false, false},
		{"rebuild", func(u *Upstream) { u.Rebuild() }, false, false, false, false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := New()
			u.Publish("plug", "1.0.0")
			u.Publish("plug", "1.1.0")
			u.Publish("other", "1.0.0")
			pkgBefore, namesBefore := get(t, u, "packages/plug"), get(t, u, "names")
			n0, v0 := indexes(t, u)
			c.do(u)
			pkgAfter, namesAfter := get(t, u, "packages/plug"), get(t, u, "names")
			n1, v1 := indexes(t, u)
			expect := func(what string, got, want bool) {
				if got != want {
					t.Errorf("%s changed: %v, want %v", what, got, want)
				}
			}
			expect("packages/plug", !bytes.Equal(pkgBefore.body, pkgAfter.body), c.pkg)
			expect("its ETag", pkgBefore.Header.Get("ETag") != pkgAfter.Header.Get("ETag"), c.pkg)
			expect("names", !bytes.Equal(namesBefore.body, namesAfter.body), c.index && c.updated)
			expect("updated_at", !n0["plug"].UpdatedAt.Equal(n1["plug"].UpdatedAt), c.updated)
			expect("entry in versions", !v0["plug"].Equal(v1["plug"]), c.inVersions)
			u.Publish("other", "2.0.0")
			n2, v2 := indexes(t, u)
			expect("updated_at, after somebody's publication", !n1["plug"].UpdatedAt.Equal(n2["plug"].UpdatedAt), c.updatedLater)
			expect("entry in versions, after somebody's publication", !v1["plug"].Equal(v2["plug"]), c.inVersionsAfterAll)
		})
	}
}

func TestReplaceKeepsTheDateOnly(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	before, etag := served(t, u, "plug").Releases[0], get(t, u, "tarballs/plug-1.0.0.tar").Header.Get("ETag")
	u.Replace("plug", "1.0.0", Dep("mime", "~> 1.0"))
	after := served(t, u, "plug").Releases[0]
	if !after.PublishedAt.Equal(before.PublishedAt) || after.OuterChecksum == before.OuterChecksum || after.InnerChecksum == before.InnerChecksum || len(after.Dependencies) != 1 {
		t.Errorf("before %+v, after %+v", before, after)
	}
	file := get(t, u, "tarballs/plug-1.0.0.tar")
	if sha256Hex(file.body) != after.OuterChecksum.String() || file.Header.Get("ETag") == etag {
		t.Error("the tarball is the old one, or has its ETag")
	}
}

func TestRevertOfTheLastReleaseRemovesThePackage(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	u.Publish("other", "1.0.0")
	u.Revert("plug", "1.0.0")
	if names, _ := indexes(t, u); len(names) != 1 {
		t.Errorf("names %v, want other only", names)
	}
	for _, path := range []string{"packages/plug", "tarballs/plug-1.0.0.tar"} {
		if got := get(t, u, path).StatusCode; got != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, got)
		}
	}
	u.Publish("plug", "0.1.0") // the name is free again
	if p := served(t, u, "plug"); len(p.Releases) != 1 {
		t.Errorf("registered again: %+v", p.Releases)
	}
	u.RemovePackage("plug")
	if get(t, u, "packages/plug").StatusCode != http.StatusNotFound {
		t.Error("a removed package is still there")
	}
}

func TestRetirement(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	u.Publish("plug", "1.1.0")
	u.Retire("plug", "1.1.0", registry.RetiredSecurity, "see CVE")
	if r := served(t, u, "plug").Releases[1].Retired; r == nil || *r != (registry.Retirement{Reason: registry.RetiredSecurity, Message: "see CVE"}) {
		t.Errorf("retired: %+v", r)
	}
	u.Rebuild()
	if _, versions := indexes(t, u); !slices.Equal(versions["plug"].Retired, []uint32{1}) {
		t.Errorf("versions has %+v", versions["plug"])
	}
	u.Unretire("plug", "1.1.0")
	if r := served(t, u, "plug").Releases[1].Retired; r != nil {
		t.Errorf("still retired: %+v", r)
	}
}

func TestAdvisories(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	u.Publish("plug", "1.1.0")
	u.Advise("plug", registry.Advisory{ID: "CVE-2"}, "1.0.0", "1.1.0")
	u.Advise("plug", registry.Advisory{ID: "CVE-1", Severity: registry.SeverityHigh, HasSeverity: true}, "1.1.0")
	p := served(t, u, "plug")
	if len(p.Advisories) != 2 || p.Advisories[0].ID != "CVE-1" || p.Advisories[1].Summary == "" {
		t.Fatalf("advisories %+v", p.Advisories)
	}
	if got := p.AdvisoriesOf(p.Releases[0]); len(got) != 1 || got[0].ID != "CVE-2" {
		t.Errorf("of 1.0.0: %+v", got)
	}
	u.Advise("plug", registry.Advisory{ID: "CVE-2", Summary: "changed"}, "1.1.0")
	u.WithdrawAdvisory("plug", "CVE-1")
	p = served(t, u, "plug")
	if len(p.Advisories) != 1 || p.Advisories[0].Summary != "changed" || len(p.AdvisoriesOf(p.Releases[0])) != 0 {
		t.Errorf("changed and withdrawn: %+v", p)
	}
	if _, versions := indexes(t, u); !slices.Equal(versions["plug"].WithAdvisories, []uint32{1}) {
		t.Errorf("versions has %+v", versions["plug"])
	}
}

func TestDocs(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	if got := get(t, u, "docs/plug-1.0.0.tar.gz").StatusCode; got != http.StatusNotFound {
		t.Errorf("without documentation: status %d", got)
	}
	u.PublishDocs("plug", "1.0.0", "hello")
	if a := get(t, u, "docs/plug-1.0.0.tar.gz"); a.StatusCode != http.StatusOK || len(a.body) == 0 {
		t.Errorf("status %d, %d bytes", a.StatusCode, len(a.body))
	}
	u.RevertDocs("plug", "1.0.0")
	if got := get(t, u, "docs/plug-1.0.0.tar.gz").StatusCode; got != http.StatusNotFound {
		t.Errorf("reverted: status %d", got)
	}
}

func TestEverythingDependsOnTheSeedOnly(t *testing.T) {
	build := func(options ...Option) map[string][]byte {
		u := New(options...)
		u.Publish("plug", "1.0.0", Size(10_000))
		u.Publish("mime", "1.0.0")
		u.PublishBulk(Bulk{Packages: 3, Releases: 2, Bytes: 100_000})
		files := map[string][]byte{}
		for path := range u.Paths() {
			files[path] = get(t, u, path).body
		}
		return files
	}
	first, second, other := build(), build(), build(WithSeed(2))
	for path, data := range first {
		if !bytes.Equal(data, second[path]) {
			t.Errorf("%s differs from run to run", path)
		}
	}
	if bytes.Equal(first["tarballs/plug-1.0.0.tar"], other["tarballs/plug-1.0.0.tar"]) {
		t.Error("another seed gives the same tarball")
	}
}

func TestClockAndDates(t *testing.T) {
	at := time.Date(2030, 5, 6, 7, 8, 9, 123456789, time.UTC)
	u := New(WithClock(func() time.Time { return at }))
	old := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	u.Publish("plug", "1.0.0", PublishedAt(old))
	u.Publish("plug", "1.1.0")
	p := served(t, u, "plug")
	if !p.Releases[0].PublishedAt.Equal(old) || !p.Releases[1].PublishedAt.Equal(at.Truncate(time.Microsecond)) {
		t.Errorf("published at %v and %v", p.Releases[0].PublishedAt, p.Releases[1].PublishedAt)
	}
	if got, want := get(t, u, "names").Header.Get("Last-Modified"), "Mon, 06 May 2030 07:08:09 GMT"; got != want {
		t.Errorf("Last-Modified %q, want %q", got, want)
	}
}

func TestMisusePanics(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	u.AddRepository("acme", "")
	for name, misuse := range map[string]func(){
		"a version twice":      func() { u.Publish("plug", "1.0.0") },
		"no such package":      func() { u.Retire("jason", "1.0.0", 0, "") },
		"no such release":      func() { u.Revert("plug", "9.0.0") },
		"tarball of nothing":   func() { u.Tarball("jason", "1.0.0") },
		"description of none":  func() { u.Package("jason") },
		"a repository twice":   func() { u.AddRepository("acme", "") },
		"unknown installer":    func() { u.PublishInstaller(Installer{Tool: "gleam"}) },
		"two Elixirs, one OTP": func() { u.PublishInstaller(Installer{Tool: "hex", OTP: "27", Elixir: []string{"1.0.0", "1.1.0"}}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			misuse()
		})
	}
	u.Publish("plug", "2.0.0") // nothing is left locked
}

func TestOldRegistryWithoutOuterChecksums(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0", WithoutOuterChecksum())
	if r := served(t, u, "plug").Releases[0]; !r.OuterChecksum.IsZero() || r.InnerChecksum.IsZero() {
		t.Errorf("release %+v", r)
	}
}
