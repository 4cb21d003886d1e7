package apply_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/bundletest"
)

// A signer whom the mirror trusts puts whatever it likes into lists, indices and payloads,
// and their digests are right. Nothing panics, an error is one line, and what is
// published is what the list says.
func FuzzApply(f *testing.F) {
	line := bundletest.ID([]byte("content")).String() + " 7 path"
	_, id := bundletest.RawList(f, "toy", 1, 7, line)
	head := `{"format":1,"id":"` + id + `","ecosystem":"toy","time":"2030-01-01T00:00:00Z","files":1,"bytes":7}`
	f.Add([]byte(head+"\n"+line+"\n"), []byte{}, uint16(0), false)
	f.Add([]byte(head+"\n"+strings.Replace(line, "path", "../path", 1)+"\n"), []byte{}, uint16(3), true)
	f.Add([]byte(strings.Replace(head, "toy", "state", 1)+"\nlink a\t../b\n"), []byte("offmirror index 1 x 1\n"), uint16(1), true)
	f.Add([]byte("{}"), []byte{0x28, 0xb5, 0x2f, 0xfd}, uint16(9), false)
	f.Fuzz(func(t *testing.T, list, index []byte, flip uint16, write bool) {
		k := bundletest.Maker{Snapshots: snapshots(files{"path": "content"})}
		k.Snapshots[0].List, k.Snapshots[0].ID = bundletest.Compress(t, list), id
		if len(index) > 0 {
			k.RawIndex = func(_ int, sound []byte) []byte {
				if flip%2 == 0 {
					return bundletest.Compress(t, append([]byte("offmirror index 1 "), index...))
				}
				return index
			}
		}
		if flip > 0 {
			k.Payload = func(_ int, object store.ID, data []byte) []byte {
				if object == bundletest.ID([]byte("content")) {
					data[int(flip)%len(data)] ^= byte(flip >> 8)
				}
				return data
			}
		}
		k.Manifest = func(m *bundle.Manifest) { m.Ecosystems[0].Files, m.Ecosystems[0].Bytes = 1, 7 }
		far := newFar(t)
		folder, _ := make2(t, k)
		o := unsigned
		o.DryRun = !write
		result, err := far.apply(o, folder)
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("an error of several lines: %v", err)
		}
		if result.Published != (err == nil && write) {
			t.Errorf("published: %t, error: %v", result.Published, err)
		}
		if !result.Published {
			far.showsNothing()
			return
		}
		if !bytes.HasSuffix(list, []byte(line+"\n")) {
			t.Errorf("published %q", list)
		}
		far.shows("toy", files{"path": "content"})
	})
}
