package hexpmtest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/installs"
)

func TestInstallers(t *testing.T) {
	u := New()
	for _, i := range []Installer{
		{Tool: "hex", Version: "2.2.1", Elixir: []string{"1.17.0"}, OTP: "25", Data: []byte("a")},
		{Tool: "hex", Version: "2.2.1", Elixir: []string{"1.18.0"}, OTP: "27", Data: []byte("b")},
		{Tool: "rebar3", Version: "3.24.0", Elixir: []string{"1.18.0"}, OTP: "27", Data: []byte("c")},
		{Tool: "hex", Version: "2.0.0", Elixir: []string{"1.12.0", "1.13.0"}, Data: []byte("d")},
		{Tool: "hex", Version: "2.0.0", Elixir: []string{"1.12.0"}, Data: []byte("e")},
		{Tool: "rebar3", Version: "3.19.0", Elixir: []string{"1.0.0"}, Data: []byte("f")},
		{Tool: "rebar", Version: "2.6.2", Elixir: []string{"1.0.0"}, Data: []byte("g")},
	} {
		u.PublishInstaller(i)
	}
	for _, l := range installs.Lists() {
		csv := get(t, u, l.Path()).body
		if err := installs.Verify(csv, get(t, u, l.SignaturePath()).body, u.ElixirKey()); err != nil {
			t.Errorf("%s: %v", l.File, err)
		}
		rows, err := l.Parse(csv)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range l.All(rows) {
			if got := get(t, u, a.Path); got.StatusCode != http.StatusOK || len(got.body) != 1 {
				t.Errorf("%s: status %d", a.Path, got.StatusCode)
			}
		}
	}
	if got := get(t, u, "installs/1.12.0/hex-2.0.0.ez").body; string(got) != "e" {
		t.Errorf("published again, it is %q", got)
	}
	if got := get(t, u, "installs/1.13.0/hex-2.0.0.ez").body; string(got) != "d" {
		t.Errorf("for another Elixir it is %q", got)
	}
}

func TestBuilds(t *testing.T) {
	u := New()
	u.PublishElixir("v1.18.3", []byte("old"))
	u.PublishElixir("main", []byte("first"))
	u.PublishElixir("main", []byte("second"))
	u.PublishOTP("OTP-27.0", "ubuntu-24.04", "amd64", []byte("otp"))
	u.PublishOTP("OTP-17.0", "ubuntu-14.04", "", []byte("otp"))
	for selector, want := range map[string]string{
		"elixir:1.18": "old", "elixir:main": "second", "otp:27/ubuntu-24.04/amd64": "otp", "otp:17/ubuntu-14.04": "otp",
	} {
		s, err := installs.ParseSelector(selector)
		if err != nil {
			t.Fatal(err)
		}
		builds, err := installs.ParseBuilds(get(t, u, s.ListPath()).body)
		if err != nil {
			t.Fatal(err)
		}
		chosen := s.Select(builds)
		if len(chosen) != 1 || len(chosen[0].SHA256) != 1 {
			t.Errorf("%s: %+v", selector, chosen)
			continue
		}
		data := get(t, u, s.Path(chosen[0])).body
		if sum := sha256.Sum256(data); string(data) != want || chosen[0].SHA256[0].Hex != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: %q, want %q with its checksum", selector, data, want)
		}
	}
}

func TestPutAndRemove(t *testing.T) {
	u := New()
	u.Put("installs/public_keys.html", []byte("keys"))
	if got := get(t, u, "installs/public_keys.html").body; string(got) != "keys" {
		t.Errorf("served %q", got)
	}
	u.Remove("installs/public_keys.html")
	if got := get(t, u, "installs/public_keys.html").StatusCode; got != http.StatusNotFound {
		t.Errorf("status %d after removal", got)
	}
}
