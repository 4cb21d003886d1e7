package installs

import (
	"bytes"
	"crypto/sha512"
	"encoding/hex"
	"strings"
	"testing"
)

func TestArchiveWithOneDigest(t *testing.T) {
	l := list(t, "hex-1.x.csv")
	all := l.All(rowsOf(t, l, "2.0.0,"+fakeSum(1)+",1.12.0\n2.0.0,"+fakeSum(1)+",1.12.0\n"))
	if len(all) != 1 {
		t.Fatalf("%d archives for the same row twice, want 1", len(all))
	}
	if want := all[0].Want(); len(want) != 1 || want[0] != sumOf(1) {
		t.Errorf("wanted digests %v", want)
	}
	if all[0].Proof() != nil {
		t.Error("a single digest needs no proof of its own")
	}
}

// hex.pm's old lists name some builds twice, with different digests.
func TestArchiveWithSeveralDigests(t *testing.T) {
	old, current := []byte("as first uploaded"), []byte("as uploaded again")
	sum := func(b []byte) string { s := sha512.Sum512(b); return hex.EncodeToString(s[:]) }
	l := list(t, "hex-1.x.csv")
	rows := rowsOf(t, l, "2.0.0,"+sum(old)+",1.12.0\n2.0.1,"+fakeSum(1)+",1.12.0\n2.0.0,"+sum(current)+",1.12.0\n")
	for name, list := range map[string][]Archive{"all": l.All(rows), "latest": l.Latest(rows)} {
		var a Archive
		for _, candidate := range list {
			if candidate.Version == "2.0.0" {
				a = candidate
			}
		}
		if len(a.SHA512) != 2 || a.Want() != nil || a.Proof() == nil {
			t.Errorf("%s: %+v, want two digests and a proof", name, a)
			continue
		}
		for _, good := range [][]byte{old, current} {
			if err := a.Proof()(bytes.NewReader(good), int64(len(good))); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		bad := []byte("something else")
		if err := a.Proof()(bytes.NewReader(bad), int64(len(bad))); err == nil || !strings.Contains(err.Error(), a.Path) {
			t.Errorf("%s: wrong bytes: %v, want an error that names the path", name, err)
		}
	}
}
