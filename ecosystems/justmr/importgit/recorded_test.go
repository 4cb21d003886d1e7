package importgit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/offmirror/offmirror/ecosystems/justmr/ordered"
)

// original is just-import-git itself. If the variable names it, the recorded results are
// made anew; they are committed, so that nobody needs it.
var original = os.Getenv("RECORD_JUST_IMPORT_GIT")

// result is what the original wrote.
type result struct {
	Out    string // configuration
	Said   string // remarks but git's
	Failed bool
}

// run runs the original. Remarks of git, tracebacks and the folder of the clone are left out.
func runOriginal(t testing.TB, base string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second) // it may go round in circles
	defer cancel()
	cmd := exec.CommandContext(ctx, "python3", append([]string{original, "-C", "-"}, args...)...)
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(base), &out, &said
	cmd.Env = append(os.Environ(), "PYTHONUTF8=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	err := cmd.Run()
	if _, exit := errors.AsType[*exec.ExitError](err); err != nil && !exit {
		t.Fatal(err)
	}
	if err != nil {
		return result{Failed: true}
	}
	return result{Out: out.String(), Said: remarksOf(said.String())}
}

// remarksOf returns the remarks that are not git's.
func remarksOf(said string) string {
	var kept []string
	for line := range strings.Lines(said) {
		for _, begin := range []string{"Importing ", "Transitive ", "Repositories "} {
			if strings.HasPrefix(line, begin) {
				kept = append(kept, line)
			}
		}
	}
	return strings.Join(kept, "")
}

// TestRecorded imports as the original did, from repositories that git made. A file of
// testdata/recorded has base.json, the files of the repository below foreign/, in args a list of
// arguments a line, each for an import into the result of the one before, and what came out.
func TestRecorded(t *testing.T) {
	list, err := filepath.Glob("testdata/recorded/*.txtar")
	if err != nil || len(list) < 15 {
		t.Fatalf("%d recorded imports, %v", len(list), err)
	}
	for _, name := range list {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir, _ := newForeign(t, files(a, "foreign"))
			url := "file://" + dir
			base := file(t, a, "base.json")
			var out, said string
			for line := range strings.Lines(file(t, a, "args")) {
				var args []string
				if err := json.Unmarshal([]byte(strings.ReplaceAll(line, "@URL@", url)), &args); err != nil {
					t.Fatal(err)
				}
				var r result
				if original != "" {
					r = runOriginal(t, base, args...)
				} else {
					r = importAs(t, base, args)
				}
				if r.Failed {
					r = result{Out: "failed\n"}
				}
				out, said = out+r.Out, said+r.Said
				base = r.Out
			}
			out = strings.ReplaceAll(out, url, "@URL@")
			if original != "" {
				record(t, name, a, out, said)
				return
			}
			if diff := cmp.Diff(file(t, a, "out"), out); diff != "" {
				t.Errorf("configuration: -original +here\n%s", diff)
			}
			if diff := cmp.Diff(file(t, a, "said"), said); diff != "" {
				t.Errorf("remarks: -original +here\n%s", diff)
			}
		})
	}
}

func record(t *testing.T, name string, a *txtar.Archive, out, said string) {
	t.Helper()
	kept := a.Files[:0]
	for _, f := range a.Files {
		if f.Name != "out" && f.Name != "said" {
			kept = append(kept, f)
		}
	}
	a.Files = append(kept, txtar.File{Name: "out", Data: []byte(out)}, txtar.File{Name: "said", Data: []byte(said)})
	if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// importAs does what the command does with arguments of the original.
func importAs(t testing.TB, base string, args []string) result {
	t.Helper()
	config, err := Read("base", strings.NewReader(base))
	if err != nil {
		return result{Failed: true}
	}
	var said bytes.Buffer
	err = Run(t.Context(), config, options(t, args), Clone(os.Environ(), &said), &said)
	if err != nil {
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("an error of several lines: %q", err)
		}
		return result{Failed: true}
	}
	return result{Out: string(ordered.Append(nil, config)) + "\n", Said: remarksOf(said.String())}
}

// options reads arguments of the original.
func options(t testing.TB, args []string) Options {
	t.Helper()
	o := Options{Branch: "master"}
	take := func() (arg string) {
		if len(args) == 0 {
			t.Fatal("an argument is missing")
		}
		arg, args = args[0], args[1:]
		return arg
	}
	var words []string
	for len(args) > 0 {
		switch arg := take(); arg {
		case "-b":
			o.Branch = take()
		case "-R":
			o.Config = take()
		case "--as":
			o.As, o.Named = take(), true
		case "--plain":
			o.Plain = true
		case "--absent":
			o.Absent = true
		case "--map":
			o.Map = append(o.Map, Mapping{Theirs: take(), Ours: take()})
		case "--mirror":
			o.Mirrors = append(o.Mirrors, take())
		case "--inherit-env":
			o.InheritEnv = append(o.InheritEnv, take())
		default:
			words = append(words, arg)
		}
	}
	o.URL = words[0]
	if len(words) > 1 {
		o.Entry = words[1]
	}
	return o
}
