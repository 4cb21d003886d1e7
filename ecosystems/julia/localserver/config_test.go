package localserver_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/config"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/localserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

func load(t *testing.T, text string) (localserver.Config, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := localserver.DefaultConfig()
	err := config.LoadTable(file, &c)
	return c, err
}

// The example of its manual.
func TestConfigAsItIs(t *testing.T) {
	c, err := load(t, `host = "127.0.0.1"
port = "8000"
local_registry = "https://git.corp/Registry.git"
pkg_server = "https://pkg.julialang.org"
cache_dir = "/tmp/cache"
git_clones_dir = "/tmp/data"
min_time_between_registry_updates = 60
repository_clone_strategy = "on_failure"
[gitconfig]
"user.name" = "Jane Doe"
`)
	if err == nil {
		err = c.Check()
	}
	if err != nil {
		t.Fatal(err)
	}
	want := localserver.Config{
		Host: "127.0.0.1", Port: 8000, LocalRegistry: localserver.URLs{"https://git.corp/Registry.git"}, PkgServer: "https://pkg.julialang.org",
		CacheDir: "/tmp/cache", GitClonesDir: "/tmp/data", MinTime: 60, Strategy: "on_failure", LogFormat: "text",
		GitConfig: map[string]string{"user.name": "Jane Doe"},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	if c.Address() != "127.0.0.1:8000" {
		t.Error(c.Address())
	}
}

func TestConfigDefaults(t *testing.T) {
	c, err := load(t, "local_registry = [\"/srv/A.git\", \"git@git.corp:B.git\"]\ncache_dir = \"c/\"\ngit_clones_dir = \"g\"\nport = 0\n")
	if err == nil {
		err = c.Check()
	}
	if err != nil {
		t.Fatal(err)
	}
	if c.Host != "localhost" || c.MinTime != 60 || c.Strategy != "on_failure" || c.LogFormat != "text" || len(c.LocalRegistry) != 2 || c.Address() != "localhost:0" {
		t.Errorf("%+v", c)
	}
}

func TestConfigMistakes(t *testing.T) {
	const good = "local_registry = \"https://git.corp/A.git\"\ncache_dir = \"c\"\ngit_clones_dir = \"g\"\n"
	for text, want := range map[string]string{
		"cache_dir = \"c\"\ngit_clones_dir = \"g\"":                           "local_registry: no source",
		"local_registry = \"https://git.corp/A.git\"\ngit_clones_dir = \"g\"": "cache_dir: must be set",
		"pkg_server = \"https://pkg.julialang.org\"\ncache_dir = \"g\"":       "git_clones_dir: must be set",
		"pkg_server = \"pkg.julialang.org\"\ncache_dir = \"c\"":               "pkg_server: \"pkg.julialang.org\" is no http or https URL",
		"local_registry = []\ncache_dir = \"c\"":                              "local_registry: no source",
		"local_registry = [\"a:b\", 1]":                                       "local_registry: want a URL",
		"local_registry = \" \"":                                              "local_registry: want a URL",
		"local_registry = [\"https://a/b\", \"https://a/b\"]":                 "is there twice",
		"local_registry = \"https://u:secret@\"":                              "local_registry: ",
		good + "port = 70000":                                                 "port: \"70000\" is no port",
		good + "port = \"http\"":                                              "port: \"http\" is no port",
		good + "port = -1":                                                    "port: \"-1\" is no port",
		good + "port = 80.5":                                                  "port: want a port",
		good + "host = \"\"":                                                  "host: ",
		good + "host = \"http://x\"":                                          "host: ",
		good + "min_time_between_registry_updates = \"1\"":                    "min_time_between_registry_updates: want a number",
		good + "repository_clone_strategy = \"never\"":                        "repository_clone_strategy: \"never\"",
		good + "log_format = \"xml\"":                                         "log_format: \"xml\"",
		good + "gitconfig = \"x\"":                                            "gitconfig: want a table",
		good + "[gitconfig]\n\"http.sslVerify\" = false":                      "gitconfig.http.sslVerify: want a text, not false",
		good + "storage_servers = []":                                         "storage_servers: unknown key",
		good + "min_time_between_registry_update = 60":                        "did you mean \"min_time_between_registry_updates\"?",
		good + "cache-dir = \"x\"":                                            "did you mean \"cache_dir\"?",
	} {
		c, err := load(t, text)
		if err == nil {
			err = c.Check()
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s\n%v, want %s", text, err, want)
		}
	}
}

func TestGitConfigThatGitDoesNotTake(t *testing.T) {
	c := newCompany(t)
	cfg := c.config()
	cfg.GitConfig = map[string]string{"no section": "x"}
	s, err := localserver.Open(t.Context(), localserver.Options{Config: cfg, Fetch: quick()})
	if err == nil {
		s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "gitconfig key \"no section\"") {
		t.Errorf("%v", err)
	}
	// What was locked is free again.
	cfg.GitConfig = nil
	serveSite(t, cfg)
}

// Settings of git hold for registries and packages: here one URL stands for another.
func TestGitConfigHolds(t *testing.T) {
	c := newCompany(t)
	cfg := c.config()
	cfg.LocalRegistry = localserver.URLs{"https://git.corp/Corp.git"}
	cfg.GitConfig = map[string]string{"url.file://" + c.git + "/.insteadOf": "https://git.corp/"}
	s := serveSite(t, cfg)
	if !slices.Contains(s.list("/registries"), line(c.corp)) {
		t.Error("the registry is not listed")
	}
}

// Each strategy serves, and gets over a clone that has lost its objects.
func TestStrategies(t *testing.T) {
	c := newCompany(t)
	for i, strategy := range []string{"always", "on_failure", "if_missing"} {
		cfg := c.config()
		cfg.Strategy = strategy
		s := serveSite(t, cfg)
		s.list("/registries")
		v := c.corp.Publish("Secret", juliatest.Version{Number: fmt.Sprintf("1.0.%d", i+1)})
		c.push()
		if !slices.Contains(s.list("/registries"), line(c.corp)) {
			t.Errorf("%s: the new state is not listed", strategy)
		}
		s.tree("/"+v.Path, treehash.GitTools)

		name, err := gitrepo.Name(c.registryURL())
		if err != nil {
			t.Fatal(err)
		}
		objects := filepath.Join(cfg.GitClonesDir, "git", filepath.FromSlash(name), "objects")
		if err := errors.Join(os.RemoveAll(objects), os.Mkdir(objects, 0o755)); err != nil {
			t.Fatal(err)
		}
		c.corp.Publish("Secret", juliatest.Version{Number: fmt.Sprintf("2.0.%d", i+1)})
		c.push()
		if !slices.Contains(s.list("/registries"), line(c.corp)) {
			t.Errorf("%s: after damage the new state is not listed", strategy)
		}
	}
}

// Nothing of a password in a URL is told to clients or logged.
func TestSecretsStayHere(t *testing.T) {
	c := newCompany(t)
	cfg := c.config()
	cfg.LocalRegistry = localserver.URLs{strings.Replace(c.public.BaseURL(), "://", "://user:hunter2@", 1) + "/Corp.git"}
	cfg.PkgServer = strings.Replace(c.public.BaseURL(), "://", "://user:hunter2@", 1)
	var log bytes.Buffer
	s := serveSite(t, cfg, func(o *localserver.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	a, list := s.ask(http.MethodGet, "/registries")
	meta := s.get("/meta", http.StatusOK)
	a2, body := s.ask(http.MethodGet, "/package/"+c.corp.UUID().String()+"/0000000000000000000000000000000000000000")
	s.stop()
	for name, text := range map[string][]byte{"list": list, "meta": meta, "package": body, "log": log.Bytes()} {
		if bytes.Contains(text, []byte("hunter2")) {
			t.Errorf("%s (%d, %d): %s", name, a.StatusCode, a2.StatusCode, text)
		}
	}
	err := filepath.Walk(cfg.CacheDir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("hunter2")) {
			err = errors.New(path + " holds the password")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
