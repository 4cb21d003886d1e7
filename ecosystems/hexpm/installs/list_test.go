package installs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/offmirror/offmirror/fetch/digest"
)

// fakeSum returns a SHA-512 that is easy to tell from others.
func fakeSum(n int) string { return fmt.Sprintf("%0128x", n) }

func sumOf(n int) digest.Digest { return digest.Digest{Algorithm: digest.SHA512, Hex: fakeSum(n)} }

func list(t testing.TB, file string) List {
	t.Helper()
	for _, l := range Lists() {
		if l.File == file {
			return l
		}
	}
	t.Fatalf("no list %s", file)
	return List{}
}

func rowsOf(t testing.TB, l List, csv string) []Row {
	t.Helper()
	rows, err := l.Parse([]byte(csv))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestListsAreTheFiveFiles(t *testing.T) {
	var paths []string
	for _, l := range Lists() {
		paths = append(paths, l.Path(), l.SignaturePath())
	}
	want := []string{
		"installs/hex.csv", "installs/hex.csv.signed", "installs/rebar.csv", "installs/rebar.csv.signed",
		"installs/hex-1.x.csv", "installs/hex-1.x.csv.signed", "installs/rebar3-1.x.csv", "installs/rebar3-1.x.csv.signed",
		"installs/rebar-1.x.csv", "installs/rebar-1.x.csv.signed",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

func TestParseNewFamily(t *testing.T) {
	l := list(t, "hex.csv")
	rows := rowsOf(t, l, "2.2.1,"+fakeSum(1)+",1.17.0,25\r\n\n2.2.1,"+strings.ToUpper(fakeSum(0xab))+",1.18.0,27,later\n")
	want := []Row{
		{Version: "2.2.1", SHA512: sumOf(1), Elixir: []string{"1.17.0"}, OTP: "25"},
		{Version: "2.2.1", SHA512: sumOf(0xab), Elixir: []string{"1.18.0"}, OTP: "27"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestParseOldFamily(t *testing.T) {
	rows := rowsOf(t, list(t, "hex-1.x.csv"), "0.1.0,"+fakeSum(1)+",0.13.0,0.14.0,1.0.0-rc1\n0.2.0,"+fakeSum(2)+",1.0.0")
	want := []Row{
		{Version: "0.1.0", SHA512: sumOf(1), Elixir: []string{"0.13.0", "0.14.0", "1.0.0-rc1"}},
		{Version: "0.2.0", SHA512: sumOf(2), Elixir: []string{"1.0.0"}},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	good := "2.2.1," + fakeSum(1) + ",1.17.0,25\n"
	for name, csv := range map[string]string{
		"empty":            "",
		"blank":            "\n\n",
		"a web page":       "<!DOCTYPE html>\n<html></html>",
		"short sum":        "2.2.1,abcd,1.17.0,25",
		"no hexadecimal":   "2.2.1," + strings.Repeat("x", 128) + ",1.17.0,25",
		"three columns":    "2.2.1," + fakeSum(1) + ",1.17.0",
		"version climbs":   "../../x," + fakeSum(1) + ",1.17.0,25",
		"Elixir climbs":    "2.2.1," + fakeSum(1) + ",..,25",
		"Elixir is a path": "2.2.1," + fakeSum(1) + ",1.17.0/x,25",
		"Elixir is empty":  "2.2.1," + fakeSum(1) + ",,25",
		"OTP is a path":    "2.2.1," + fakeSum(1) + ",1.17.0,25/../../x",
		"zero byte":        "2.2.1\x00," + fakeSum(1) + ",1.17.0,25",
		"backslash":        `2.2.1\x,` + fakeSum(1) + ",1.17.0,25",
		"wide":             good + "2.2.1," + fakeSum(1) + strings.Repeat(",1.0.0", MaxColumns),
		"long":             strings.Repeat("\n", MaxList+1),
	} {
		if _, err := list(t, "hex.csv").Parse([]byte(csv)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: error %v, want ErrMalformed", name, err)
		} else if !strings.Contains(err.Error(), "hex.csv") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %q does not name the list in one line", name, err)
		}
	}
	_, err := list(t, "rebar-1.x.csv").Parse([]byte("3.0," + fakeSum(1) + ",1.0.0\n3.1," + fakeSum(1)))
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("error %v does not name line 2", err)
	}
}

func TestAllFollowsThePathRules(t *testing.T) {
	for _, c := range []struct {
		file, csv string
		want      []string
	}{
		{"hex.csv", "2.2.1," + fakeSum(1) + ",1.17.0,25\n2.2.1," + fakeSum(2) + ",1.17.0,26\n", []string{"installs/1.17.0/hex-2.2.1-otp-25.ez", "installs/1.17.0/hex-2.2.1-otp-26.ez"}},
		{"rebar.csv", "3.24.0," + fakeSum(1) + ",1.18.0,27\n", []string{"installs/1.18.0/rebar3-3.24.0-otp-27"}},
		{"hex-1.x.csv", "2.0.0," + fakeSum(1) + ",1.12.0,1.13.0\n", []string{"installs/1.12.0/hex-2.0.0.ez", "installs/1.13.0/hex-2.0.0.ez"}},
		{"rebar3-1.x.csv", "3.19.0," + fakeSum(1) + ",1.0.0\n", []string{"installs/1.0.0/rebar3-3.19.0"}},
		{"rebar-1.x.csv", "2.6.2," + fakeSum(1) + ",1.0.0\n", []string{"installs/1.0.0/rebar-2.6.2"}},
	} {
		l := list(t, c.file)
		var got []string
		for _, a := range l.All(rowsOf(t, l, c.csv)) {
			got = append(got, a.Path)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.file, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("2.2.1," + fakeSum(1) + ",1.17.0,25\n")
	f.Add("2.0.0," + fakeSum(1) + ",1.12.0,1.13.0\n2.0.0," + fakeSum(2) + ",1.12.0")
	f.Fuzz(func(t *testing.T, csv string) {
		for _, l := range Lists() {
			rows, err := l.Parse([]byte(csv))
			if err != nil {
				continue
			}
			all := map[string]bool{}
			for _, a := range l.All(rows) {
				all[a.Path] = true
				if parts := strings.Split(a.Path, "/"); len(parts) != 3 || slices.Contains(parts, "..") || slices.Contains(parts, ".") || strings.ContainsAny(a.Path, "\\\x00") {
					t.Fatalf("%s: path %q", l.File, a.Path)
				}
			}
			for _, a := range l.Latest(rows) {
				if !all[a.Path] {
					t.Fatalf("%s: %s is among the latest, but not among all", l.File, a.Path)
				}
			}
		}
	})
}
