package juliatest

import (
	"bytes"
	"compress/bzip2"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// programs unpack what packages treehash and xz read, so that both are right or wrong for
// different reasons.
var programs = map[Packing][]string{Gzip: {"gzip", "-dc"}, Stored: {"gzip", "-dc"}, XZ: {"xz", "-dc"}, Bzip2: {"bzip2", "-dc"}}

func TestPackingsAreReal(t *testing.T) {
	root := Tree{Files: map[string]string{"a": "b", "long": strings.Repeat("abcdefg", 40_000)}}.node()
	want := root.hash(treehash.Full)
	for _, data := range [][]byte{root.tar(), root.foreignTar()} {
		for _, p := range []Packing{Gzip, Stored, Zstd, XZ, Bzip2, Plain} {
			packed := p.pack(data)
			sums, err := treehash.Sum(bytes.NewReader(packed), treehash.Limits{})
			if err != nil || sums.Full != want {
				t.Errorf("%s: %v, want %v: %v", p, sums.Full, want, err)
			}
			args, ok := programs[p]
			if !ok {
				continue
			}
			path, err := exec.LookPath(args[0])
			if err != nil {
				continue // package treehash has said what is to be said
			}
			cmd := exec.Command(path, args[1:]...)
			cmd.Stdin, cmd.Stderr = bytes.NewReader(packed), os.Stderr
			if out, err := cmd.Output(); err != nil || !bytes.Equal(out, data) {
				t.Errorf("%s unpacks something else: %v", args[0], err)
			}
		}
	}
}

func TestBzip2(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var data []byte
		for range rapid.IntRange(0, 20).Draw(t, "runs") {
			b := rapid.Byte().Draw(t, "byte")
			data = append(data, bytes.Repeat([]byte{b}, rapid.SampledFrom([]int{1, 2, 3, 4, 5, 100, 258, 259, 260, 600}).Draw(t, "length"))...)
		}
		got, err := io.ReadAll(bzip2.NewReader(bytes.NewReader(packBzip2(data))))
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%x comes back as %x: %v", data, got, err)
		}
	})
}

func TestBzip2OfSeveralBlocksAndAllBytes(t *testing.T) {
	data := make([]byte, 200_000)
	for i := range data {
		data[i] = byte(i * i * 31 >> 11)
	}
	got, err := io.ReadAll(bzip2.NewReader(bytes.NewReader(packBzip2(data))))
	if err != nil || !bytes.Equal(got, data) {
		t.Fatalf("%d bytes come back as %d: %v", len(data), len(got), err)
	}
}
