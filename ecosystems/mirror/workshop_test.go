package mirror_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
)

// shout is an item that fetches a file and publishes it in capitals.
func shout(w *world, path string, calls *int) ecosystems.Item {
	source := fetch.Request{URL: w.driver.url + "/" + path, Key: "toy " + path}
	return ecosystems.Item{Path: "loud/" + path, Name: "loud " + path, Source: ecosystems.Prepared{
		First: source,
		Make: func(ctx context.Context, shop ecosystems.Workshop) (fetch.Object, error) {
			quiet, err := shop.Fetch(ctx, source)
			if err != nil {
				return fetch.Object{}, err
			}
			return shop.Write(ctx, "toy loud "+path, func(dst io.Writer) error {
				*calls++
				f, err := shop.Open(quiet)
				if err != nil {
					return err
				}
				defer f.Close()
				data, err := io.ReadAll(f)
				if err != nil {
					return err
				}
				_, err = dst.Write(bytes.ToUpper(data))
				return err
			})
		},
	}}
}

func TestPreparedItemIsMadeOnce(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "hello"})
	calls := 0
	w.driver.extra = []ecosystems.Item{shout(w, "a", &calls)}
	w.driver.stubborn = true
	plan, err := w.mirror().Plan(t.Context(), w.job(ecosystems.Selection{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range plan.Items {
		if it.Path == "loud/a" && (it.Held || it.Size != 5 || it.URL == "") {
			t.Errorf("planned as %+v", it)
		}
	}
	if calls != 0 {
		t.Error("planning made it")
	}
	w.mustSync()
	data, err := os.ReadFile(filepath.Join(w.dir, "toy", "loud", "a"))
	if err != nil || string(data) != "HELLO" {
		t.Fatalf("got %q, %v", data, err)
	}
	w.requests()
	w.set("b", "more")
	w.mustSync()
	if asked := w.requests()["a"]; calls != 1 || asked != 0 {
		t.Errorf("made %d times, asked for %d times again", calls, asked)
	}
	if err := os.RemoveAll(filepath.Join(w.dir, "store", "sha256", sum("HELLO")[:2], sum("HELLO"))); err != nil {
		t.Fatal(err)
	}
	w.set("c", "and more")
	w.mustSync()
	if calls != 2 {
		t.Errorf("made %d times, want 2: the store had lost it", calls)
	}
}

func TestPreparedItemThatFails(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "hello"})
	failing := func(err error) []ecosystems.Item {
		return []ecosystems.Item{{Path: "made", Name: "made", Source: ecosystems.Prepared{
			Make: func(ctx context.Context, shop ecosystems.Workshop) (fetch.Object, error) {
				return shop.Write(ctx, "never", func(dst io.Writer) error {
					_, _ = io.WriteString(dst, strings.Repeat("half ", 1000))
					return err
				})
			},
		}}}
	}
	w.driver.extra = failing(errors.New("the git tree is damaged"))
	if _, err := w.sync(ecosystems.Selection{}); err == nil || !strings.Contains(err.Error(), "made") {
		t.Fatalf("got %v", err)
	}
	w.driver.extra = failing(fmt.Errorf("%w: a submodule", fetch.ErrAbsent))
	report := w.mustSync()
	if len(report.Missing) != 1 || !report.Missing[0].Absent {
		t.Errorf("missing: %+v", report.Missing)
	}
	left, err := filepath.Glob(filepath.Join(w.dir, "store", "tmp", "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestSpoolIsGoneWhenClosed(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "hello"})
	w.driver.revise = func(_ context.Context, in ecosystems.Input, _ func(ecosystems.Item, error) bool) {
		s, err := in.Workshop.Spool()
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := io.WriteString(s, strings.Repeat("0123456789", 100_000)); err != nil {
			t.Fatal(err)
		}
		var p [5]byte
		if _, err := s.ReadAt(p[:], 999_990); err != nil || string(p[:]) != "01234" {
			t.Errorf("read %q, %v", p, err)
		}
	}
	w.mustSync()
	left, err := filepath.Glob(filepath.Join(w.dir, "store", "tmp", "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestSpoolInAFolderOfTheConfiguration(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "hello"})
	w.cfg.Fetch.TempDir = t.TempDir()
	made := false
	w.driver.revise = func(_ context.Context, in ecosystems.Input, _ func(ecosystems.Item, error) bool) {
		s, err := in.Workshop.Spool()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(s, "0123456789"); err != nil {
			t.Fatal(err)
		}
		var p [4]byte
		if _, err := s.ReadAt(p[:], 3); err != nil || string(p[:]) != "3456" {
			t.Errorf("read %q, %v", p, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		made = true
	}
	w.mustSync()
	for _, dir := range []string{w.cfg.Fetch.TempDir, filepath.Join(w.dir, "store", "tmp")} {
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(left) > 0 || !made {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
	w.cfg.Fetch.TempDir = filepath.Join(w.cfg.Fetch.TempDir, "missing")
	w.driver.revise = func(_ context.Context, in ecosystems.Input, _ func(ecosystems.Item, error) bool) {
		if s, err := in.Workshop.Spool(); err == nil {
			_ = s.Close()
			t.Error("a spool in a folder that does not exist")
		}
	}
	w.files["a"] = "changed"
	if _, err := w.sync(ecosystems.Selection{}); err == nil || !strings.Contains(err.Error(), "make a temporary file: ") {
		t.Errorf("got %v", err)
	}
}

func TestRecordsOfKeptSnapshots(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "1"})
	var kept []string
	w.driver.revise = func(_ context.Context, in ecosystems.Input, _ func(ecosystems.Item, error) bool) {
		records, err := in.Kept()
		if err != nil {
			t.Fatal(err)
		}
		kept = nil
		for _, r := range records {
			kept = append(kept, string(r))
		}
		if err := in.Record(len(records) + 1); err != nil {
			t.Fatal(err)
		}
	}
	for _, body := range []string{"1", "2", "3"} {
		w.set("a", body)
		w.mustSync()
	}
	if strings.Join(kept, " ") != "1 2" {
		t.Errorf("the third run found %v", kept)
	}
}

func TestGitRepositoriesOfTheMirror(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "1"})
	w.driver.revise = func(ctx context.Context, in ecosystems.Input, _ func(ecosystems.Item, error) bool) {
		repos, err := in.Git(ctx, map[string]string{"http.lowSpeedLimit": "1"})
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := repos.Open("https://git.example/x.git"); !errors.Is(err, gitrepo.ErrNoRepo) {
			t.Errorf("opened what was never mirrored: %v", err)
		}
		_, _, err = repos.Update(ctx, gitrepo.Source{URL: w.driver.url + "/none.git"})
		if !errors.Is(err, fetch.ErrAbsent) {
			t.Errorf("got %v", err)
		}
	}
	w.mustSync()
	if _, err := os.Stat(filepath.Join(w.dir, "store", "git")); err != nil {
		t.Error(err)
	}
}
