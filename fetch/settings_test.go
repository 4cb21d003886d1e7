package fetch_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch"
)

func TestMistakesInTheConfigurationNameTheirKey(t *testing.T) {
	for key, change := range map[string]func(*fetch.Config){
		"fetch.concurrency":                     func(c *fetch.Config) { c.Concurrency = 0 },
		"fetch.per_host":                        func(c *fetch.Config) { c.PerHost = 1 << 20 },
		"fetch.retries":                         func(c *fetch.Config) { c.Retries = -1 },
		"fetch.backoff ":                        func(c *fetch.Config) { c.Backoff = 0 },
		"fetch.backoff_max":                     func(c *fetch.Config) { c.BackoffMax = -1 },
		"fetch.connect_timeout":                 func(c *fetch.Config) { c.ConnectTimeout = 0 },
		"fetch.answer_timeout":                  func(c *fetch.Config) { c.AnswerTimeout = 0 },
		"fetch.stall_timeout":                   func(c *fetch.Config) { c.StallTimeout = 0 },
		"fetch.item_timeout":                    func(c *fetch.Config) { c.ItemTimeout = 0 },
		"fetch.in_flight: \"lots\"":             func(c *fetch.Config) { c.InFlight = "lots" },
		"fetch.in_flight = ":                    func(c *fetch.Config) { c.InFlight = "1kB" },
		"fetch.bandwidth: \"80Mbit/s\"":         func(c *fetch.Config) { c.Bandwidth = "80Mbit/s" },
		"fetch.min_speed":                       func(c *fetch.Config) { c.MinSpeed = "-1" },
		"fetch.max_size":                        func(c *fetch.Config) { c.MaxSize = "1 PiB" },
		"fetch.budget":                          func(c *fetch.Config) { c.Budget = "0" },
		"fetch.local_mirrors.\"https://a/\"":    func(c *fetch.Config) { c.LocalMirrors = map[string][]string{"https://a/": {""}} },
		"fetch.just_local":                      func(c *fetch.Config) { c.JustLocal = "/nonexistent/just-local.json" },
		"fetch.hosts.\"https://a/\"":            func(c *fetch.Config) { c.Hosts = map[string]fetch.Host{"https://a/": {}} },
		"fetch.hosts.\"a\".ca: open":            func(c *fetch.Config) { c.Hosts = map[string]fetch.Host{"a": {CA: "/nonexistent.pem"}} },
		"fetch.hosts.\"a\".ca: /dev/null":       func(c *fetch.Config) { c.Hosts = map[string]fetch.Host{"a": {CA: "/dev/null"}} },
		"fetch.hosts.\"a\".netrc":               func(c *fetch.Config) { c.Hosts = map[string]fetch.Host{"a": {Netrc: "/nonexistent"}} },
		"fetch.hosts.\"a\".proxy = \"proxy:1\"": func(c *fetch.Config) { c.Hosts = map[string]fetch.Host{"a": {Proxy: "proxy:1"}} },
		"fetch.hosts.\"a\".concurrency":         func(c *fetch.Config) { c.Hosts = map[string]fetch.Host{"a": {Concurrency: -1}} },
		"fetch.hosts.\"a\".password_env":        func(c *fetch.Config) { c.Hosts = map[string]fetch.Host{"a": {User: "u"}} },
		"fetch.hosts.\"a\": more":               func(c *fetch.Config) { c.Hosts = map[string]fetch.Host{"a": {TokenEnv: "A", Netrc: "/dev/null"}} },
	} {
		cfg := fetch.DefaultConfig()
		change(&cfg)
		r := newRoom(t)
		_, err := fetch.New(cfg, r.store, r.state)
		if err == nil || !strings.HasPrefix(err.Error(), key) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "512": 512, "512B": 512, "80MiB": 80 << 20, "80 MiB": 80 << 20, " 1kb ": 1000, "1.5GiB": 3 << 29, "2T": 2e12, "1e3": 1000,
		"": 0, "0": 0, "-1": 0, "MiB": 0, "1XB": 0, "NaN": 0, "Inf": 0, "1..5": 0, "9999999999TiB": 0, "1MiB/s": 0, "0x10": 0, "0.5": 0,
	} {
		got, err := fetch.ParseSize(text)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]int64{"80MiB/s": 80 << 20, "80MiB": 80 << 20, "1kB/s ": 1000, "/s": 0, "1/s/s": 0} {
		got, err := fetch.ParseRate(text)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("ParseRate(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		if n, err := fetch.ParseSize(rapid.String().Draw(t, "text")); err == nil && (n < 1 || n > math.MaxInt64/2) {
			t.Fatal(n)
		}
	})
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"https://h/x":                           "https://h/x",
		"https://u:p@h/x":                       "https://h/x",
		"https://u:p@h":                         "https://h",
		"https://u@v:p@h/x@y":                   "https://h/x@y",
		"https://h/x?token=abc&v=1":             "https://h/x?token=REDACTED&v=1",
		"https://h/x?a=1&X-Amz-Signature=a%20b": "https://h/x?a=1&X-Amz-Signature=REDACTED",
		"https://h/x?%74oken=abc":               "https://h/x?%74oken=REDACTED",
		"https://h/x?token=&sig":                "https://h/x?token=&sig",
		"https://h?password=a@b#f":              "https://h?password=REDACTED#f",
		"https://h/x?%zz_key=1":                 "https://h/x?%zz_key=REDACTED",
		"git@h:x":                               "h:x",
		"u:p@h/x?y":                             "h/x?y",
		"":                                      "",
		"http://h/\n?q":                         "http://h/%0A?q",
	} {
		if got := fetch.Redact(in); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := fetch.Redact("https://user:s3cr3t@" + rapid.String().Draw(t, "rest"))
		if strings.Contains(s, "s3cr3t") || strings.ContainsAny(s, "\r\n") {
			t.Fatalf("%q", s)
		}
	})
}
