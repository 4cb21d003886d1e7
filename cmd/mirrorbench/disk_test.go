package main

import (
	"io/fs"
	"os"
	"testing"
)

func TestDiskPatternsWriteWhatTheyClaim(t *testing.T) {
	const count, size = 3*diskGroup + 7, 300 // the last group is not full
	for name, write := range diskPatterns {
		dir, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer dir.Close()
		if err := write(dir, count, size); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		files, bytes := 0, int64(0)
		err = fs.WalkDir(dir.FS(), ".", func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				info, _ := d.Info()
				files, bytes = files+1, bytes+info.Size()
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 1, false: count}[name == "sequential"]; files != want || bytes != count*size {
			t.Errorf("%s wrote %d bytes in %d files, want %d in %d", name, bytes, files, count*size, want)
		}
	}
}

func TestDiskPatternsReportErrors(t *testing.T) {
	for name, write := range diskPatterns {
		path := t.TempDir()
		dir, err := os.OpenRoot(path)
		if err != nil {
			t.Fatal(err)
		}
		defer dir.Close()
		// A folder where a file must go, and files where folders must go.
		for _, clash := range []string{"all", "00"} {
			if err := os.Mkdir(path+"/"+clash, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := write(dir, 1, 1); err == nil {
			t.Errorf("%s: no error although its names are taken", name)
		}
	}
}
