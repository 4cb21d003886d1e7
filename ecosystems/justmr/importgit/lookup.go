package importgit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/offmirror/offmirror/ecosystems/justmr/ordered"
	"github.com/offmirror/offmirror/ecosystems/justmr/repos"
)

// Places are where just-mr looks for a configuration when none is named.
type Places struct {
	Folder string // the current folder, absolute: its workspace is looked in
	Home   string // "": there is none
	System string // the root of the file system
}

// Find returns the first configuration that is there: repos.json and etc/repos.json of the
// workspace, .just-repos.json of the home folder, etc/just-repos.json of the system. The
// workspace is the nearest parent that has .git, ROOT or WORKSPACE in it.
func (p Places) Find() (file string, ok bool) {
	var candidates []string
	if workspace, ok := p.workspace(); ok {
		candidates = append(candidates, filepath.Join(workspace, "repos.json"), filepath.Join(workspace, "etc", "repos.json"))
	}
	if p.Home != "" {
		candidates = append(candidates, filepath.Join(p.Home, ".just-repos.json"))
	}
	for _, file := range append(candidates, filepath.Join(p.System, "etc", "just-repos.json")) {
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file, true
		}
	}
	return "", false
}

func (p Places) workspace() (string, bool) {
	for dir := p.Folder; ; {
		for _, marker := range []string{".git", "ROOT", "WORKSPACE"} {
			if _, err := os.Stat(filepath.Join(dir, marker)); err == nil {
				return dir, true
			}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

// Read reads a configuration, of at most [repos.MaxSize] bytes. The name is for messages.
func Read(name string, r io.Reader) (*ordered.Object, error) {
	data, err := io.ReadAll(io.LimitReader(r, repos.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return parse(name, data)
}

func parse(name string, data []byte) (*ordered.Object, error) {
	if len(data) > repos.MaxSize {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, repos.MaxSize)
	}
	v, err := ordered.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	o, ok := v.(*ordered.Object)
	if !ok {
		return nil, fmt.Errorf("%s: no JSON object", name)
	}
	return o, nil
}

// ReadFile is [Read] for a file.
func ReadFile(file string) (*ordered.Object, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(file, f)
}

// foreignConfig reads the configuration of the repository that is imported.
func foreignConfig(ctx context.Context, c *Checkout, o Options) (*ordered.Object, error) {
	switch {
	case o.Plain:
		return plain(), nil
	case filepath.IsAbs(o.Config):
		return ReadFile(o.Config)
	}
	files := []string{"repos.json", "etc/repos.json"}
	if o.Config != "" {
		files = []string{o.Config}
	}
	for _, file := range files {
		data, err := c.ReadFile(ctx, file)
		switch {
		case err == nil:
			return parse(file+" of the imported repository", data)
		case o.Config != "" || !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	return nil, errors.New("Could not get repository config file") //nolint:staticcheck // the words of the original
}

// plain is the configuration of a repository that is one root and has no other.
func plain() *ordered.Object {
	root, description, repositories, config := &ordered.Object{}, &ordered.Object{}, &ordered.Object{}, &ordered.Object{}
	root.Set("type", "file")
	root.Set("path", ".")
	description.Set("repository", root)
	repositories.Set("", description)
	config.Set("main", "")
	config.Set("repositories", repositories)
	return config
}
