package receipt

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image/png"
	"os"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/layout/bundle/trust"
)

// The golden receipts are signed with a key that stock minisign made. minisign 0.11 has accepted
// them, split as the package comment says, and zbarimg has read them back from these images.
var golden = map[string]string{
	"small.txt": "54f6136a8e163c8e9900e4ba4290161c254cb4bc7d9e07cab42a34a70adbec4b",
	"large.txt": "baffb0c994ae63bd0c7b6ac4869a9e5ee2b4867d38994c7c5f5ac48f24fb0a72",
}

func goldenKey(t testing.TB) trust.Secret {
	t.Helper()
	s, err := trust.LoadSecret("../trust/testdata/stock/plain.key", nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// largeReceipt is as large as receipts may be, to the byte.
func largeReceipt() Receipt {
	r := aReceipt()
	for i := range 59 {
		r.Ecosystems[1].Kept = append(r.Ecosystems[1].Kept, fmt.Sprintf("%032x", i+1))
	}
	r.Dropped = 1
	r.Bundle = "offmirror-" + strings.Repeat("x", 19)
	return r
}

func TestGoldenReceipts(t *testing.T) {
	for name, r := range map[string]Receipt{"small.txt": aReceipt(), "large.txt": largeReceipt()} {
		got := signed(t, r, goldenKey(t))
		file := "testdata/" + name
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(file, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
		}
		for _, text := range []string{string(want), strings.ReplaceAll(string(want)+"\n", "\n", "\r\n")} {
			if _, err := Parse([]byte(text)); err != nil { // as it is, and as a scanner on Windows saves it
				t.Errorf("%s: %v", name, err)
			}
		}
		code, err := QR(want)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(code.PNG())
		if got := hex.EncodeToString(sum[:]); got != golden[name] {
			t.Errorf("%s: the image has the SHA-256 %s, want %s", name, got, golden[name])
		}
	}
	if n := len(signed(t, largeReceipt(), goldenKey(t))); n != MaxSize {
		t.Errorf("the large receipt has %d bytes", n)
	}
}

func TestQRInBothForms(t *testing.T) {
	code, err := QR(signed(t, aReceipt(), goldenKey(t)))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(code.PNG()))
	if err != nil {
		t.Fatal(err)
	}
	const pixels = 8
	if img.Bounds().Dx() != code.Width()*pixels {
		t.Fatalf("the image is %v, the text %d wide", img.Bounds(), code.Width())
	}
	for _, inverted := range []bool{false, true} {
		lines := strings.Split(strings.TrimSuffix(code.Text(inverted), "\n"), "\n")
		if len(lines) != (code.Width()+1)/2 {
			t.Fatalf("%d lines", len(lines))
		}
		for i, line := range lines {
			cells := []rune(line)
			if len(cells) != code.Width() {
				t.Fatalf("line %d has %d columns", i, len(cells))
			}
			for x, cell := range cells {
				for half, lit := range [2]bool{strings.ContainsRune("█▀", cell), strings.ContainsRune("█▄", cell)} {
					y := 2*i + half
					if y == code.Width() { // an odd number of modules: nothing is lit below the last
						if lit {
							t.Errorf("column %d: lit below the frame", x)
						}
						continue
					}
					grey, _, _, _ := img.At(x*pixels+pixels/2, y*pixels+pixels/2).RGBA()
					if dark := grey == 0; lit == (dark != inverted) {
						t.Fatalf("module %d, %d is dark: %t; lit: %t, inverted: %t", x, y, dark, lit, inverted)
					}
				}
			}
		}
	}
}

func TestQROfTooMuch(t *testing.T) {
	if _, err := QR(make([]byte, MaxSize+1)); err == nil {
		t.Error("no error")
	}
}
