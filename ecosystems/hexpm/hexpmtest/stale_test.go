package hexpmtest

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/installs"
)

func readFile(t testing.TB, folder, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestFreeze(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	u.Freeze("packages/plug")
	u.Freeze("packages/jason")
	u.Publish("plug", "1.1.0")
	u.Publish("jason", "1.0.0")
	if p := served(t, u, "plug"); len(p.Releases) != 1 {
		t.Errorf("stale package has %d releases", len(p.Releases))
	}
	if got := get(t, u, "packages/jason").StatusCode; got != http.StatusNotFound {
		t.Errorf("stale absence: status %d", got)
	}
	if _, versions := indexes(t, u); len(versions["plug"].Versions) != 2 {
		t.Error("the indexes are stale too")
	}
	u.Thaw("packages/plug")
	if p := served(t, u, "plug"); len(p.Releases) != 2 {
		t.Errorf("thawed package has %d releases", len(p.Releases))
	}
}

func TestFreezeNamesNewerThanVersions(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	u.Freeze("versions")
	u.Publish("jason", "1.0.0")
	n, err := trust(u.Repository).Names(get(t, u, "names").body)
	if err != nil {
		t.Fatal(err)
	}
	v, err := trust(u.Repository).Versions(get(t, u, "versions").body)
	if err != nil {
		t.Fatal(err)
	}
	if len(n.Packages) != 2 || len(v.Packages) != 1 {
		t.Errorf("%d names, %d versions; want 2 and 1", len(n.Packages), len(v.Packages))
	}
}

func TestFreezeForSomeRequests(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	u.FreezeFor("packages/plug", 2)
	u.Publish("plug", "1.1.0")
	if _, ok := u.File("packages/plug"); !ok { // does not count
		t.Error("no file")
	}
	for i, want := range []int{1, 1, 2, 2} {
		if got := len(served(t, u, "plug").Releases); got != want {
			t.Errorf("request %d: %d releases, want %d", i, got, want)
		}
	}
}

func TestFreezeCacheIsBypassed(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	u.FreezeCache("packages/plug")
	old := get(t, u, "packages/plug").body
	u.Publish("plug", "1.1.0")
	if !bytes.Equal(get(t, u, "packages/plug").body, old) {
		t.Error("an ordinary request got the new file")
	}
	if bytes.Equal(get(t, u, "packages/plug", "Cache-Control", "no-cache").body, old) {
		t.Error("a request for a revalidated copy got the old file")
	}
}

func TestTornPair(t *testing.T) {
	u := New()
	u.PublishInstaller(Installer{Tool: "hex", Version: "2.2.1", Elixir: []string{"1.18.0"}, OTP: "27", Data: []byte("old")})
	u.Freeze("installs/hex.csv.signed")
	u.PublishInstaller(Installer{Tool: "hex", Version: "2.3.0", Elixir: []string{"1.18.0"}, OTP: "27", Data: []byte("new")})
	verify := func() error {
		return installs.Verify(get(t, u, "installs/hex.csv").body, get(t, u, "installs/hex.csv.signed").body, u.ElixirKey())
	}
	if verify() == nil {
		t.Error("a torn pair verifies")
	}
	u.Thaw("installs/hex.csv.signed")
	if err := verify(); err != nil {
		t.Error(err)
	}
}

func TestTamper(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	good := get(t, u, "tarballs/plug-1.0.0.tar")
	u.Tamper("tarballs/plug-1.0.0.tar", func(b []byte) []byte { return append(bytes.Clone(b), '!') })
	bad := get(t, u, "tarballs/plug-1.0.0.tar")
	if len(bad.body) != len(good.body)+1 || bad.Header.Get("ETag") == good.Header.Get("ETag") {
		t.Error("not tampered with, or with the same ETag")
	}
	u.Tamper("tarballs/plug-1.0.0.tar", nil)
	if !bytes.Equal(get(t, u, "tarballs/plug-1.0.0.tar").body, good.body) {
		t.Error("still tampered with")
	}
}
