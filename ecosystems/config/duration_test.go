package config

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems"
)

func TestParseDuration(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"7d": 7 * day, "2w": 14 * day, "1d12h": 36 * time.Hour, "36h": 36 * time.Hour, "1.5d": 36 * time.Hour,
		"1w1d1h1m1s": 8*day + time.Hour + time.Minute + time.Second, "0": 0, "0d": 0, "-3h": -3 * time.Hour, "90m": 90 * time.Minute,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "7", "d", "7 d", "-7d", "7d-1h", "7d+1h", "1y", "soon", "1e3d", "999999999w", "106751d24h", "7D", "7d12"} {
		if got, err := ParseDuration(text); err == nil || !strings.Contains(err.Error(), "7d") {
			t.Errorf("%q: %v, %v; want an error with an example", text, got, err)
		}
	}
}

func TestParseDurationReadsWhatGoWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64().Draw(t, "d"))
		if got, err := ParseDuration(d.String()); err != nil || got != d {
			t.Fatalf("%s: %v, %v", d, got, err)
		}
	})
}

func TestDurationsInAConfiguration(t *testing.T) {
	c, err := Parse("offmirror.toml", []byte("root = 'r'\n[fruit]\napples = ['a']\nwait = '7d'\n[fruit.hosts.'h']\nname = 'n'\n[[fruit.repositories]]\nname = 'x'\n[fetch]\nbackoff = '1d'\n"), []ecosystems.Ecosystem{fruits()})
	if err != nil {
		t.Fatal(err)
	}
	f := c.Sections[0].Options.(*fruit)
	if f.Wait != 7*24*time.Hour || c.Fetch.Backoff != 24*time.Hour {
		t.Errorf("wait %s, backoff %s", f.Wait, c.Fetch.Backoff)
	}
	if len(f.Apples) != 1 || f.Hosts["h"].Name != "n" || len(f.Repositories) != 1 || f.Repositories[0].Name != "x" {
		t.Errorf("the rest of it: %+v", f)
	}
	for text, want := range map[string]string{
		"[fruit]\nwait = 7d\n":            `:2: fruit: a duration is written as text: "7d"`,
		"[fruit]\nwait = 36h # a comment": `:2: fruit: a duration is written as text: "36h"`,
		"[fruit]\nwait = 7\n":             `:2: fruit.wait: want a duration such as "30s", "36h" or "7d", not the number 7`,
		"[fruit]\n\nwait = 'a while'\n":   `:3: fruit.wait: want a duration such as 30s, 36h or 7d, not "a while"`,
	} {
		if _, err := Parse("offmirror.toml", []byte(text), []ecosystems.Ecosystem{fruits()}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
}
