package installs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func sha256Of(n int) string { return fmt.Sprintf("%064x", n) }

// elixirBuilds has the trailing space that the real file has.
func elixirBuilds() string {
	var b strings.Builder
	for i, name := range []string{
		"main", "main-otp-27", "v1.0.0", "v1.18", "v1.18-otp-27", "v1.18.10", "v1.18.10-otp-26", "v1.18.10-otp-27",
		"v1.18.9", "v1.18.9-otp-25", "v1.19.0-rc.0", "v1.19.0-rc.0-otp-27", "v1.19.0-rc.1", "v1.20.0",
	} {
		fmt.Fprintf(&b, "%s %040x 2026-07-06T21:18:45Z %s \n", name, i, sha256Of(i))
	}
	return b.String()
}

const otpBuilds = `OTP-17.0 ab 2014-04-07T00:00:00Z
OTP-26.2.5.9 ab 2025-01-01T00:00:00Z
OTP-27.0 ab 2024-05-20T00:00:00Z
OTP-27.0-rc1 ab 2024-02-14T00:00:00Z
OTP-27.2.4 ab 2025-02-01T00:00:00Z
OTP-27.10 ab 2026-02-01T00:00:00Z
OTP-29.0-rc1 ab 2026-02-01T00:00:00Z
OTP-29.0-rc10 ab 2026-02-01T00:00:00Z
OTP-29.0-rc2 ab 2026-02-01T00:00:00Z
maint-27 ab 2026-03-01T00:00:00Z
master ab 2026-03-01T00:00:00Z
`

func names(builds []Build) []string {
	var out []string
	for _, b := range builds {
		out = append(out, b.Name)
	}
	return out
}

func TestParseBuilds(t *testing.T) {
	text := elixirBuilds() + "\nv0.9.0 abc 2013-05-23\r\nmain def 2026-08-01T00:00:00Z " + strings.ToUpper(sha256Of(0xabc)) + " \n"
	builds, err := ParseBuilds([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	main := builds[0] // listed twice: as the last line says
	if main.Name != "main" || main.Commit != "def" || !main.Time.Equal(time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)) || main.SHA256[0].Hex != sha256Of(0xabc) {
		t.Errorf("main is %+v", main)
	}
	last := builds[len(builds)-1]
	if last.Name != "v0.9.0" || !last.Time.IsZero() || last.SHA256 != nil {
		t.Errorf("an old line is %+v", last)
	}
}

func TestFormatBuildsKeepsLines(t *testing.T) {
	text := elixirBuilds()
	builds, err := ParseBuilds([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(FormatBuilds(builds)); got != text {
		t.Errorf("written again:\n%s\nwant:\n%s", got, text)
	}
	if FormatBuilds(nil) != nil {
		t.Error("no builds give text")
	}
}

func TestParseBuildsRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"one column":     "v1.0.0",
		"a path":         "../../etc/passwd abc 2026-01-01T00:00:00Z",
		"a slash":        "maint/27 abc 2026-01-01T00:00:00Z",
		"a web page":     "<html> <body>",
		"short checksum": "v1.0.0 abc 2026-01-01T00:00:00Z abcd",
		"no hexadecimal": "v1.0.0 abc 2026-01-01T00:00:00Z " + strings.Repeat("x", 64),
		"long":           strings.Repeat("\n", MaxList+1),
	} {
		if _, err := ParseBuilds([]byte(text)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: error %v, want ErrMalformed", name, err)
		}
	}
}

func TestSelect(t *testing.T) {
	for _, c := range []struct {
		selector string
		want     []string
	}{
		{"elixir:1.18", []string{"v1.18.10", "v1.18.10-otp-26", "v1.18.10-otp-27"}},
		{"elixir:1.18-otp-27", []string{"v1.18.10-otp-27"}},
		{"elixir:1.18-otp-25", []string{"v1.18.9-otp-25"}},
		{"elixir:1.18.9", []string{"v1.18.9", "v1.18.9-otp-25"}},
		{"elixir:v1.18.9", []string{"v1.18.9", "v1.18.9-otp-25"}},
		{"elixir:1.19", []string{"v1.19.0-rc.1"}},
		{"elixir:1.19.0-rc.0", []string{"v1.19.0-rc.0", "v1.19.0-rc.0-otp-27"}},
		{"elixir:1", []string{"v1.20.0"}},
		{"elixir:v1.18", []string{"v1.18", "v1.18-otp-27"}},
		{"elixir:main", []string{"main", "main-otp-27"}},
		{"elixir:main-otp-27", []string{"main-otp-27"}},
		{"elixir:1.1", nil},
		{"elixir:9", nil},
		{"otp:27/ubuntu-24.04/amd64", []string{"OTP-27.10"}},
		{"otp:27.2/ubuntu-24.04/amd64", []string{"OTP-27.2.4"}},
		{"otp:27.0/ubuntu-24.04/amd64", []string{"OTP-27.0"}},
		{"otp:OTP-27.0-rc1/ubuntu-24.04/amd64", []string{"OTP-27.0-rc1"}},
		{"otp:27.0-rc1/ubuntu-24.04/amd64", []string{"OTP-27.0-rc1"}},
		{"otp:29/ubuntu-24.04/arm64", []string{"OTP-29.0-rc10"}},
		{"otp:maint-27/ubuntu-24.04/amd64", []string{"maint-27"}},
		{"otp:17/ubuntu-14.04", []string{"OTP-17.0"}},
	} {
		s, err := ParseSelector(c.selector)
		if err != nil {
			t.Errorf("%s: %v", c.selector, err)
			continue
		}
		if s.String() != c.selector {
			t.Errorf("%s is written as %s", c.selector, s)
		}
		text := otpBuilds
		if s.Tool == "elixir" {
			text = elixirBuilds()
		}
		builds, err := ParseBuilds([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := names(s.Select(builds)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.selector, got, c.want)
		}
	}
}

func TestSelectEverything(t *testing.T) {
	builds, err := ParseBuilds([]byte(elixirBuilds()))
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseSelector("elixir:*")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Select(builds); len(got) != len(builds) {
		t.Errorf("%d of %d builds", len(got), len(builds))
	}
}

func TestSelectorPaths(t *testing.T) {
	for selector, want := range map[string][2]string{
		"elixir:1.18":               {"builds/elixir/builds.txt", "builds/elixir/X.zip"},
		"otp:27/ubuntu-24.04/amd64": {"builds/otp/amd64/ubuntu-24.04/builds.txt", "builds/otp/amd64/ubuntu-24.04/X.tar.gz"},
		"otp:17/ubuntu-14.04":       {"builds/otp/ubuntu-14.04/builds.txt", "builds/otp/ubuntu-14.04/X.tar.gz"},
	} {
		s, err := ParseSelector(selector)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{s.ListPath(), s.Path(Build{Name: "X"})}; got != want {
			t.Errorf("%s: %q, want %q", selector, got, want)
		}
	}
}

func TestParseSelectorRefuses(t *testing.T) {
	for _, bad := range []string{
		"", "elixir", "1.18", "elixir:", "elixir:1.18/ubuntu-24.04/amd64", "otp:27", "otp:27/", "otp:27/../x",
		"otp:27/ubuntu-24.04/sparc", "otp:27/ubuntu-24.04/amd64/x", "rust:1", "elixir:../x", "otp:27-otp-27/ubuntu-24.04/amd64", "otp:27/*/amd64",
	} {
		if s, err := ParseSelector(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, s)
		} else if !strings.Contains(err.Error(), fmt.Sprintf("%q", bad)) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error %q does not name it in one line", bad, err)
		}
	}
}

func FuzzParseBuilds(f *testing.F) {
	f.Add(elixirBuilds(), "elixir:1.18")
	f.Add(otpBuilds, "otp:27/ubuntu-24.04/amd64")
	f.Fuzz(func(t *testing.T, text, selector string) {
		builds, err := ParseBuilds([]byte(text))
		if err != nil {
			return
		}
		s, err := ParseSelector(selector)
		if err != nil {
			return
		}
		for _, b := range s.Select(builds) {
			if p := s.Path(b); !strings.HasPrefix(p, "builds/") || strings.Contains(p, "..") {
				t.Fatalf("path %q", p)
			}
		}
		if again, err := ParseBuilds(FormatBuilds(builds)); err != nil || len(again) != len(builds) {
			t.Fatalf("written and read again: %d of %d builds, %v", len(again), len(builds), err)
		}
	})
}
