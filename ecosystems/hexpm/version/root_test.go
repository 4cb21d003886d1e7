package version_test

import (
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

func TestParseRoot(t *testing.T) {
	for entry, want := range map[string][2]string{
		"jason":                          {"jason", ">= 0.0.0"},
		" jason ":                        {"jason", ">= 0.0.0"},
		"plug ~> 1.15":                   {"plug", "~> 1.15"},
		"plug~>1.15":                     {"plug", "~>1.15"},
		"phoenix == 1.7.10":              {"phoenix", "== 1.7.10"},
		"phoenix 1.7.10":                 {"phoenix", "1.7.10"},
		"ecto >= 3.0.0 and < 4.0.0":      {"ecto", ">= 3.0.0 and < 4.0.0"},
		"ecto >=3.0.0 && <4.0.0":         {"ecto", ">=3.0.0 && <4.0.0"},
		"phoenix_html\t~> 3.3 or ~> 4.0": {"phoenix_html", "~> 3.3 or ~> 4.0"},
	} {
		root, err := version.ParseRoot(entry)
		if err != nil {
			t.Error(err)
		} else if root.Package != want[0] || root.Requirement.String() != want[1] {
			t.Errorf("ParseRoot(%q) = %q %q", entry, root.Package, root.Requirement)
		}
	}
	if root, _ := version.ParseRoot("jason"); !root.Requirement.IsAny() {
		t.Error("a bare name does not mean any version")
	}
}

func TestParseRootErrors(t *testing.T) {
	for entry, want := range map[string]string{
		"":               `"": package name is empty; write one like "phoenix_html"; write entries like "jason" or "plug ~> 1.15"`,
		"~> 1.0":         `"~> 1.0": package name is empty; write one like "phoenix_html"; write entries like "jason" or "plug ~> 1.15"`,
		"Plug ~> 1.0":    `"Plug ~> 1.0": package name "Plug" does not begin with a lower-case letter; write entries like "jason" or "plug ~> 1.15"`,
		"phoenix-html":   `"phoenix-html": package name "phoenix-html" holds "-"; use letters, digits and underscores only; write entries like "jason" or "plug ~> 1.15"`,
		"plug@1.15":      `"plug@1.15": "@" does not follow a package name; write "plug ~> 1.15" or "plug == 1.15.3"`,
		`plug: "~> 1.1"`: `"plug: \"~> 1.1\"": ":" does not follow a package name; write "plug ~> 1.15" or "plug == 1.15.3"`,
		"plug 1.15":      `package "plug": requirement "1.15": "1.15" leaves out numbers; write "~> 1.15" for all that are compatible, or all three numbers for exactly one version`,
		"plug ~> 1":      `package "plug": requirement "~> 1": "1" has one number only; write "~> 1.0"`,
		"plug >= 1.2":    `package "plug": requirement ">= 1.2": "1.2" leaves out numbers; write all three: "1.2.0"`,
		"plug latest":    `package "plug": requirement "latest": version "latest" has "latest" where a number belongs; write it like 1.2.3 or 1.2.3-rc.1`,
		"plug = 1.0.0":   `package "plug": requirement "= 1.0.0": version "=" has "=" where a number belongs; write it like 1.2.3 or 1.2.3-rc.1`,
		"plug ~> ":       `package "plug": requirement "~>": it ends where a version belongs; write one like 1.2.3`,
	} {
		_, err := version.ParseRoot(entry)
		if err == nil || err.Error() != want {
			t.Errorf("ParseRoot(%q):\n got %v\nwant %s", entry, err, want)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("ParseRoot(%q): the error has more than one line", entry)
		}
	}
}

func TestCheckName(t *testing.T) {
	for _, good := range []string{"a", "plug", "phoenix_html", "base64url", "erlang_v8", "lfeC", strings.Repeat("a", 100)} {
		if err := version.CheckName(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", "Plug", "1plug", "_plug", "plug-x", "plug.x", "a/b", "../a", "a b", "a\x00", "naïve", "plug\n", strings.Repeat("a", 101)} {
		if version.CheckName(bad) == nil {
			t.Errorf("CheckName(%q) accepts it", bad)
		}
	}
}

func TestCheckPathComponent(t *testing.T) {
	for _, good := range []string{"1.0.0", "1.0.0-rc.1+b-5", "1", "1.0.0-", "2014_1", "v1", strings.Repeat("1", 140)} {
		if err := version.CheckPathComponent(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", ".", "..", "1..0", ".1", "1.", "-1", "_1", "+1", "1/0", `1\0`, "1.0.0 ", "1\x00", "1:0", "1.0.0\n", "é", strings.Repeat("1", 141)} {
		if version.CheckPathComponent(bad) == nil {
			t.Errorf("CheckPathComponent(%q) accepts it", bad)
		}
	}
}
