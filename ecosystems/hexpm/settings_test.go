package hexpm_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm"
)

func options(set func(*hexpm.Options)) *hexpm.Options {
	o := hexpm.Ecosystem().Options().(*hexpm.Options)
	set(o)
	return o
}

func TestBadOptionsNameTheirKey(t *testing.T) {
	dir := t.TempDir()
	noKey := filepath.Join(dir, "no-key.pem")
	if err := os.WriteFile(noKey, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	for key, set := range map[string]func(*hexpm.Options){
		"hex.upstream":        func(o *hexpm.Options) { o.Upstream = "repo.hex.pm" },
		"hex.mirrors":         func(o *hexpm.Options) { o.Mirrors = []string{"ftp://example"} },
		"hex.name":            func(o *hexpm.Options) { o.Name = "../x" },
		"hex.public_key":      func(o *hexpm.Options) { o.PublicKey = noKey },
		"hex.signing_key":     func(o *hexpm.Options) { o.Index, o.SigningKey = "filtered", noKey },
		"hex.elixir_key":      func(o *hexpm.Options) { o.ElixirKey = filepath.Join(dir, "absent.pem") },
		"hex.packages":        func(o *hexpm.Options) { o.Packages = []string{"plug 1.15"} },
		"hex.deny":            func(o *hexpm.Options) { o.Deny = []string{"Not A Name"} },
		"hex.locks":           func(o *hexpm.Options) { o.Locks = []string{""} },
		"hex.versions":        func(o *hexpm.Options) { o.Versions = "newest" },
		"hex.index":           func(o *hexpm.Options) { o.Index = "pruned" },
		"hex.installs":        func(o *hexpm.Options) { o.Installs = "some" },
		"hex.builds":          func(o *hexpm.Options) { o.Builds = []string{"otp:27"} },
		"hex.builds_upstream": func(o *hexpm.Options) { o.BuildsUpstream = "::" },
		"hex.deep_every":      func(o *hexpm.Options) { o.DeepEvery = 0 },
		"hex.policies":        func(o *hexpm.Options) { o.Policies = []string{"a/b"} },
		"hex.repositories":    func(o *hexpm.Options) { o.Repositories = []hexpm.Repository{{Name: ".."}} },
		"hex.repositories[acme].upstream": func(o *hexpm.Options) {
			o.Repositories = []hexpm.Repository{{Name: "acme", Upstream: "acme"}}
		},
		"hex.repositories[acme].packages": func(o *hexpm.Options) {
			o.Repositories = []hexpm.Repository{{Name: "acme", Packages: []string{"~> 1.0"}}}
		},
	} {
		_, err := hexpm.New(options(set))
		switch {
		case err == nil:
			t.Errorf("%s: no error", key)
		case !strings.HasPrefix(err.Error(), key+":") || strings.Contains(err.Error(), "\n"):
			t.Errorf("%s: error %q", key, err)
		}
	}
}

func TestSigningKeyNeedsAFilteredIndex(t *testing.T) {
	_, err := hexpm.New(options(func(o *hexpm.Options) { o.SigningKey = "key.pem" }))
	if err == nil || !strings.Contains(err.Error(), "filtered") {
		t.Errorf("error %v", err)
	}
}

func TestLockedNeedsLocks(t *testing.T) {
	_, err := hexpm.New(options(func(o *hexpm.Options) { o.Versions = "locked" }))
	if err == nil || !strings.Contains(err.Error(), "lock files") {
		t.Errorf("error %v", err)
	}
}

func TestRepositoriesAreGivenOnce(t *testing.T) {
	for _, name := range []string{"acme", "hexpm"} {
		_, err := hexpm.New(options(func(o *hexpm.Options) {
			o.Repositories = []hexpm.Repository{{Name: "acme"}, {Name: name}}
		}))
		if err == nil || !strings.Contains(err.Error(), "twice") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestErrorsDoNotShowPasswords(t *testing.T) {
	_, err := hexpm.New(options(func(o *hexpm.Options) { o.Upstream = "ftp://user:hunter2@example.com" }))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
}

func TestCredentials(t *testing.T) {
	d, err := hexpm.New(options(func(o *hexpm.Options) {
		o.TokenEnv, o.Mirrors = "MAIN_KEY", []string{"https://mirror.example/hex/"}
		o.Repositories = []hexpm.Repository{{Name: "acme", TokenEnv: "ACME_KEY"}}
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("MAIN_KEY", "one")
	t.Setenv("ACME_KEY", "two")
	credentials, err := d.(ecosystems.Credentialed).Credentials()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range credentials {
		got[c.Prefix] = c.Authorization
	}
	for prefix, want := range map[string]string{
		"https://repo.hex.pm/": "one", "https://mirror.example/hex/": "one", "https://repo.hex.pm/repos/acme/": "two",
	} {
		if got[prefix] != want {
			t.Errorf("%s: %q, want %q", prefix, got[prefix], want)
		}
	}
}
