package create

import (
	"bytes"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/offmirror/offmirror/layout/bundle"
)

// identities makes people who can read what is encrypted for them.
func identities(t *testing.T, n int) (ids []*age.X25519Identity, recipients []age.Recipient) {
	t.Helper()
	for range n {
		id, err := age.GenerateX25519Identity()
		must(t, err)
		ids, recipients = append(ids, id), append(recipients, id.Recipient())
	}
	return ids, recipients
}

// decrypted is a volume for one of its recipients.
func decrypted(t *testing.T, file string, id age.Identity) []byte {
	t.Helper()
	f, err := os.Open(file)
	must(t, err)
	defer f.Close()
	r, err := age.Decrypt(f, id)
	must(t, err)
	data, err := io.ReadAll(r)
	must(t, err)
	return data
}

// Inside of encrypted volumes is, byte for byte, what there would be without: the manifest is the same. They
// are smaller than the volume size, too.
func TestEncryptedVolumes(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", tree{"a": content(1, 300_000), "b": content(2, 3_000_000), "c": content(3, 1_048_000)})
	plain, secret := folderOf(t), folderOf(t)
	opts := Options{Out: []string{plain}, VolumeSize: 1 << 20}
	want := m.create(opts)
	ids, recipients := identities(t, 2)
	opts.Out, opts.Recipients = []string{secret}, recipients
	r := m.create(opts)
	check := func() {
		t.Helper()
		for n := range want.Manifest.Volumes {
			file := filepath.Join(secret, bundle.VolumeFile(r.Manifest.Name, n+1)+bundle.EncryptedSuffix)
			info, err := os.Stat(file)
			must(t, err)
			if info.Size() >= opts.VolumeSize {
				t.Errorf("volume %d has %d bytes", n+1, info.Size())
			}
			inside, err := os.ReadFile(volumeFile(want, n+1))
			must(t, err)
			for _, id := range ids {
				if !bytes.Equal(decrypted(t, file, id), inside) {
					t.Errorf("volume %d is another inside", n+1)
				}
			}
		}
		if a, b := readFolder(t, plain), readFolder(t, secret); !bytes.Equal(a[r.Manifest.Name+bundle.ManifestSuffix], b[r.Manifest.Name+bundle.ManifestSuffix]) {
			t.Error("the manifests differ")
		}
	}
	check()
	for i, f := range r.Files {
		data, err := os.ReadFile(f.Path)
		must(t, err)
		if f.Size != int64(len(data)) || f.SHA256 != sha256.Sum256(data) {
			t.Errorf("file %d: %+v", i, f)
		}
	}

	// What is there counts as right in a remake, since nobody here can read it; what is not is made.
	must(t, os.Remove(r.Files[1].Path))
	again := m.remake(r, RemakeOptions{Out: []string{secret}, Recipients: recipients})
	for _, f := range again.Files {
		if f.Volume > 0 && f.Kept != (f.Volume != 2) {
			t.Errorf("volume %d: kept %v", f.Volume, f.Kept)
		}
	}
	check()
	// The next run cannot tell whether they are right, and writes them anew.
	for _, f := range m.create(opts).Files {
		if f.Kept {
			t.Errorf("volume %d was kept", f.Volume)
		}
	}
	check()
}

func TestTooManyRecipients(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", tree{"a": "a"})
	_, recipients := identities(t, 200)
	_, err := m.refused(t, Options{Out: []string{folderOf(t)}, Recipients: recipients})
	if !strings.Contains(err.Error(), "200 recipients are too many") {
		t.Errorf("error %v", err)
	}
}
