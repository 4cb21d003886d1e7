package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/justmr/justmrtest"
)

// project is a just-mr project of the demo: an archive whose primary URL is dead, and a commit.
type project struct {
	up      *justmrtest.Upstream
	stop    func()
	rules   *justmrtest.Repository
	commit  string // that the project has pinned
	content string // of the archive
	primary string // URL of the archive
}

func (s *story) planJustMR(ctx context.Context) (err error) {
	p := &s.justmr
	if p.up, p.stop, err = justmrtest.Start(ctx, 2); err != nil {
		return err
	}
	if p.rules, err = p.up.Host(0).Repository(ctx, "group/rules"); err != nil {
		return err
	}
	if p.commit, err = p.rules.Commit(ctx, "master", justmrtest.File{Name: "rules/RULES", Text: "{}\n"}); err != nil {
		return err
	}
	archive := justmrtest.TarGz(justmrtest.File{Name: "zlib-1.3/zlib.h", Text: "/* zlib */\n"})
	p.content, p.primary = justmrtest.Content(archive), p.up.Host(0).URL()+"/zlib-1.3.tar.gz"
	config := &justmrtest.Config{Main: "main"}
	config.Add("main", justmrtest.Folder(".")).With("bindings", justmrtest.Object{"rules": "rules", "zlib": "zlib"})
	config.Add("rules", justmrtest.Git(p.rules.URL(), "master", p.commit).With("subdir", "rules"))
	config.Add("zlib", justmrtest.Archive(p.content, p.primary).With("mirrors", []string{p.up.Host(1).Put("/pub/zlib-1.3.tar.gz", archive)}))
	if err := os.WriteFile(filepath.Join(s.folder, "repos.json"), config.JSON(), 0o600); err != nil {
		return err
	}
	section := "\n[justmr]\nconfigs = [\"repos.json\"]\n"
	if err := s.extend("offmirror.toml", section); err != nil {
		return err
	}
	for line := range strings.Lines(strings.TrimSpace(section)) {
		s.say("%s", strings.TrimRight(line, "\n"))
	}
	said, err := s.offmirror(ctx, exitComplete, "plan", "justmr")
	if err != nil {
		return err
	}
	return expect(said, p.content, "group/rules")
}

func (s *story) syncJustMR(ctx context.Context) error {
	said, err := s.offmirror(ctx, exitComplete, "sync", "justmr")
	if err != nil {
		return err
	}
	if err := expect(said, "published snapshot"); err != nil {
		return err
	}
	s.justmr.up.ResetLog()
	if said, err = s.offmirror(ctx, exitComplete, "sync", "justmr"); err != nil {
		return err
	}
	if asked := s.justmr.up.Requests(); len(asked) > 0 {
		return fmt.Errorf("the second sync asked upstream %v", asked)
	}
	s.say("upstream saw nothing of the second sync: all is named by its content")
	if err := expect(said, "unchanged"); err != nil {
		return err
	}
	said, err = s.offmirror(ctx, exitComplete, "verify", "justmr")
	if err != nil {
		return err
	}
	return expect(said, "is whole")
}

// rewriteJustMR has upstream rewrite its history, and vanish.
func (s *story) rewriteJustMR(ctx context.Context) error {
	p := &s.justmr
	if _, err := p.rules.ForcePush(ctx, "master", justmrtest.File{Name: "rules/RULES", Text: "{\"new\": {}}\n"}); err != nil {
		return err
	}
	if _, err := s.offmirror(ctx, exitComplete, "sync", "justmr", "--deep"); err != nil {
		return err
	}
	p.up.Down(true)
	p.up.ResetLog()
	if err := s.whileServed(ctx, s.setupJustMR); err != nil {
		return err
	}
	if asked := p.up.Requests(); len(asked) > 0 {
		return fmt.Errorf("somebody asked upstream %v", asked)
	}
	return nil
}

// setupJustMR does what "just-mr setup" does with the file that the mirror gives.
func (s *story) setupJustMR(ctx context.Context) error {
	p := &s.justmr
	text, _, err := s.get(ctx, "/justmr/just-local.json", "")
	if err != nil {
		return err
	}
	var local struct {
		Mirrors map[string][]string `json:"local mirrors"`
	}
	if err := json.Unmarshal(text, &local); err != nil {
		return err
	}
	here, git := local.Mirrors[p.primary], local.Mirrors[p.rules.URL()]
	if len(here) != 1 || len(git) != 1 {
		return fmt.Errorf("just-local.json has no mirror of %s and %s", p.primary, p.rules.URL())
	}
	archive, _, err := s.get(ctx, strings.TrimPrefix(here[0], s.served), "")
	if err != nil {
		return err
	}
	if justmrtest.Content(archive) != p.content {
		return errors.New("the archive is not the one of repos.json")
	}
	s.say("just-local.json leads to the archive, whose content is %s", p.content)
	clone := filepath.Join(s.folder, "clone.git")
	for _, args := range [][]string{
		{"clone", "--quiet", "--bare", "--single-branch", "--branch", "master", git[0], clone},
		{"--git-dir", clone, "merge-base", "--is-ancestor", p.commit, "master"},
	} {
		cmd := exec.CommandContext(ctx, "git", args...) //nolint:gosec // the demo makes its own repositories
		cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(out))
		}
	}
	s.say("and to a repository in which branch master reaches the pinned commit %.12s… for ever", p.commit)
	return nil
}
