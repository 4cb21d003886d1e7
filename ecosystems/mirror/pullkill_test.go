package mirror_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A kill -9 in the middle of a fetch leaves on the disk what the disk has at that moment: nothing that
// counts as fetched, and nothing that is in the way.
func TestPullKilled(t *testing.T) {
	w := newPullWorld(t)
	body, half, on := w.saysInHalves()
	path := "/toy/more/" + sum(body)
	url, end := w.start()
	resp, err := http.Get(url + path) //nolint:noctx // in a test
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	<-half
	if _, err := io.ReadFull(resp.Body, make([]byte, 200<<10)); err != nil { // so far it has got on the disk
		t.Fatal(err)
	}
	dead := filepath.Join(t.TempDir(), "root")
	if err := os.CopyFS(dead, os.DirFS(w.dir)); err != nil {
		t.Fatal(err)
	}
	close(on)
	end()

	w.dir = dead
	left, err := os.ReadDir(filepath.Join(dead, "store", "tmp"))
	if err != nil || len(left) != 1 || !strings.HasPrefix(left[0].Name(), "beside-") {
		t.Fatalf("store/tmp has %v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(dead, "state", "pulled", "toy.jsonl")); !os.IsNotExist(err) {
		t.Errorf("what had not come was remembered: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dead, "store", "sha256", sum(body)[:2], sum(body))); !os.IsNotExist(err) {
		t.Errorf("what had not come is an object: %v", err)
	}
	w.lends(body)
	asked := w.count.Load()
	url, _ = w.start()
	want(t, url+path, http.StatusOK, body)
	if n := w.count.Load() - asked; n != 1 {
		t.Errorf("%d requests", n)
	}
	w.set("b", "beta")
	w.mustSync()
}
