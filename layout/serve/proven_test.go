package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// rot changes a byte of an object, whose size and time stay.
func (m *mirror) rot(e layout.Entry, at int64) {
	m.t.Helper()
	name := m.store.Path(e.Object)
	info, err := m.root.Stat(name)
	if err == nil {
		err = m.root.Chmod(name, 0o644)
	}
	f, openErr := m.root.OpenFile(name, os.O_RDWR, 0)
	if err = errors.Join(err, openErr); err != nil {
		m.t.Fatal(err)
	}
	var b [1]byte
	_, err = f.ReadAt(b[:], at)
	b[0] ^= 1
	_, writeErr := f.WriteAt(b[:], at)
	if err = errors.Join(err, writeErr, f.Close(), m.root.Chtimes(name, info.ModTime(), info.ModTime())); err != nil {
		m.t.Fatal(err)
	}
}

// told remembers which objects were reported.
type told struct {
	mu  sync.Mutex
	ids []store.ID
}

func (r *told) rotten(id store.ID, _ error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ids = append(r.ids, id)
}

func watched(m *mirror) (*Site, *told) {
	site, told := m.site(), &told{}
	site.proven = newProven(m.store, told.rotten)
	return site, told
}

func TestRottenSmallObject(t *testing.T) {
	m := newMirror(t)
	s := m.publish("hex", files{"names": "the names", "sound": "sound"})
	e, _ := s.Lookup("names")
	m.rot(e, 3)
	site, told := watched(m)
	resp := ask(t, site, "GET", "/hex/names")
	if text := body(t, resp); resp.StatusCode != http.StatusInternalServerError || resp.Header.Get("ETag") != "" || strings.Contains(text, "names\n") {
		t.Errorf("%d %q", resp.StatusCode, text)
	}
	if len(told.ids) != 1 || told.ids[0] != e.Object {
		t.Errorf("reported: %v", told.ids)
	}
	expect(t, ask(t, site, "GET", "/hex/sound"), 200, "sound")
}

// fetch returns what arrives of a file, and whether it is all that was announced.
func fetch(t *testing.T, url string, headers ...string) (data []byte, whole bool) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, false
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return nil, false
	}
	data, err = io.ReadAll(resp.Body)
	return data, err == nil
}

// Wherever a large object is damaged and however it is asked for, nobody gets all of it.
func TestRottenLargeObject(t *testing.T) {
	const size = 500_000
	for _, at := range []int64{0, size / 2, size - 1} {
		m := newMirror(t)
		content := bytes.Repeat([]byte("0123456789"), size/10)
		s := m.publish("hex", files{"big": string(content)})
		e, _ := s.Lookup("big")
		m.rot(e, at)
		site, told := watched(m)
		url, _ := start(t, site, Options{})
		got, whole := fetch(t, url+"/hex/big")
		if whole || len(got) >= size {
			t.Errorf("damaged at %d: all of %d bytes came, whole: %t", at, len(got), whole)
		}
		if len(told.ids) == 0 || told.ids[0] != e.Object {
			t.Errorf("damaged at %d: reported %v", at, told.ids)
		}
		parts := make([]byte, 0, size)
		for from := 0; from < size; from += 50_000 {
			part, _ := fetch(t, url+"/hex/big", "Range", fmt.Sprintf("bytes=%d-%d", from, from+49_999))
			parts = append(parts, part...)
		}
		if len(parts) >= size {
			t.Errorf("damaged at %d: put together from parts, all of it came", at)
		}
		for range 2 {
			if resp := ask(t, site, "HEAD", "/hex/big"); resp.StatusCode != 200 {
				t.Errorf("HEAD: %d", resp.StatusCode) // it reads nothing
			}
		}
	}
}

func TestSoundLargeObject(t *testing.T) {
	m := newMirror(t)
	content := strings.Repeat("0123456789", 50_000)
	m.publish("hex", files{"big": content})
	site, told := watched(m)
	url, _ := start(t, site, Options{})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got, whole := fetch(t, url+"/hex/big"); !whole || string(got) != content {
				t.Errorf("%d bytes, whole: %t", len(got), whole)
			}
			if got, whole := fetch(t, url+"/hex/big", "Range", "bytes=-100"); !whole || string(got) != content[len(content)-100:] {
				t.Errorf("a range: %d bytes, whole: %t", len(got), whole)
			}
		})
	}
	group.Wait()
	if len(told.ids) > 0 || len(site.proven.runs) > 0 {
		t.Errorf("reported %v, %d proofs under way", told.ids, len(site.proven.runs))
	}
}

// A proof holds for the file that was proven, as it was, and for a day.
func TestProofsEnd(t *testing.T) {
	m := newMirror(t)
	s := m.publish("hex", files{"big": strings.Repeat("x", 200_000)})
	e, _ := s.Lookup("big")
	p := newProven(m.store, func(store.ID, error) {})
	proven := func() bool {
		t.Helper()
		f, err := p.open(s, e)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, isFile := f.(*os.File); isFile {
			return true
		}
		_, err = io.Copy(io.Discard, f)
		return err != nil
	}
	if proven() || !proven() {
		t.Fatal("want it proven the second time")
	}
	p.proofs.now = func() time.Time { return time.Now().Add(proofLasts) }
	if proven() || !proven() {
		t.Fatal("want it proven again after a day")
	}
	now := time.Now()
	if err := m.root.Chtimes(m.store.Path(e.Object), now, now); err != nil {
		t.Fatal(err)
	}
	if proven() || !proven() {
		t.Fatal("want it proven again after somebody touched it")
	}
}

// A proof that waits for its turn holds back the end of a file, not its beginning.
func TestBeginningDoesNotWait(t *testing.T) {
	m := newMirror(t)
	const size = 300_000
	s := m.publish("hex", files{"big": strings.Repeat("x", size)})
	e, _ := s.Lookup("big")
	p := newProven(m.store, func(store.ID, error) {})
	p.hashing = semaphore.NewWeighted(1)
	if err := p.hashing.Acquire(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	f, err := p.open(s, e)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n, err := io.ReadFull(f, make([]byte, size-heldBack)); err != nil {
		t.Fatal(n, err)
	}
	rest := make(chan error, 1)
	go func() {
		n, err := io.ReadFull(f, make([]byte, heldBack))
		if n != heldBack {
			err = fmt.Errorf("%d bytes: %w", n, err)
		}
		rest <- err
	}()
	select {
	case err := <-rest:
		t.Fatalf("the end came before its proof: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	p.hashing.Release(1)
	if err := <-rest; err != nil {
		t.Fatal(err)
	}
}

// The table forgets, and takes nothing for anything else.
func TestProofs(t *testing.T) {
	m := newMirror(t)
	var stamps []store.Stamp
	for _, name := range []string{"a", "b"} {
		if err := m.root.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := m.root.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		stamps = append(stamps, store.StampOf(info))
	}
	p := newProofs()
	for i := range 2 * proofSlots {
		id := store.ID{byte(i), byte(i >> 8), byte(i >> 16)}
		if p.has(id, stamps[0]) {
			t.Fatalf("object %d was proven before", i)
		}
		p.add(id, stamps[0])
		if !p.has(id, stamps[0]) || p.has(id, stamps[1]) {
			t.Fatalf("object %d is not proven in its file, or is in another", i)
		}
	}
	p.now = func() time.Time { return time.Now().Add(proofLasts) }
	if p.has(store.ID{}, stamps[0]) {
		t.Error("proven yesterday")
	}
}

// A small object that somebody changes while it is not in memory is hashed again.
func TestSmallObjectChanges(t *testing.T) {
	m := newMirror(t)
	s := m.publish("hex", files{"names": "the names"})
	e, _ := s.Lookup("names")
	site, told := watched(m)
	expect(t, ask(t, site, "GET", "/hex/names"), 200, "the names")
	site.proven.shelf = shelf{}
	expect(t, ask(t, site, "GET", "/hex/names"), 200, "the names")
	site.proven.shelf = shelf{}
	m.rot(e, 0)
	expect(t, ask(t, site, "GET", "/hex/names"), 500, "this file is damaged on the mirror\n")
	if len(told.ids) != 1 {
		t.Errorf("reported: %v", told.ids)
	}
}
