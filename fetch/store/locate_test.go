package store

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLocate(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(filepath.Dir(dir))
	root, err := os.OpenRoot(filepath.Base(dir)) // a relative name
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	s, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id, err := s.Put(t.Context(), []byte("content"))
	if err != nil {
		t.Fatal(err)
	}
	at, err := s.Locate(id)
	if err != nil || !filepath.IsAbs(at) {
		t.Fatalf("Locate = %q, %v", at, err)
	}
	if data, err := os.ReadFile(at); err != nil || string(data) != "content" {
		t.Errorf("%s holds %q, %v", at, data, err)
	}
}
