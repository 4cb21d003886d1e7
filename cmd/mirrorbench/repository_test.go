package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/ecosystems/hexpm/tarball"
)

// smallSpec is a repository of 6 tarballs, 2 of each package.
func smallSpec(t *testing.T) UpstreamSpec {
	t.Helper()
	return UpstreamSpec{Packages: 3, Releases: 2, Bytes: 6 * 20_000, Folder: t.TempDir()}
}

func generated(t *testing.T, spec UpstreamSpec) *generator {
	t.Helper()
	r, err := generate(spec)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func get(t *testing.T, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	q := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w
}

// TestRepositoryIsWhatAHexClientAccepts walks the whole repository as a mirror
// would, and proves everything on the way.
func TestRepositoryIsWhatAHexClientAccepts(t *testing.T) {
	spec := smallSpec(t)
	r := generated(t, spec)
	pem, err := os.ReadFile(spec.Folder + "/" + keyFile)
	if err != nil {
		t.Fatal(err)
	}
	key, err := registry.ParsePublicKey(pem)
	if err != nil {
		t.Fatal(err)
	}
	trust := registry.Trust{Key: key, Repository: "hexpm"}
	names, err := trust.Names(get(t, r, "/names").Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	versions, err := trust.Versions(get(t, r, "/versions").Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if len(names.Packages) != 3 || len(versions.Packages) != 3 {
		t.Fatalf("%d names and %d versions, want 3 packages", len(names.Packages), len(versions.Packages))
	}
	tarballs, size := 0, 0
	for i, named := range names.Packages {
		pkg, err := trust.Package(get(t, r, "/packages/"+named.Name).Body.Bytes(), named.Name)
		if err != nil {
			t.Fatal(err)
		}
		if !versions.Packages[i].Equal(pkg.IndexEntry(nil)) {
			t.Errorf("%s: /versions says %v", named.Name, versions.Packages[i].Versions)
		}
		for _, release := range pkg.Releases {
			body := get(t, r, "/tarballs/"+pkg.Name+"-"+release.Version+".tar").Body.Bytes()
			if registry.Checksum(sha256.Sum256(body)) != release.OuterChecksum {
				t.Errorf("%s %s: wrong outer checksum", pkg.Name, release.Version)
			}
			if err := tarball.Prove(bytes.NewReader(body), int64(len(body)), release.InnerChecksum); err != nil {
				t.Errorf("%s %s: %v", pkg.Name, release.Version, err)
			}
			tarballs, size = tarballs+1, size+len(body)
		}
	}
	if tarballs != spec.Tarballs() {
		t.Errorf("%d tarballs, want %d", tarballs, spec.Tarballs())
	}
	if want := int(spec.Bytes); size < want*3/4 || size > want*5/4 {
		t.Errorf("%d bytes, want about %d", size, want)
	}
}

func TestRepositoryLists(t *testing.T) {
	spec := smallSpec(t)
	r := generated(t, spec)
	names, err := os.ReadFile(spec.Folder + "/" + namesFile)
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(spec.Folder + "/" + sumsFile)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	lines := strings.Fields(string(names))
	if len(lines) != spec.Tarballs() {
		t.Fatalf("%d names, want %d", len(lines), spec.Tarballs())
	}
	for _, name := range lines {
		sum := sha256.Sum256(get(t, r, "/tarballs/"+name).Body.Bytes())
		want.WriteString(hex.EncodeToString(sum[:]) + "  " + name + "\n")
	}
	if diff := cmp.Diff(want.String(), string(sums)); diff != "" {
		t.Errorf("sums differ (-want +got):\n%s", diff)
	}
}

func TestRepositoryAnswers(t *testing.T) {
	r := generated(t, smallSpec(t))
	first := get(t, r, "/names")
	etag := first.Header().Get("Etag")
	if first.Code != 200 || etag == "" || first.Header().Get("Content-Length") == "" {
		t.Errorf("/names: %d, ETag %q", first.Code, etag)
	}
	if again := get(t, r, "/names", "If-None-Match", etag); again.Code != 304 || again.Body.Len() != 0 {
		t.Errorf("/names with its ETag: %d and %d bytes, want 304", again.Code, again.Body.Len())
	}
	if other := get(t, r, "/names", "If-None-Match", `"other"`); other.Code != 200 {
		t.Errorf("/names with another ETag: %d, want 200", other.Code)
	}
	if absent := get(t, r, "/packages/none"); absent.Code != 404 {
		t.Errorf("an absent package: %d, want 404", absent.Code)
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodHead, "/names", nil))
	if w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("HEAD: %d and %d bytes", w.Code, w.Body.Len())
	}
}

func TestRepositoryPublishes(t *testing.T) {
	r := generated(t, smallSpec(t))
	trust := registry.Trust{Key: r.upstream.PublicKey(), Repository: "hexpm"}
	before, _ := trust.Names(get(t, r, "/names").Body.Bytes())
	tags := []string{get(t, r, "/names").Header().Get("Etag"), get(t, r, "/versions").Header().Get("Etag")}
	if err := r.publish(2); err != nil {
		t.Fatal(err)
	}
	after, err := trust.Names(get(t, r, "/names").Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for i := range after.Packages {
		if after.Packages[i].UpdatedAt.After(before.Packages[i].UpdatedAt) {
			changed++
		}
		if time.Since(after.Packages[i].UpdatedAt) < 48*time.Hour {
			t.Errorf("%s was changed too recently: a mirror would ask for it again and again", after.Packages[i].Name)
		}
	}
	if changed != 2 {
		t.Errorf("%d packages were updated, want 2", changed)
	}
	for i, path := range []string{"/names", "/versions"} {
		if get(t, r, path, "If-None-Match", tags[i]).Code != 200 {
			t.Errorf("%s did not change", path)
		}
	}
	pkg, err := trust.Package(get(t, r, "/packages/bulk_00000").Body.Bytes(), "bulk_00000")
	if err != nil {
		t.Fatal(err)
	}
	if len(pkg.Releases) != 3 {
		t.Fatalf("%d releases, want the new one as well", len(pkg.Releases))
	}
	if got := get(t, r, "/tarballs/bulk_00000-"+pkg.Releases[2].Version+".tar"); got.Code != 200 {
		t.Errorf("the new tarball: %d", got.Code)
	}
	if err := r.publish(0); err != nil {
		t.Fatal(err)
	}
	if again, _ := trust.Names(get(t, r, "/names").Body.Bytes()); !cmp.Equal(again, after) {
		t.Error("publishing nothing changed the names")
	}
}

func TestRepositoryPublishesTheNextPackagesEachTime(t *testing.T) {
	r := generated(t, smallSpec(t))
	for range 2 {
		if err := r.publish(2); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]int{4, 3, 3}, r.releases); diff != "" {
		t.Errorf("releases of each package (-want +got):\n%s", diff)
	}
	if err := r.publish(1000); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{5, 4, 4}, r.releases); diff != "" {
		t.Errorf("after a publication of more packages than there are, want one more of each (-want +got):\n%s", diff)
	}
}
