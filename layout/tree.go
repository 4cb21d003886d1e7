package layout

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/offmirror/offmirror/fetch/store"
)

// tree is a folder of files that are hard links to objects, and of symbolic links
// between them. It is changed only while nobody is led to it. Nothing is written
// through a symbolic link: folders are entered one by one, and only if they are
// folders.
type tree struct {
	root    *os.Root // the folder itself
	path    string   // relative to ROOT, for messages
	objects *store.Store
	touched map[string]bool // folders whose names are to be synced; "." is the tree
	most    int             // so many of them are remembered, before they are synced early
	step    func(Step)

	// chain holds the folder at hand and those above it, open. Entries come
	// sorted, so most of them are in the same folder as the one before.
	chain []openFolder
}

type openFolder struct {
	name string   // relative to the one above
	path string   // relative to the tree
	root *os.Root // for making and removing
	dir  *os.File // for links; opened when first needed
}

func openTree(root *os.Root, path string, objects *store.Store) (*tree, error) {
	r, err := root.OpenRoot(path)
	if err != nil {
		return nil, failure("open the tree", path, err)
	}
	return &tree{
		root: r, path: path, objects: objects, touched: make(map[string]bool), most: maxTouched, step: func(Step) {},
		chain: []openFolder{{path: ".", root: r}},
	}, nil
}

func (t *tree) close() {
	t.leave(1)
	if t.chain[0].dir != nil {
		t.chain[0].dir.Close()
	}
	t.root.Close()
}

// leave closes what is open below the first depth folders of the chain.
func (t *tree) leave(depth int) {
	for _, f := range t.chain[depth:] {
		if f.dir != nil {
			f.dir.Close()
		}
		f.root.Close()
	}
	t.chain = t.chain[:depth]
}

// enter goes to a folder, "." for the tree itself.
func (t *tree) enter(folder string, create bool) (*openFolder, error) {
	if at := &t.chain[len(t.chain)-1]; at.path == folder {
		return at, nil
	}
	depth := 1
	rest := folder
	if folder == "." {
		rest = ""
	}
	for rest != "" {
		name, below, _ := strings.Cut(rest, "/")
		if depth < len(t.chain) && t.chain[depth].name == name {
			depth, rest = depth+1, below
			continue
		}
		t.leave(depth)
		if err := t.descend(name, create); err != nil {
			return nil, err
		}
		depth, rest = depth+1, below
	}
	t.leave(depth)
	return &t.chain[depth-1], nil
}

func (t *tree) descend(name string, create bool) error {
	at := t.chain[len(t.chain)-1]
	if create {
		switch err := at.root.Mkdir(name, 0o755); {
		case err == nil:
			t.touched[at.path] = true
			t.touched[path.Join(at.path, name)] = true
		case !errors.Is(err, fs.ErrExist):
			return failure("make the folder", path.Join(t.path, at.path, name), err)
		}
	}
	below, err := openFolderItself(at.root, name)
	if err != nil {
		return failure("open the folder", path.Join(t.path, at.path, name), err)
	}
	t.chain = append(t.chain, openFolder{name: name, path: path.Join(at.path, name), root: below})
	return nil
}

// openFolderItself opens a folder and no symbolic link to one.
func openFolderItself(root *os.Root, name string) (*os.Root, error) {
	named, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !named.IsDir() {
		return nil, syscall.ENOTDIR
	}
	below, err := root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	if opened, err := below.Stat("."); err != nil || !os.SameFile(named, opened) {
		below.Close()
		return nil, cmp.Or(err, error(syscall.ENOTDIR))
	}
	return below, nil
}

// place puts an entry into a folder: an object as a hard link, or as a copy where
// those are impossible, and a symbolic link as what it is.
func (t *tree) place(at *openFolder, name string, e Entry) error {
	t.step(StepLink)
	if e.IsLink() {
		t.touched[at.path] = true
		return at.root.Symlink(e.Link, name)
	}
	if at.dir == nil {
		dir, err := at.root.Open(".")
		if err != nil {
			return err
		}
		at.dir = dir
	}
	t.touched[at.path] = true
	err := t.objects.Link(e.Object, at.dir, name)
	if err == nil || !needsCopy(err) {
		return err
	}
	return t.copy(at, name, e.Object)
}

func needsCopy(err error) bool {
	for _, e := range []error{
		syscall.EXDEV, syscall.EPERM, syscall.EACCES, syscall.EMLINK, syscall.ENOSYS, syscall.EOPNOTSUPP, errors.ErrUnsupported,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func (t *tree) copy(at *openFolder, name string, id store.ID) error {
	from, err := t.objects.Open(id)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := at.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if err = cloneFile(to, from); err != nil {
		_, err = io.Copy(to, from)
	}
	if err == nil {
		err = to.Chmod(0o444)
	}
	if err == nil {
		err = to.Sync()
	}
	if closed := to.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = at.root.Remove(name)
		return failure("copy object", id.String(), err)
	}
	return nil
}

// maxTouched is how many folders are remembered to be synced.
const maxTouched = 1 << 16

// pause is called between two entries: it ends what nobody waits for any more, and syncs
// early if there is very much to be synced.
func (t *tree) pause(ctx context.Context) error {
	if err := ctx.Err(); err != nil || len(t.touched) < t.most {
		return err
	}
	return t.sync()
}

// sync makes the names in all touched folders durable. The first sync makes the
// file system write its journal; the others find little left to do.
func (t *tree) sync() error {
	t.leave(1)
	folders := make([]string, 0, len(t.touched))
	for folder := range t.touched {
		folders = append(folders, folder)
	}
	slices.Sort(folders)
	var failed atomic.Pointer[error]
	one := func(folder string) {
		if err := syncFolder(t.root, folder); err != nil {
			err = failure("sync the folder", path.Join(t.path, folder), err)
			failed.CompareAndSwap(nil, &err)
		}
	}
	if len(folders) > 0 {
		one(folders[0])
		const atOnce = 8
		var next atomic.Int64
		var wg sync.WaitGroup
		for range atOnce {
			wg.Go(func() {
				for i := int(next.Add(1)); i < len(folders); i = int(next.Add(1)) {
					one(folders[i])
				}
			})
		}
		wg.Wait()
	}
	if err := failed.Load(); err != nil {
		return *err
	}
	clear(t.touched)
	return nil
}
