package importgit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/justmr/importgit/importgittest"
	"github.com/offmirror/offmirror/ecosystems/justmr/ordered"
)

const randomFile = "testdata/random.jsonl"

// recordedCase is a random case with what the original made of it.
type recordedCase struct {
	importgittest.Case
	Commit string
	Result result
}

func (c *recordedCase) args(url string) []string {
	return slices.Concat(c.Options, []string{url}, c.Entry)
}

const randomURL = "https://git.example.org/foreign.git"

// TestRandomAsRecorded imports random configurations as the original did.
func TestRandomAsRecorded(t *testing.T) {
	if original != "" {
		recordRandom(t)
	}
	data, err := os.ReadFile(randomFile)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	cases, whole := 0, 0
	for ; lines.Scan(); cases++ {
		var c recordedCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		got, said, err := c.merge(t)
		switch {
		case c.Result.Failed && err == nil:
			t.Errorf("case %d: the original fails: %s\n%s", cases, lines.Bytes(), got)
		case c.Result.Failed:
		case err != nil:
			t.Errorf("case %d: %v: %s", cases, err, lines.Bytes())
		case got != c.Result.Out || said != c.Result.Said:
			t.Errorf("case %d: %s\n got %s%s\nwant %s%s", cases, lines.Bytes(), got, said, c.Result.Out, c.Result.Said)
		default:
			whole++
		}
	}
	if cases < 300 || whole < cases/2 {
		t.Errorf("%d cases, of which %d were imported: that proves too little", cases, whole)
	}
}

// merge imports without git.
func (c *recordedCase) merge(t testing.TB) (out, said string, err error) {
	base, err := Read("base", strings.NewReader(c.Base))
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := Read("foreign", strings.NewReader(c.Foreign))
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, c.args(randomURL))
	if o.Plain {
		foreign = plain()
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "Importing commit %s\n", c.Commit)
	if err := merge(base, foreign, stub(o, c.Commit), o, &b); err != nil {
		return "", "", err
	}
	return string(ordered.Append(nil, base)) + "\n", remarksOf(b.String()), nil
}

func recordRandom(t *testing.T) {
	t.Helper()
	rng := rand.New(rand.NewPCG(4, 2))
	var b bytes.Buffer
	for range 300 {
		c := recordedCase{Case: importgittest.Random(rng.IntN)}
		dir, commit := newForeign(t, map[string]string{"repos.json": c.Foreign})
		c.Commit = commit
		c.Result = runOriginal(t, c.Base, c.args("file://"+dir)...)
		c.Result.Out = strings.ReplaceAll(c.Result.Out, "file://"+dir, randomURL)
		line, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	write(t, randomFile, b.String())
}

// No configuration makes an import panic or go on for ever; what is imported into stays.
func TestAnyConfiguration(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := recordedCase{Case: importgittest.Random(func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") }), Commit: strings.Repeat("0", 40)}
		out, _, err := c.merge(t)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				rt.Fatalf("an error of several lines: %q", err)
			}
			return
		}
		before, after := parsed(t, c.Base), parsed(t, out)
		keys := func(o *ordered.Object) (list []string) {
			for key := range o.All() {
				list = append(list, key)
			}
			return list
		}
		if now := keys(after); !slices.Equal(keys(before), now[:before.Len()]) {
			rt.Fatalf("keys were %q and are %q", keys(before), now)
		}
		ours, _ := repositories(before)
		then, _ := repositories(after)
		if now := keys(then); !slices.Equal(keys(ours), now[:ours.Len()]) || len(now) == ours.Len() {
			rt.Fatalf("repositories were %q and are %q", keys(ours), now)
		}
		for name, description := range ours.All() {
			got, _ := then.Get(name)
			if string(ordered.Append(nil, got)) != string(ordered.Append(nil, description)) {
				rt.Fatalf("%q changed", name)
			}
		}
	})
}

func parsed(t testing.TB, text string) *ordered.Object {
	t.Helper()
	o, err := Read("text", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func FuzzForeign(f *testing.F) {
	f.Add(`{"repositories":{"a":{"repository":"b"},"b":{"repository":"a"}}}`)
	f.Add(`{"main":"a","repositories":{"a":{"repository":{"type":"computed","repo":"a"},"target_root":"a","bindings":{"x":"a"}}}}`)
	f.Fuzz(func(t *testing.T, foreign string) {
		config, err := Read("foreign", strings.NewReader(foreign))
		if err != nil {
			return
		}
		o := Options{URL: randomURL, Branch: "b", Absent: true}
		if err := merge(&ordered.Object{}, config, stub(o, "c"), o, new(bytes.Buffer)); err != nil && strings.Contains(err.Error(), "\n") {
			t.Fatalf("%q", err)
		}
	})
}
