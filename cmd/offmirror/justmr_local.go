package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/justmr"
)

func (p *program) justmrLocalCommand() *cli.Command {
	return &cli.Command{
		Name:  "local",
		Usage: "print or merge the file that tells just-mr where everything is (~/.just-local.json)",
		Description: "BASE is where clients see the mirror: what offmirror serve prints, the URL of ROOT/justmr, or a\n" +
			"folder of theirs, such as file:///mnt/stick. \"/justmr\" is added unless it ends so, or with --exact.\n" +
			"--merge rewrites FILE in one step. What its user has in it stays; of a URL that is mirrored here,\n" +
			"this mirror comes first and the user's own mirrors follow.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "url", Usage: "`BASE` of the mirror"},
			&cli.StringFlag{Name: "merge", Usage: "bring it into `FILE` instead of printing it"},
			&cli.BoolFlag{Name: "exact", Usage: "BASE is ROOT/justmr, whatever it is called", DisableDefaultText: true},
		},
		Action: p.justmrLocal,
	}
}

func (p *program) justmrLocal(c *cli.Context) error {
	if c.NArg() > 0 {
		return usagef("justmr local takes no arguments, but got %q", c.Args().First())
	}
	base, err := justmrBase(c.String("url"), c.Bool("exact"))
	if err != nil {
		return err
	}
	locations, err := p.justmrLocations(c)
	if err != nil {
		return err
	}
	file := p.absolute(c.String("merge"))
	if file == "" {
		if _, err := p.stdout.Write(locations.Local(base)); err != nil {
			return fmt.Errorf("writing results: %w", err)
		}
		return nil
	}
	return p.mergeLocal(locations, base, file)
}

// justmrLocations reads where the published snapshot has things.
func (p *program) justmrLocations(c *cli.Context) (*justmr.Locations, error) {
	m, err := p.openMirror(c)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	history, err := m.History("justmr")
	if err != nil {
		return nil, err
	}
	snapshot, err := history.Current()
	if err != nil {
		return nil, err
	}
	if snapshot == nil {
		return nil, errors.New("justmr: nothing is published in this root: run offmirror sync justmr")
	}
	return justmr.ReadLocations(snapshot)
}

type mergedObject struct {
	File    string `json:"file"`
	Changed bool   `json:"changed"`
}

func (p *program) mergeLocal(locations *justmr.Locations, base justmr.Base, file string) error {
	old, err := readSmall(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	merged, err := locations.MergeLocal(old, base)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	changed := string(merged) != string(old)
	if changed {
		if err := replaceFile(file, merged); err != nil {
			return err
		}
	}
	p.out.object("merged", mergedObject{file, changed})
	if changed {
		p.log.Info("changed " + file)
	} else {
		p.log.Info(file + " was up to date")
	}
	return p.out.err
}

const maxLocalFile = 64 << 20

// readSmall reads a regular file that is to be replaced.
func readSmall(file string) ([]byte, error) {
	if info, err := os.Stat(file); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: no regular file", file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxLocalFile+1))
	if err == nil && len(data) > maxLocalFile {
		err = fmt.Errorf("%s: larger than %d bytes", file, maxLocalFile)
	}
	return data, err
}

// replaceFile gives a file other content in one step: who reads it meanwhile reads the old or the
// new one, whole. It keeps its owner and its mode; of a symbolic
// link, the target is replaced.
func replaceFile(file string, data []byte) (err error) {
	if file, err = linkTarget(file); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	old, err := os.Stat(file)
	if err == nil {
		mode = old.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	err = errors.Join(err, keepOwner(f, old), f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

// linkTarget returns what a path leads to in the end, which need not be there.
func linkTarget(file string) (string, error) {
	const most = 40
	for range most {
		if target, err := filepath.EvalSymlinks(file); err == nil {
			return target, nil
		}
		link, err := os.Readlink(file)
		if err != nil {
			return file, nil //nolint:nilerr // it is no link
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(file), link)
		}
		file = link
	}
	return "", fmt.Errorf("%s: more than %d symbolic links", file, most)
}
