package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest/pkgclient"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
)

// demoJulias are versions of Julia that deal with package servers in different ways.
var demoJulias = []string{"1.5.3", "1.7.3", "1.10.10", "1.13.0"}

func (s *story) planJulia(ctx context.Context) (err error) {
	if s.julia, s.stopJulia, err = juliatest.Start(); err != nil {
		return err
	}
	up := s.julia
	up.Publish("Parsers", juliatest.Version{Number: "2.8.1"})
	up.PublishJLL("Codec", "1.3.0", "x86_64-linux-gnu", "aarch64-apple-darwin")
	up.Publish("Tables", juliatest.Version{Number: "1.11.0", Deps: []string{"Dates", "Parsers 2", "Codec_jll 1"}})
	up.Publish("Unrelated", juliatest.Version{Number: "0.1.0"})
	section := `
[julia]
upstream = "` + up.BaseURL() + `"
packages = ["Tables@1"]
platforms = ["x86_64-linux-gnu"]
`
	if err := s.extend("offmirror.toml", section); err != nil {
		return err
	}
	for line := range strings.Lines(strings.TrimSpace(section)) {
		s.say("%s", strings.TrimRight(line, "\n"))
	}
	said, err := s.offmirror(ctx, exitComplete, "plan", "julia")
	if err != nil {
		return err
	}
	return expect(said, "(packages: Tables@1)", "(needed by Tables 1.11.0)", "not known yet")
}

// extend adds text to a file of the demo.
func (s *story) extend(name, text string) error {
	file := filepath.Join(s.folder, name)
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(old, text...), 0o600)
}

func (s *story) syncJulia(ctx context.Context) error {
	said, err := s.offmirror(ctx, exitComplete, "sync", "julia")
	if err != nil {
		return err
	}
	if err := expect(said, "published snapshot"); err != nil {
		return err
	}
	unrelated, _ := s.julia.Release("Unrelated", "0.1.0")
	codec, _ := s.julia.Release("Codec_jll", "1.3.0")
	for path, here := range map[string]bool{
		codec.Artifacts[0].Path: true,  // for Linux
		codec.Artifacts[1].Path: false, // for macOS
		unrelated.Path:          false,
	} {
		if _, err := os.Stat(filepath.Join(s.folder, "mirror/julia", path)); (err == nil) != here {
			return fmt.Errorf("%s should be here: %v, but: %w", path, here, err)
		}
	}
	s.say("upstream's registry has the tree %.12s…", s.julia.Hash())
	tree, err := s.listedJulia()
	if err != nil {
		return err
	}
	s.say("the mirror's has the tree %.12s…, and lists what is here", tree)
	if tree == s.julia.Hash().String() {
		return errors.New("the registry was not pruned")
	}
	said, err = s.offmirror(ctx, exitComplete, "verify", "julia")
	if err != nil {
		return err
	}
	return expect(said, "is whole")
}

// listedJulia returns the tree of General that the mirror lists.
func (s *story) listedJulia() (string, error) {
	data, err := os.ReadFile(filepath.Join(s.folder, "mirror/julia", pkgserver.RegistriesPath))
	if err != nil {
		return "", err
	}
	list, _, err := pkgserver.ParseRegistries(data)
	if err != nil {
		return "", err
	}
	for _, r := range list {
		if r.UUID == registry.General {
			return r.Tree.String(), nil
		}
	}
	return "", errors.New("the mirror does not list General")
}

func (s *story) addJulia(ctx context.Context) error {
	return s.whileServed(ctx, func(ctx context.Context) error {
		for _, v := range demoJulias {
			err := s.pkg(v, "add Tables", "1.11.0", func(c *pkgclient.Client) (*pkgclient.Report, error) {
				return c.Add(ctx, "Tables")
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// pkg runs a command of Pkg in some version of Julia, with a depot of its own.
func (s *story) pkg(v, command, want string, run func(*pkgclient.Client) (*pkgclient.Report, error)) error {
	r, err := run(pkgclient.New(pkgclient.Julia(v), s.served+"/julia", filepath.Join(s.folder, "depot-"+v)))
	if err != nil {
		return fmt.Errorf("julia %s: %w", v, err)
	}
	if len(r.Escapes) > 0 || len(r.Misses()) > 0 {
		return fmt.Errorf("julia %s did not find everything here: %v, %v", v, r.Escapes, r.Misses())
	}
	s.say("as Julia %s: pkg> %s   → %s (%d requests, nobody else was asked)", v, command, r, len(r.Requests))
	if tables, _ := r.Package("Tables"); tables.Version.String() != want {
		return fmt.Errorf("julia %s has %s, want Tables %s", v, r, want)
	}
	return nil
}

func (s *story) updateJulia(ctx context.Context) error {
	first, err := os.Readlink(filepath.Join(s.folder, "mirror/snapshots/julia/current"))
	if err != nil {
		return err
	}
	newer := s.julia.Publish("Tables", juliatest.Version{Number: "1.12.0", Deps: []string{"Parsers 2"}})
	s.julia.ResetLog()
	if _, err := s.offmirror(ctx, exitComplete, "sync", "julia"); err != nil {
		return err
	}
	if n := s.julia.Count("package/"); n == 0 || n != s.julia.Count(newer.Path) {
		return fmt.Errorf("%d requests for packages, of which one is new", n)
	}
	return s.whileServed(ctx, func(ctx context.Context) error {
		update := func(want string) error {
			for _, v := range demoJulias {
				err := s.pkg(v, "update", want, func(c *pkgclient.Client) (*pkgclient.Report, error) { return c.Update(ctx) })
				if err != nil {
					return err
				}
			}
			return nil
		}
		if err := update("1.12.0"); err != nil {
			return err
		}
		if _, err := s.offmirror(ctx, exitComplete, "snapshot", "rollback", "julia", first[:12]); err != nil {
			return err
		}
		return update("1.11.0")
	})
}
