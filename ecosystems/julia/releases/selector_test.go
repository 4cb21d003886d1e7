package releases_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

func selectors(t testing.TB, texts ...string) []releases.Selector {
	t.Helper()
	var all []releases.Selector
	for _, text := range texts {
		s, err := releases.ParseSelector(text)
		if err != nil {
			t.Fatal(err)
		}
		if s.String() != text {
			t.Errorf("%q became %q", text, s)
		}
		all = append(all, s)
	}
	return all
}

func TestSelect(t *testing.T) {
	ix := parse(t, list())
	for _, c := range []struct{ selectors, want, missing string }{
		{"release", "1.12.7", ""},
		{"lts", "1.10.12", ""},
		{"1", "1.12.7", ""},
		{"1.10", "1.10.12", ""},
		{"1.9", "1.9.4", ""},
		{"1.10.9", "1.10.9", ""},
		{"1.11.0-rc1", "1.11.0-rc1", ""},
		{"rc", "1.12.7", ""},
		{"beta", "1.13.0-beta1", ""},
		{"alpha", "1.13.0-beta1", ""},
		{"all", "1.9.4 1.10.0 1.10.9 1.10.12 1.11.0 1.12.7", ""},
		{"1.10 lts release 1.10.12", "1.10.12 1.12.7", ""},
		{"nightly 1.13-nightly", "", ""},
		{"1.13 2 1.10.99 1.12", "1.12.7", "1.13 2 1.10.99"},
		{"", "", ""},
	} {
		chosen, missing, err := ix.Select(selectors(t, strings.Fields(c.selectors)...), releases.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got, lacking []string
		for _, r := range chosen {
			got = append(got, r.Version.String())
		}
		for _, s := range missing {
			lacking = append(lacking, s.String())
		}
		if diff := cmp.Diff([2]string{c.want, c.missing}, [2]string{strings.Join(got, " "), strings.Join(lacking, " ")}); diff != "" {
			t.Errorf("%q:\n%s", c.selectors, diff)
		}
	}
}

func TestSelectWithOtherSupport(t *testing.T) {
	ix := parse(t, list())
	chosen, missing, err := ix.Select(selectors(t, "lts"), releases.Options{LTS: "1.9"})
	if err != nil || len(missing) > 0 || len(chosen) != 1 || chosen[0].Version.String() != "1.9.4" {
		t.Errorf("%v, %v, %v", chosen, missing, err)
	}
	if _, _, err := ix.Select(nil, releases.Options{LTS: "old"}); err == nil {
		t.Error("a series called old")
	}
	chosen, missing, err = parse(t, "{}").Select(selectors(t, "all", "release", "lts", "nightly"), releases.Options{})
	if err != nil || len(chosen) > 0 || len(missing) != 3 {
		t.Errorf("%v, %v, %v", chosen, missing, err)
	}
}

func TestNightly(t *testing.T) {
	for text, want := range map[string]string{"nightly": "", "1.13-nightly": "1.13", "1.13": "-", "release": "-", "1.11.0-rc1": "-"} {
		branch, ok := selectors(t, text)[0].Nightly()
		if ok != (want != "-") || ok && branch != want {
			t.Errorf("%s: %q, %v", text, branch, ok)
		}
	}
}

func TestParseSelectorRefuses(t *testing.T) {
	for _, text := range []string{
		"", "Release", "latest", "stable", "1.", "1.10.x", "1.10.*", "v1.10", "^1.10", ">=1.10", "1.10-1.12", "1 - 2", "*", "1-nightly", "1.13.0-nightly",
		"-nightly", "nightly-1.13", "1.10.5.1", "01.10.5", "1.10-rc1", "1.10+1", " 1.10", "1.10\n", strings.Repeat("1", 1000),
	} {
		s, err := releases.ParseSelector(text)
		if err == nil {
			t.Errorf("%.40q is a selector: %+v", text, s)
			continue
		}
		checkMessage(t, err)
	}
}

func FuzzParseSelector(f *testing.F) {
	for _, text := range []string{"release", "1.10", "1.10.5", "1.13.0-rc3", "1.13-nightly", "nightly"} {
		f.Add(text)
	}
	ix := parse(f, list())
	f.Fuzz(func(t *testing.T, text string) {
		s, err := releases.ParseSelector(text)
		if err != nil {
			checkMessage(t, err)
			return
		}
		chosen, missing, err := ix.Select([]releases.Selector{s}, releases.Options{})
		_, nightly := s.Nightly()
		if err != nil || s.String() != text || nightly != (len(chosen)+len(missing) == 0) || len(chosen) > 0 && len(missing) > 0 {
			t.Fatalf("%q: %v, %v, %v", text, chosen, missing, err)
		}
	})
}

// TestAdmits holds what selectors say of versions that no list has.
func TestAdmits(t *testing.T) {
	lts := version.MustParseRange("1.10")
	for text, want := range map[string]string{
		"release": "1.10.0 2.0.0", "lts": "1.10.0", "1": "1.10.0", "2.0": "2.0.0", "1.10.0": "1.10.0", "2.0.0-rc1": "2.0.0-rc1",
		"rc": "1.10.0 2.0.0-rc1 2.0.0", "beta": "1.10.0 2.0.0-beta1 2.0.0-rc1 2.0.0", "alpha": "1.10.0 2.0.0-alpha1 2.0.0-beta1 2.0.0-rc1 2.0.0",
		"all": "1.10.0 2.0.0", "nightly": "", "2.0-nightly": "",
	} {
		var got []string
		for _, v := range []string{"1.10.0", "1.10.1+2", "2.0.0-DEV", "2.0.0-alpha1", "2.0.0-beta1", "2.0.0-rc1", "2.0.0"} {
			if selectors(t, text)[0].Admits(version.MustParse(v), lts) {
				got = append(got, v)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s admits %q, want %s", text, got, want)
		}
	}
}
