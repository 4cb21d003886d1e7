package create

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A person with tar, sha256sum, zstd and sh gets everything by the README that is in each volume.
func TestRescueByHand(t *testing.T) {
	m := newMirror(t)
	files := tree{
		"names": "n", "tarballs/a b.tar": content(1, 100_000), "large": content(2, 300_000), "empty": "",
		"deep/er/file": content(3, 10), "zzz": ">names", "too/large": content(4, 200_000),
	}
	s := m.publish("hex", files)
	out := folderOf(t)
	r := m.create(Options{Out: []string{out}, VolumeSize: 70_000})
	if len(r.Manifest.Volumes) < 9 || len(r.Manifest.Splits) != 3 {
		t.Fatalf("%d volumes, %d splits", len(r.Manifest.Volumes), len(r.Manifest.Splits))
	}
	script(t, out, "sha256sum -c offmirror-*.manifest")
	script(t, out, `for v in offmirror-*.tar; do tar -xf "$v"; done; rm offmirror-*.tar`)
	script(t, out, `for one in $(find . -name '*.part-0001'); do cat "${one%0001}"* > "${one%.part-0001}"; rm "${one%0001}"*; done`)
	script(t, out, `for o in objects/*/*; do test "$(sha256sum < "$o")" = "$(basename "$o")  -"; done`)
	readme, err := os.ReadFile(filepath.Join(out, "README"))
	must(t, err)
	_, last, ok := strings.Cut(string(readme), "    zstd -dc")
	last, _, ok2 := strings.Cut("zstd -dc"+last, "\n\n")
	if !ok || !ok2 {
		t.Fatal("the README has another form")
	}
	script(t, out, strings.ReplaceAll(last, "ECOSYSTEM/ID", "hex/"+s.ID))
	for path, text := range files {
		if strings.HasPrefix(text, ">") {
			continue
		}
		got, err := os.ReadFile(filepath.Join(out, "tree", path))
		if err != nil || string(got) != text {
			t.Errorf("%s: %v, %d bytes", path, err, len(got))
		}
	}
}

// Every program of the README is used as it stands there.
func script(t *testing.T, dir, text string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", text)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", text, err, out)
	}
}

// The pieces of a member are the member, and sha256sum of one says what the manifest says.
func TestPiecesAreInTheManifest(t *testing.T) {
	m := newMirror(t)
	large := content(1, 500_000)
	m.publish("hex", tree{"large": large})
	r := m.create(Options{Out: []string{folderOf(t)}, VolumeSize: 100_000})
	manifest := readManifest(t, r)
	var all string
	for i, piece := range manifest.Splits[0].Pieces {
		for name, payload := range readVolume(t, volumeFile(r, manifest.Splits[0].First+i), manifest, manifest.Splits[0].First+i) {
			if !strings.Contains(name, ".part-") {
				continue
			}
			sum := sha256.Sum256([]byte(payload))
			if hex.EncodeToString(sum[:]) != piece.SHA256.String() || int64(len(payload)) != piece.Size {
				t.Errorf("%s is not %+v", name, piece)
			}
			all += payload
		}
	}
	if all != large {
		t.Errorf("the pieces make %d bytes", len(all))
	}
}
