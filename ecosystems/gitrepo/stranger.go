package gitrepo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// A store may be a gift: a disk that somebody brought, say. Git reads more of a repository than
// objects and refs, and believes it: commands that a configuration names, other folders
// to take objects from, or to write into.

// foreign are the files and folders of a repository that the Store never makes.
var foreign = []string{
	"commondir", "config.worktree", "gitdir", "hooks", "info", "modules", "worktrees",
	"objects/info/alternates", "objects/info/http-alternates",
}

// ownConfig is a line of what "git init" writes.
var ownConfig = regexp.MustCompile(`^(?:|\[core\]|\[extensions\]|\t(?:repositoryformatversion|filemode|bare|ignorecase|precomposeunicode|` +
	`symlinks|logallrefupdates|objectformat|refstorage) = [a-z0-9]+)$`)

const maxConfig = 64 << 10 // bytes

// tame leaves of a repository what the Store makes. A link or a special file, through which
// git would write elsewhere or wait for ever, is an error: no repository of the Store has any.
// Each repository is looked at once, before anything is done with it.
func (s *Store) tame(name string) error {
	s.taming.Lock()
	defer s.taming.Unlock()
	if s.tamed[name] {
		return nil
	}
	err := fs.WalkDir(s.root.FS(), name, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !d.Type().IsRegular() {
			err = fmt.Errorf("%w: %.200q is neither file nor folder: move the repository away, so that it is made again", ErrDamaged, p)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range foreign {
		if err := s.root.RemoveAll(path.Join(name, f)); err != nil {
			return err
		}
	}
	if err := s.tameConfig(path.Join(name, "config")); err != nil {
		return err
	}
	s.tamed[name] = true
	return nil
}

// tameConfig writes a configuration again that holds more than it should.
func (s *Store) tameConfig(name string) error {
	f, err := s.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return s.root.WriteFile(name, []byte(bareConfig(false)), 0o644)
	}
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxConfig))
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	isSHA256, own := false, len(text) < maxConfig
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		own = own && ownConfig.MatchString(line)
		isSHA256 = isSHA256 || strings.EqualFold(strings.Join(strings.Fields(line), ""), "objectformat=sha256")
	}
	if own {
		return nil
	}
	temporary := name + ".new"
	if err := s.root.WriteFile(temporary, []byte(bareConfig(isSHA256)), 0o644); err != nil {
		return err
	}
	return s.root.Rename(temporary, name)
}
