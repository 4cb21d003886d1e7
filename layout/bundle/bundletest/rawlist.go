package bundletest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// RawList is a snapshot's file of these lines, whatever they say, and the id that
// is proven by them: "SHA256 SIZE PATH" or "link PATH<TAB>TARGET". files and size are
// what the header counts.
func RawList(t testing.TB, ecosystem string, files, size int64, lines ...string) (file []byte, id string) {
	t.Helper()
	sum := sha256.New()
	fmt.Fprintf(sum, "offmirror snapshot\n%s\n", ecosystem)
	for _, line := range lines {
		fmt.Fprintf(sum, "%s\n", line)
	}
	id = hex.EncodeToString(sum.Sum(nil))[:32]
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"format":1,"id":%q,"ecosystem":%q,"time":"2030-01-01T00:00:00Z","files":%d,"bytes":%d}`+"\n", id, ecosystem, files, size)
	for _, line := range lines {
		fmt.Fprintf(&b, "%s\n", line)
	}
	return Compress(t, b.Bytes()), id
}

// Compress is data as one zstd stream.
func Compress(t testing.TB, data []byte) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	return z.EncodeAll(data, nil)
}
