package registry

import (
	"strings"
	"testing"
)

func TestCheckName(t *testing.T) {
	for _, good := range []string{"jason", "a", "phoenix_live_view", "Old-Name", "x.y", "7zip", "hexpm", strings.Repeat("n", 120)} {
		if err := CheckName(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", ".", "..", "../x", "a/b", `a\b`, "a b", "a\x00", "a\n", "-rf", ".hidden", "é", "a%2fb", "a?b", "a#b", "con:", strings.Repeat("n", 121)} {
		if CheckName(bad) == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestCheckVersion(t *testing.T) {
	for _, good := range []string{"1.0.0", "0.1.0-rc.1", "1.0.0+build.5", "2016.1", "99999999999999.0.0"} {
		if err := CheckVersion(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", "v1.0.0", "1.0.0/../x", "1.0 .0", "latest", "1\n"} {
		if CheckVersion(bad) == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestUnique(t *testing.T) {
	for _, c := range []struct {
		list  []string
		twice string
	}{
		{nil, ""},
		{[]string{"a"}, ""},
		{[]string{"a", "b"}, ""},
		{[]string{"b", "a"}, ""},
		{[]string{"a", "a"}, "a"},
		{[]string{"b", "a", "b"}, "b"},
	} {
		twice, ok := unique(c.list, func(s *string) string { return *s })
		if twice != c.twice || ok != (c.twice == "") {
			t.Errorf("%q: %q, %v", c.list, twice, ok)
		}
	}
}
