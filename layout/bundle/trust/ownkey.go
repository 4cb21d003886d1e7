package trust

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// OwnKeyPath is where a root keeps its own key, relative to ROOT. Beside it lie its
// public key (with .pub added) and the rotations that led to it (with .rotations).
const OwnKeyPath = "state/keys/bundle.key"

const (
	publicSuffix = ".pub"
	chainSuffix  = ".rotations"
	keyFolder    = 0o700
	secretMode   = 0o600
	publicMode   = 0o644
)

// OwnKey returns the key of a root, with which it signs bundles and receipts where no
// other is named, and the rotations that led to it, for the manifest of a bundle. A
// root that has none gets one, which no password protects. That needs no lock: of several
// processes that make one at once all return the same.
func OwnKey(root *os.Root, password Password) (Secret, []string, error) {
	s, chain, err := readOwnKey(root, password)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, chain, err
	}
	if s, err = Generate(); err != nil {
		return Secret{}, nil, err
	}
	if err := firstOwnKey(root, s); err != nil && !errors.Is(err, fs.ErrExist) {
		return Secret{}, nil, store.Failure("make the key", OwnKeyPath, err)
	}
	return readOwnKey(root, password)
}

// HasOwnKey reports whether the root has a key already.
func HasOwnKey(root *os.Root) bool {
	_, err := root.Lstat(OwnKeyPath)
	return err == nil
}

func readOwnKey(root *os.Root, password Password) (Secret, []string, error) {
	data, err := store.ReadRegular(root, OwnKeyPath, MaxFile)
	if err != nil {
		return Secret{}, nil, err
	}
	s, err := ParseSecret(data, password)
	if err != nil {
		return Secret{}, nil, fmt.Errorf("%s: %w", OwnKeyPath, err)
	}
	data, err = store.ReadRegular(root, OwnKeyPath+chainSuffix, maxChainFile)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil, nil
	}
	var chain []string
	if err == nil {
		chain, err = parseChain(data, s.public)
	}
	if err != nil {
		return Secret{}, nil, fmt.Errorf("%s: %w", OwnKeyPath+chainSuffix, err)
	}
	return s, chain, nil
}

// firstOwnKey writes the key under a name of its own and gives it the right one if nobody
// else has meanwhile; then the error matches [fs.ErrExist].
func firstOwnKey(root *os.Root, s Secret) error {
	text, err := s.File("")
	if err != nil {
		return err
	}
	if err := makeKeyFolder(root); err != nil {
		return err
	}
	temporary := path.Join(path.Dir(OwnKeyPath), ".bundle.key."+rand.Text())
	if err := writeNew(root, temporary, text, secretMode); err != nil {
		return err
	}
	defer func() { _ = root.Remove(temporary) }()
	if err := root.Link(temporary, OwnKeyPath); errors.Is(err, fs.ErrExist) {
		return err
	} else if err != nil { // a file system without hard links
		if err := writeNew(root, OwnKeyPath, text, secretMode); err != nil {
			return err
		}
	}
	return errors.Join(writeReplaced(root, OwnKeyPath+publicSuffix, s.public.File()), syncFolder(root, path.Dir(OwnKeyPath)))
}

// makeKeyFolder makes the folder of keys, which nobody else may look into, below one that all may.
func makeKeyFolder(root *os.Root) error {
	folder := path.Dir(OwnKeyPath)
	if _, err := root.Stat(folder); err == nil {
		return nil
	}
	if err := root.MkdirAll(path.Dir(folder), 0o755); err != nil {
		return err
	}
	if err := root.MkdirAll(folder, keyFolder); err != nil {
		return err
	}
	return errors.Join(syncFolder(root, path.Dir(folder)), syncFolder(root, "."))
}

func writeReplaced(root *os.Root, name string, data []byte) error {
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return writeNew(root, name, data, publicMode)
}

// writeNew writes a file that must not exist, durably but for its name.
func writeNew(root *os.Root, name string, data []byte, mode fs.FileMode) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		_ = root.Remove(name)
		return err
	}
	return nil
}

func syncFolder(root *os.Root, name string) error {
	dir, err := root.Open(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	return store.SyncFolder(dir)
}

// ReplaceOwnKey makes s the key of a root, whose [layout.Lock] the caller holds; chain leads
// to it. An empty password leaves it unprotected. The key that it was before is gone.
func ReplaceOwnKey(root *os.Root, s Secret, chain []string, password string) error {
	text, err := s.File(password)
	if err != nil {
		return err
	}
	if err := makeKeyFolder(root); err != nil {
		return store.Failure("make the folder", path.Dir(OwnKeyPath), err)
	}
	// The chain first: of one that goes on beyond the key, the rest is passed over.
	if err := replaceChain(root, chain); err != nil {
		return err
	}
	if err := layout.WriteFile(root, OwnKeyPath, text, secretMode); err != nil {
		return err
	}
	return layout.WriteFile(root, OwnKeyPath+publicSuffix, s.public.File(), publicMode)
}

func replaceChain(root *os.Root, chain []string) error {
	const file = OwnKeyPath + chainSuffix
	if len(chain) > 0 {
		return layout.WriteFile(root, file, formatChain(chain), publicMode)
	}
	if err := root.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return store.Failure("remove", file, err)
	}
	return nil
}

// OwnPublic returns the public key of a root's own key. If that is protected by a password it is read
// from the file beside it. A root without a key gives an error that matches [fs.ErrNotExist].
func OwnPublic(root *os.Root) (Public, error) {
	locked := errors.New("locked")
	s, _, err := readOwnKey(root, func() (string, error) { return "", locked })
	if !errors.Is(err, locked) {
		return s.public, err
	}
	data, err := store.ReadRegular(root, OwnKeyPath+publicSuffix, MaxFile)
	if err != nil {
		return Public{}, err
	}
	p, err := ParsePublic(string(data))
	if err != nil {
		return Public{}, fmt.Errorf("%s: %w", OwnKeyPath+publicSuffix, err)
	}
	return p, nil
}
