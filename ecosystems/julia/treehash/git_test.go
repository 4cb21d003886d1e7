package treehash_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The naive model of the other tests is held against git itself.
func TestModelIsGits(t *testing.T) {
	runs := 0
	rapid.Check(t, func(r *rapid.T) {
		if runs++; runs > 12 {
			return // each run starts several processes
		}
		m := models(false).Draw(r, "tree")
		dir := t.TempDir()
		git := func(args ...string) string {
			cmd := exec.CommandContext(t.Context(), "git", args...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
			out, err := cmd.CombinedOutput()
			if err != nil {
				r.Fatalf("git %v: %v\n%s", args, err, out)
			}
			return strings.TrimSpace(string(out))
		}
		git("init", "-q")
		for path, e := range m {
			full := filepath.Join(dir, filepath.FromSlash(path))
			if e.mode == "40000" {
				mustDo(r, os.MkdirAll(full, 0o755))
				continue
			}
			mustDo(r, os.MkdirAll(filepath.Dir(full), 0o755))
			switch e.mode {
			case "120000":
				mustDo(r, os.Symlink(e.data, full))
			case "100755":
				mustDo(r, os.WriteFile(full, []byte(e.data), 0o755))
			default:
				mustDo(r, os.WriteFile(full, []byte(e.data), 0o644))
			}
		}
		git("-c", "core.autocrlf=false", "add", "-A", "-f", ".")
		if got, want := m.hash(true, false), git("write-tree"); got != want {
			r.Fatalf("%s, git says %s", got, want)
		}
	})
}

func mustDo(t *rapid.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}
