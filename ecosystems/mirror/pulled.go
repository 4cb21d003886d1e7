package mirror

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// pulledDir is where it stands what clients asked for and the mirror lacked: a file ECOSYSTEM.jsonl with a
// JSON object on each line, in the order in which things came. Of several about one path the last holds.
// The objects that it names stay when garbage is collected (package retention), and each sync takes them
// for selected.
const pulledDir = "state/pulled"

const (
	maxPulled     = 100_000 // paths of an ecosystem
	maxPulledLine = 8 << 10 // bytes
	maxPulledFile = 256 << 20
)

// pulledLine is a line of the file.
type pulledLine struct {
	Path   string    `json:"path"`
	Object string    `json:"object"` // its SHA-256
	Size   int64     `json:"size"`   // bytes
	At     time.Time `json:"at"`     // when it came
}

// pulledObject is what a line says of its path.
type pulledObject struct {
	fetch.Object
	at int64 // in seconds since 1970
}

func pulledFile(ecosystem string) string { return path.Join(pulledDir, ecosystem+".jsonl") }

// readPulled reads what was pulled, by path. A line that a power failure has torn at the end counts as
// none; anything else that is not of the form is an error, because what was wanted is then unknown.
func readPulled(root *os.Root, ecosystem string) (map[string]pulledObject, error) {
	name := pulledFile(ecosystem)
	data, err := store.ReadRegular(root, name, maxPulledFile)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]pulledObject{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	found, err := parsePulled(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; correct or remove it: what it names is then asked for again when a client wants it", name, err)
	}
	return found, nil
}

func parsePulled(data []byte) (map[string]pulledObject, error) {
	found := map[string]pulledObject{}
	for n := 1; len(data) > 0; n++ {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		data = rest
		if !whole {
			break
		}
		p, o, err := parsePulledLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if found[p] = o; len(found) > maxPulled {
			return nil, fmt.Errorf("line %d: more than %d paths", n, maxPulled)
		}
	}
	return found, nil
}

func parsePulledLine(line []byte) (string, pulledObject, error) {
	if len(line) > maxPulledLine {
		return "", pulledObject{}, fmt.Errorf("longer than %d bytes", maxPulledLine)
	}
	var l pulledLine
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return "", pulledObject{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return "", pulledObject{}, errors.New("something follows its end")
	}
	id, err := store.ParseID(l.Object)
	if err == nil {
		err = layout.CheckPath(l.Path)
	}
	if err == nil && l.Size < 0 {
		err = fmt.Errorf("a size of %d", l.Size)
	}
	return l.Path, pulledObject{fetch.Object{ID: id, Size: l.Size}, l.At.Unix()}, err
}

// wantedPulled returns what was pulled for an ecosystem, sorted by path, without the names of objects that the
// store has lost. Those that no published snapshot vouches for are read before they are believed.
func (s *session) wantedPulled() ([]layout.Entry, error) {
	found, err := readPulled(s.m.root, s.job.Ecosystem.Name)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	entries := make([]layout.Entry, 0, len(found))
	s.run.pulled = map[string]fetch.Object{}
	for path, o := range found {
		e := layout.Entry{Path: path}
		if size, here := s.m.store.Has(o.ID); here && size == o.Size &&
			(s.run.vouched(path, o.Object) || s.m.store.Check(context.Background(), o.ID) == nil) {
			e.Object, e.Size = o.ID, o.Size
			s.run.pulled[path] = o.Object
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b layout.Entry) int { return strings.Compare(a.Path, b.Path) })
	return entries, nil
}

// satisfies reports, by a nil error, that an object is what a request is for.
func (r *run) satisfies(o fetch.Object, q fetch.Request) error {
	if q.Size > 0 && q.Size != o.Size {
		return fetch.ErrWrongBytes
	}
	f, err := r.store.Open(o.ID)
	if err != nil {
		return err
	}
	defer f.Close()
	if len(q.Want) > 0 {
		algorithms := make([]digest.Algorithm, len(q.Want))
		for i, d := range q.Want {
			algorithms[i] = d.Algorithm
		}
		h, err := digest.NewHasher(o.Size, algorithms...)
		if err != nil {
			return err
		}
		if _, err := io.Copy(h, io.NewSectionReader(f, 0, o.Size)); err != nil {
			return err
		}
		got, err := h.Finish(f)
		if err != nil {
			return err
		}
		for _, d := range q.Want {
			if !slices.Contains(got, d) {
				return fetch.ErrWrongBytes
			}
		}
	}
	if q.Proof != nil {
		return q.Proof(f, o.Size)
	}
	if len(q.Want) == 0 {
		return fetch.ErrWrongBytes // nothing tells
	}
	return nil
}

// pulled is what was pulled for one ecosystem, as a server knows and adds to it. It may be used by many goroutines.
type pulled struct {
	root      *os.Root
	ecosystem string

	mu   sync.RWMutex
	at   map[string]pulledObject
	file *os.File // nil until something is added
}

func openPulled(root *os.Root, ecosystem string) (*pulled, error) {
	at, err := readPulled(root, ecosystem)
	return &pulled{root: root, ecosystem: ecosystem, at: at}, err
}

func (p *pulled) get(path string) (pulledObject, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	o, ok := p.at[path]
	return o, ok
}

var errPulledFull = fmt.Errorf("%d files were pulled already, and no more are remembered: select what is needed, and remove the file below %s", maxPulled, pulledDir)

// full reports whether there is no place for one more.
func (p *pulled) full() bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return len(p.at) >= maxPulled
}

// add remembers an object, which is durable, at a path; durably.
func (p *pulled) add(path string, o fetch.Object, at time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	stamped := pulledObject{o, at.Unix()}
	if old, known := p.at[path]; known && old == stamped {
		return nil
	} else if !known && len(p.at) >= maxPulled {
		return errPulledFull
	}
	line, err := json.Marshal(pulledLine{path, o.ID.String(), o.Size, at.UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	if err := p.append(append(line, '\n')); err != nil {
		return store.Failure("write", pulledFile(p.ecosystem), err)
	}
	p.at[path] = stamped
	return nil
}

// append writes a line in one piece. Two servers of one root may do so at the same time.
func (p *pulled) append(line []byte) error {
	if p.file == nil {
		if err := p.open(); err != nil {
			return err
		}
	}
	_, err := p.file.Write(line)
	if err == nil {
		err = p.file.Sync()
	}
	if err != nil { // what there is of the line goes when the file is opened again
		err = errors.Join(err, p.file.Close())
		p.file = nil
	}
	return err
}

// open opens the file for appending, and ends a line that was torn.
func (p *pulled) open() error {
	name := pulledFile(p.ecosystem)
	if _, err := p.root.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		if err := p.root.MkdirAll(pulledDir, 0o755); err != nil {
			return err
		}
		if err := layout.WriteFile(p.root, name, nil, 0o644); err != nil {
			return err
		}
	}
	f, err := p.root.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err == nil {
		err = dropTorn(f, info.Size())
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	p.file = f
	return nil
}

// dropTorn cuts off what follows the last whole line.
func dropTorn(f *os.File, size int64) error {
	var last [1]byte
	if size == 0 {
		return nil
	}
	if _, err := f.ReadAt(last[:], size-1); err != nil || last[0] == '\n' {
		return err
	}
	whole := int64(0)
	in := bufio.NewReader(io.NewSectionReader(f, 0, size))
	for at := int64(0); ; {
		line, err := in.ReadSlice('\n')
		at += int64(len(line))
		switch {
		case err == nil:
			whole = at
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return f.Truncate(whole)
		default:
			return err
		}
	}
}

func (p *pulled) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.file == nil {
		return nil
	}
	err := p.file.Close()
	p.file = nil
	return err
}
