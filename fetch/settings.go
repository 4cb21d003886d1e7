package fetch

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// settings is a [Config] that has been checked and understood.
type settings struct {
	Config
	inFlight  int64   // bytes
	bandwidth float64 // bytes a second; 0: no limit
	minSpeed  float64 // bytes a second; 0: no limit
	maxSize   int64   // bytes
}

// newSettings checks cfg. Its errors name the key.
func newSettings(cfg Config) (settings, error) {
	s := settings{Config: cfg}
	for _, n := range []struct {
		key   string
		value int
		min   int
	}{
		{"concurrency", cfg.Concurrency, 1},
		{"per_host", cfg.PerHost, 1},
		{"retries", cfg.Retries, 0},
	} {
		if n.value < n.min || n.value > 1<<16 {
			return s, fmt.Errorf("fetch.%s = %d: want a number between %d and %d", n.key, n.value, n.min, 1<<16)
		}
	}
	for _, d := range []struct {
		key   string
		value time.Duration
	}{
		{"backoff", cfg.Backoff},
		{"backoff_max", cfg.BackoffMax},
		{"connect_timeout", cfg.ConnectTimeout},
		{"answer_timeout", cfg.AnswerTimeout},
		{"stall_timeout", cfg.StallTimeout},
		{"item_timeout", cfg.ItemTimeout},
	} {
		if d.value <= 0 {
			return s, fmt.Errorf("fetch.%s = %q: want a time above zero, such as \"30s\"", d.key, d.value)
		}
	}
	for name, h := range cfg.Hosts {
		if err := h.check(name); err != nil {
			return s, err
		}
	}
	var budget, bandwidth, minSpeed int64
	for _, b := range []struct {
		key   string
		text  string
		parse func(string) (int64, error)
		empty int64
		into  *int64
	}{
		{"in_flight", cfg.InFlight, ParseSize, 256 << 20, &s.inFlight},
		{"max_size", cfg.MaxSize, ParseSize, math.MaxInt64, &s.maxSize},
		{"budget", cfg.Budget, ParseSize, 0, &budget},
		{"bandwidth", cfg.Bandwidth, ParseRate, 0, &bandwidth},
		{"min_speed", cfg.MinSpeed, ParseRate, 0, &minSpeed},
	} {
		*b.into = b.empty
		if b.text == "" {
			continue
		}
		n, err := b.parse(b.text)
		if err != nil {
			return s, fmt.Errorf("fetch.%s: %w", b.key, err)
		}
		*b.into = n
	}
	if s.inFlight < 1<<20 {
		return s, fmt.Errorf("fetch.in_flight = %q: want at least 1MiB", cfg.InFlight)
	}
	s.bandwidth, s.minSpeed = float64(bandwidth), float64(minSpeed)
	if s.bandwidth > 0 {
		// A transfer that only waits for its share of our own limit is not slow.
		s.minSpeed = min(s.minSpeed, s.bandwidth/float64(2*cfg.Concurrency))
	}
	return s, nil
}

// check looks at what can be wrong without touching a file.
func (h Host) check(name string) error {
	if name == "" || strings.ContainsAny(name, "/@? ") {
		return fmt.Errorf("fetch.hosts.%q: want a host name or HOST:PORT", name)
	}
	if h.Concurrency < 0 || h.Concurrency > 1<<16 {
		return fmt.Errorf("fetch.hosts.%q.concurrency = %d: want a number between 1 and %d", name, h.Concurrency, 1<<16)
	}
	ways := 0
	for _, set := range []bool{h.TokenEnv != "", h.User != "" || h.PasswordEnv != "", h.Netrc != ""} {
		if set {
			ways++
		}
	}
	switch {
	case ways > 1:
		return fmt.Errorf("fetch.hosts.%q: more than one of token_env, user with password_env, and netrc", name)
	case (h.User != "") != (h.PasswordEnv != ""):
		return fmt.Errorf("fetch.hosts.%q.password_env: want user and password_env together", name)
	}
	return nil
}
