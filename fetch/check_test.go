package fetch

import (
	"os"
	"strings"
	"testing"
)

func TestConfigCheck(t *testing.T) {
	if err := DefaultConfig().Check(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	c := DefaultConfig()
	c.Bandwidth = "fast"
	if err := c.Check(); err == nil || !strings.HasPrefix(err.Error(), "fetch.bandwidth: ") {
		t.Errorf("error %v", err)
	}
}

func TestConfigCheckTempDir(t *testing.T) {
	c := DefaultConfig()
	dir := t.TempDir()
	file := dir + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, good := range map[string]bool{"": true, dir: true, file: false, dir + "/missing": false} {
		c.TempDir = path
		err := c.CheckFiles()
		if (err == nil) != good || err != nil && !strings.HasPrefix(err.Error(), "fetch.temp_dir: ") {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestConfigCheckFiles(t *testing.T) {
	if err := DefaultConfig().CheckFiles(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for _, key := range []string{"ca", "netrc"} {
		c := DefaultConfig()
		missing := t.TempDir() + "/missing"
		c.Hosts = map[string]Host{"h": {CA: missing}}
		if key == "netrc" {
			c.Hosts = map[string]Host{"h": {Netrc: missing}}
		}
		if err := c.Check(); err != nil {
			t.Errorf("%s: Check looked at files: %v", key, err)
		}
		if err := c.CheckFiles(); err == nil || !strings.HasPrefix(err.Error(), `fetch.hosts."h".`+key+": ") {
			t.Errorf("%s: error %v", key, err)
		}
	}
}
