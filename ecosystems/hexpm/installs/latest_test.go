package installs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func paths(archives []Archive) []string {
	var out []string
	for _, a := range archives {
		out = append(out, strings.TrimPrefix(a.Path, "installs/"))
	}
	slices.Sort(out)
	return out
}

const newFamily = `2.2.1,%[1]s,1.17.0,25
2.2.1,%[1]s,1.17.0,26
2.2.1,%[1]s,1.18.0,25
2.2.1,%[1]s,1.18.0,27
2.3.0,%[1]s,1.17.0,25
2.3.0,%[1]s,1.17.0,26
2.3.0,%[1]s,1.18.0,25
2.3.0,%[1]s,1.18.0,27
2.4.0,%[1]s,1.18.0,26
2.4.0,%[1]s,1.19.0,26
`

func TestPickNewFamily(t *testing.T) {
	l := list(t, "hex.csv")
	rows := rowsOf(t, l, fmt.Sprintf(newFamily, fakeSum(1)))
	for _, c := range []struct{ elixir, otp, want string }{
		{"1.17.3", "25", "installs/1.17.0/hex-2.3.0-otp-25.ez"},
		{"1.17.3", "28", "installs/1.17.0/hex-2.3.0-otp-26.ez"},
		{"1.18.4", "25", "installs/1.18.0/hex-2.3.0-otp-25.ez"},
		{"1.18.4", "27", "installs/1.18.0/hex-2.4.0-otp-26.ez"},
		{"1.19.0", "27", "installs/1.19.0/hex-2.4.0-otp-26.ez"},
		{"2.0.0", "30", "installs/1.19.0/hex-2.4.0-otp-26.ez"},
		{"1.18.0-rc.0", "27", "installs/1.17.0/hex-2.3.0-otp-26.ez"},
		{"1.16.0", "27", ""},
		{"1.19.0", "24", ""},
		{"nonsense", "27", ""},
	} {
		a, ok := l.Pick(rows, c.elixir, c.otp)
		if a.Path != c.want || ok != (c.want != "") {
			t.Errorf("Elixir %s on OTP %s: %q, %v; want %q", c.elixir, c.otp, a.Path, ok, c.want)
		}
	}
	want := []string{"1.17.0/hex-2.3.0-otp-25.ez", "1.17.0/hex-2.3.0-otp-26.ez", "1.18.0/hex-2.3.0-otp-25.ez", "1.18.0/hex-2.4.0-otp-26.ez", "1.19.0/hex-2.4.0-otp-26.ez"}
	if got := paths(l.Latest(rows)); !slices.Equal(got, want) {
		t.Errorf("latest %q, want %q", got, want)
	}
}

// In the older family the first listed Elixir that is not newer names the folder.
func TestPickOldFamily(t *testing.T) {
	l := list(t, "hex-1.x.csv")
	rows := rowsOf(t, l, fmt.Sprintf("0.9.0,%[1]s,1.0.0\n1.0.0,%[1]s,1.2.0,1.1.0\n2.0.0,%[1]s,1.13.0,1.12.0,odd\n", fakeSum(1)))
	for elixir, want := range map[string]string{
		"1.0.5":  "installs/1.0.0/hex-0.9.0.ez",
		"1.1.0":  "installs/1.1.0/hex-1.0.0.ez",
		"1.2.0":  "installs/1.2.0/hex-1.0.0.ez",
		"1.12.3": "installs/1.12.0/hex-2.0.0.ez",
		"1.14.0": "installs/1.13.0/hex-2.0.0.ez",
	} {
		if a, _ := l.Pick(rows, elixir, "25"); a.Path != want {
			t.Errorf("Elixir %s: %q, want %q", elixir, a.Path, want)
		}
	}
	want := []string{"1.0.0/hex-0.9.0.ez", "1.1.0/hex-1.0.0.ez", "1.12.0/hex-2.0.0.ez", "1.13.0/hex-2.0.0.ez", "1.2.0/hex-1.0.0.ez"}
	if got := paths(l.Latest(rows)); !slices.Equal(got, want) {
		t.Errorf("latest %q, want %q", got, want)
	}
}

// The promise of Latest: whatever a client is, what it picks is among them.
func TestLatestServesEveryClient(t *testing.T) {
	elixir := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf("1.%d.%d%s", rapid.IntRange(15, 19).Draw(t, "minor"), rapid.IntRange(0, 2).Draw(t, "patch"), rapid.SampledFrom([]string{"", "", "-rc.0"}).Draw(t, "pre"))
	})
	otp := rapid.SampledFrom([]string{"9", "25", "26", "27", "100"})
	rapid.Check(t, func(t *rapid.T) {
		l := rapid.SampledFrom(Lists()).Draw(t, "list")
		var csv strings.Builder
		for i := range rapid.IntRange(1, 12).Draw(t, "rows") {
			fmt.Fprintf(&csv, "2.%d.0,%s,", i/2, fakeSum(i))
			if l.OTP {
				fmt.Fprintf(&csv, "%s,%s\n", elixir.Draw(t, "elixir"), otp.Draw(t, "otp"))
			} else {
				fmt.Fprintln(&csv, strings.Join(rapid.SliceOfN(elixir, 1, 4).Draw(t, "elixirs"), ","))
			}
		}
		rows, err := l.Parse([]byte(csv.String()))
		if err != nil {
			t.Fatal(err)
		}
		a, ok := l.Pick(rows, elixir.Draw(t, "own elixir"), otp.Draw(t, "own otp"))
		if ok && !slices.Contains(paths(l.Latest(rows)), strings.TrimPrefix(a.Path, "installs/")) {
			t.Fatalf("a client picks %s, which is not among the latest", a.Path)
		}
	})
}
