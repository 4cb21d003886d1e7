package gitrepo

import (
	"bytes"
	"compress/zlib"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// git reads packs as they are written here, and would write the same index.
func TestPacksAreGits(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		for _, level := range []int{zlib.NoCompression, zlib.DefaultCompression} {
			dir := filepath.Join(t.TempDir(), "r.git")
			git := func(args ...string) string {
				out, err := exec.Command("git", args...).CombinedOutput()
				if err != nil {
					t.Fatalf("git %v: %v\n%s", args, err, out)
				}
				return strings.TrimSpace(string(out))
			}
			git("init", "-q", "--bare", "--object-format="+format, dir)
			contents := []string{"", "a", strings.Repeat("fifteen bytes..", 1), strings.Repeat("long ", 100_000)}
			var out bytes.Buffer
			w, err := newPackWriter(&out, len(contents), level, format == "sha256")
			if err != nil {
				t.Fatal(err)
			}
			ids := map[string]string{}
			for _, c := range contents {
				id, err := w.add(kindBlob, int64(len(c)), strings.NewReader(c))
				if err != nil || id != objectID(kindBlob, []byte(c), format == "sha256") {
					t.Fatal(id, err)
				}
				ids[id] = c
			}
			sum, index, err := w.finish()
			if err != nil {
				t.Fatal(err)
			}
			stem := filepath.Join(dir, "objects/pack/pack-"+sum)
			for name, data := range map[string][]byte{".pack": out.Bytes(), ".idx": index} {
				if err := os.WriteFile(stem+name, data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			git("--git-dir", dir, "verify-pack", stem+".idx")
			for id, want := range ids {
				if got := git("--git-dir", dir, "cat-file", "-s", id); got != strconv.Itoa(len(want)) {
					t.Errorf("%s: size %s", id, got)
				}
			}
			theirs := filepath.Join(dir, "theirs.idx")
			git("--git-dir", dir, "index-pack", "-o", theirs, stem+".pack")
			if got, err := os.ReadFile(theirs); err != nil || !bytes.Equal(got, index) {
				t.Errorf("%s: git's index differs: %v", format, err)
			}
		}
	}
}

func TestPacksOfWhatChanges(t *testing.T) {
	for _, size := range []int64{2, 4} {
		w, err := newPackWriter(new(bytes.Buffer), 1, zlib.NoCompression, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.add(kindBlob, size, strings.NewReader("abc")); err == nil {
			t.Errorf("3 bytes are taken for %d", size)
		}
		if _, _, err := w.finish(); err == nil {
			t.Error("a pack that lacks an object is finished")
		}
	}
}

// Offsets beyond 31 bits go into a table of their own.
func TestLargeOffsets(t *testing.T) {
	w, err := newPackWriter(new(bytes.Buffer), 2, zlib.NoCompression, false)
	if err != nil {
		t.Fatal(err)
	}
	w.entries = []packEntry{{id: bytes.Repeat([]byte{1}, 20), offset: 12}, {id: bytes.Repeat([]byte{2}, 20), offset: 5 << 30}}
	_, index, err := w.finish()
	if err != nil {
		t.Fatal(err)
	}
	const start = 8 + 4*256 + 2*20 + 2*4
	if got := index[start : start+16]; !bytes.Equal(got, []byte{0, 0, 0, 12, 0x80, 0, 0, 0, 0, 0, 0, 1, 0x40, 0, 0, 0}) {
		t.Errorf("offsets %x", got)
	}
}
