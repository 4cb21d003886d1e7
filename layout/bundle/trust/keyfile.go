package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/offmirror/offmirror/fetch/store"
)

// LoadKey reads a secret key, as [LoadSecret] does, and the rotations that led to it from the
// file beside it with .rotations added, which need not be there.
func LoadKey(file string, password Password) (Secret, []string, error) {
	s, err := LoadSecret(file, password)
	if err != nil {
		return Secret{}, nil, err
	}
	data, err := store.ReadFile(file+chainSuffix, maxChainFile)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil, nil
	}
	if err != nil {
		return Secret{}, nil, err
	}
	chain, err := parseChain(data, s.public)
	if err != nil {
		return Secret{}, nil, fmt.Errorf("%s: %w", file+chainSuffix, err)
	}
	return s, chain, nil
}

// LoadPublic reads a public key from minisign's .pub file. Errors name the file.
func LoadPublic(file string) (Public, error) {
	data, err := store.ReadFile(file, MaxFile)
	if err != nil {
		return Public{}, err
	}
	if strings.Contains(string(data), "secret key") {
		return Public{}, fmt.Errorf("%s: this is a secret key; the public one is in %s", file, file+publicSuffix)
	}
	p, err := ParsePublic(string(data))
	if err != nil {
		return Public{}, fmt.Errorf("%s: %w", file, err)
	}
	return p, nil
}

// SaveKey writes a new key: file, readable by its owner only and protected by the password unless
// that is empty; the public key beside it with .pub added; and, if a chain leads to it,
// that with .rotations added, and with .pub.minisig the signature of the key that it replaces,
// for stock minisign. No file is ever overwritten: one that exists gives an error that
// matches [fs.ErrExist], and nothing is left behind. It returns what was written.
func SaveKey(file string, s Secret, chain []string, password string) (written []string, err error) {
	text, err := s.File(password)
	if err != nil {
		return nil, err
	}
	type part struct {
		name string
		data []byte
		mode fs.FileMode
	}
	parts := []part{{file, text, secretMode}, {file + publicSuffix, s.public.File(), publicMode}}
	if len(chain) > 0 {
		parts = append(parts,
			part{file + chainSuffix, formatChain(chain), publicMode},
			part{file + publicSuffix + ".minisig", []byte(Statement(chain[len(chain)-1]).Signature()), publicMode})
	}
	defer func() {
		if err != nil {
			for _, name := range written {
				_ = os.Remove(name)
			}
			written = nil
		}
	}()
	for _, p := range parts {
		if err := saveNew(p.name, p.data, p.mode); err != nil {
			return written, err
		}
		written = append(written, p.name)
	}
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return written, err
	}
	defer dir.Close()
	return written, store.SyncFolder(dir)
}

func saveNew(name string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists and is not overwritten: %w", name, fs.ErrExist)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(name)
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Exposed reports whether other users of this machine may read a secret key's file.
func Exposed(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }
