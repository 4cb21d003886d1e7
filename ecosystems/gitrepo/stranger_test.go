package gitrepo_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
)

// A store may be a gift. What is in it besides objects and refs has no say: git would run
// commands that a configuration names, and write through links.
func TestStoreOfAStranger(t *testing.T) {
	outside, w := t.TempDir(), newWork(t)
	touched := filepath.Join(outside, "touched")
	script := filepath.Join(outside, "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ntouch "+touched+"\nexec \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	other := newWork(t)
	src := gitrepo.Source{URL: w.dir, Local: true}
	bait := map[string]func(dir string){
		"alternates": func(dir string) {
			write(t, filepath.Join(dir, "config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\talternateRefsCommand = "+script+"\n")
			write(t, filepath.Join(dir, "objects/info/alternates"), filepath.Join(other.dir, ".git/objects")+"\n")
		},
		"uploadpack": func(dir string) {
			write(t, filepath.Join(dir, "config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[remote \""+w.dir+"\"]\n\turl = "+w.dir+"\n\tuploadpack = "+script+" git-upload-pack\n")
		},
		"include": func(dir string) {
			write(t, filepath.Join(outside, "more"), "[remote \""+w.dir+"\"]\n\turl = "+w.dir+"\n\tuploadpack = "+script+" git-upload-pack\n")
			write(t, filepath.Join(dir, "config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[include]\n\tpath = "+filepath.Join(outside, "more")+"\n")
		},
		"worktree config": func(dir string) {
			write(t, filepath.Join(dir, "config"), "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tworktreeConfig = true\n")
			write(t, filepath.Join(dir, "config.worktree"), "[remote \""+w.dir+"\"]\n\turl = "+w.dir+"\n\tuploadpack = "+script+" git-upload-pack\n")
		},
		"common dir": func(dir string) {
			write(t, filepath.Join(outside, "common/config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[remote \""+w.dir+"\"]\n\turl = "+w.dir+"\n\tuploadpack = "+script+" git-upload-pack\n")
			write(t, filepath.Join(dir, "commondir"), filepath.Join(outside, "common")+"\n")
			for _, sub := range []string{"objects", "refs"} {
				if err := os.MkdirAll(filepath.Join(outside, "common", sub), 0o755); err != nil {
					t.Fatal(err)
				}
			}
		},
		"linked objects": func(dir string) { link(t, filepath.Join(dir, "objects"), filepath.Join(outside, "objects")) },
		"linked packs":   func(dir string) { link(t, filepath.Join(dir, "objects/pack"), filepath.Join(outside, "pack")) },
		"linked refs":    func(dir string) { link(t, filepath.Join(dir, "refs/heads"), filepath.Join(outside, "heads")) },
		"linked config":  func(dir string) { link(t, filepath.Join(dir, "config"), filepath.Join(outside, "config")) },
	}
	for name, put := range bait {
		m := newMirror(t, gitrepo.Options{})
		repo, _ := m.must(src)
		put(repo.Dir())
		before := files(t, outside)
		w.commit("more", name)
		next, err := gitrepo.NewStore(newGit(t, gitrepo.Options{}), openRoot(t, m.dir))
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = next.Update(t.Context(), src)
		if err == nil {
			if got, err := repo.Resolve(t.Context(), "main"); err != nil || got != w.git("rev-parse", "HEAD") {
				t.Errorf("%s: %s, %v", name, got, err)
			}
		}
		if _, err := os.Stat(touched); err == nil {
			t.Errorf("%s: a command ran", name)
			_ = os.Remove(touched)
		}
		if after := files(t, outside); len(after) != len(before) {
			t.Errorf("%s: there is more outside of the store: %q", name, after)
		}
		if links := strings.HasPrefix(name, "linked"); links != (err != nil) || links && !errors.Is(err, gitrepo.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// link moves what is at from to a place elsewhere, and leaves a link.
func link(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, from); err != nil {
		t.Fatal(err)
	}
}
