package faults

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree reads what ROOT/hex leads to. The link is followed once, as a web server
// does that was pointed at the folder behind it. It is nil if nothing is published.
func (s *site) tree() state {
	s.t.Helper()
	folder, err := filepath.EvalSymlinks(filepath.Join(s.root, "hex"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	found := state{}
	if err == nil {
		err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(folder, path)
			found[filepath.ToSlash(name)] = sum(data)
			return err
		})
	}
	if err != nil {
		s.t.Fatalf("the published tree cannot be read: %v", err)
	}
	return found
}

// get asks the serving program for a path below /hex, and wants the right ETag.
func get(t testing.TB, base, path string) (status int, body []byte) {
	t.Helper()
	status, etag, body := ask(t, base, path)
	if status == http.StatusOK && etag != sum(body) {
		t.Errorf("%s: the ETag %s is not that of the bytes", path, etag)
	}
	return status, body
}

// ask asks for a path below /hex.
func ask(t testing.TB, base, path string) (status int, etag string, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/hex/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return resp.StatusCode, strings.Trim(resp.Header.Get("ETag"), `"`), body
}

// served asks for every path of the candidates and returns the one that is
// served. Nil among them stands for nothing at all.
func served(t testing.TB, base string, candidates ...state) state {
	t.Helper()
	found := state{}
	for _, c := range candidates {
		for path := range c {
			if _, known := found[path]; known {
				continue
			}
			switch status, body := get(t, base, path); status {
			case http.StatusOK:
				found[path] = sum(body)
			case http.StatusNotFound:
				if !bytes.HasPrefix(body, []byte("not found")) {
					t.Errorf("%s: 404 with %q", path, body)
				}
			default:
				t.Errorf("%s: HTTP %d: %s", path, status, body)
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return found
}

// resumable is the size from which an unfinished transfer is taken up in the middle.
const resumable = 1 << 20

// landed returns the SHA-256 of everything that lies whole in the store, be it
// finished or only named after its content so that it survives, and the sizes of
// what lies there in part.
func (s *site) landed() (whole map[string]bool, partials map[string]int64) {
	s.t.Helper()
	whole, partials = map[string]bool{}, map[string]int64{}
	err := filepath.WalkDir(filepath.Join(s.root, "store"), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		if strings.Contains(path, "/sha256/") {
			whole[d.Name()] = true
			return nil
		}
		data, err := os.ReadFile(path)
		switch name, ok := strings.CutPrefix(d.Name(), "partial-"); {
		case ok && sum(data) == name:
			whole[name] = true
		case ok && len(data) > 0:
			partials[name] = int64(len(data))
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return whole, partials
}
