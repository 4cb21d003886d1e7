package hexpm_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// odd adds an entry to a tarball that no package has, but that hex.pm lets pass.
func odd(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "odd/", Mode: 0o755})
	for r := tar.NewReader(bytes.NewReader(data)); err == nil; {
		var h *tar.Header
		if h, err = r.Next(); errors.Is(err, io.EOF) {
			err = nil
			break
		}
		if err == nil {
			err = w.WriteHeader(h)
		}
		if err == nil {
			_, err = io.Copy(w, r)
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Anybody may publish such releases. What the registry signs will not get better
// by waiting for it, and must not keep all others from being published.
func TestSignedTarballsThatAreNone(t *testing.T) {
	w := newWorld(t)
	w.Publish("good", "1.0.0")
	for _, v := range []string{"1.0.0", "1.1.0", "1.2.0"} {
		w.Publish("evil", v)
	}
	w.mustSync()
	sums := map[string]registry.Checksum{}
	for _, v := range []string{"2.0.0", "2.1.0", "2.2.0"} {
		w.Publish("evil", v)
		data := odd(t, w.Tarball("evil", v))
		sums[v] = sha256.Sum256(data)
		w.Tamper("tarballs/evil-"+v+".tar", func([]byte) []byte { return data })
	}
	w.Tamper("packages/evil", func(file []byte) []byte {
		signed, err := registry.Open(file, registry.MaxPackagePayload)
		if err != nil {
			t.Error(err)
			return file
		}
		p, err := registry.UnmarshalPackage(signed.Payload)
		if err != nil {
			t.Error(err)
			return file
		}
		for i, r := range p.Releases {
			if sum, ok := sums[r.Version]; ok {
				p.Releases[i].OuterChecksum, p.Releases[i].Raw = sum, nil
			}
		}
		return w.seal(p.Marshal())
	})
	w.Publish("good", "1.1.0")
	run := w.sync()
	if run.Err != nil {
		t.Fatal(run.Err)
	}
	if len(run.Missing) != 3 || !run.Missing[0].Absent || !strings.Contains(run.Missing[0].Reason, "registry signs") {
		t.Errorf("missing %+v", run.Missing)
	}
	w.wantTarballs("evil-1.0.0", "evil-1.1.0", "evil-1.2.0", "good-1.0.0", "good-1.1.0")
	w.consistent()
}
