package xz_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/xz"
)

const dictionary = 64 << 20

func unpack(file []byte) ([]byte, error) {
	z, err := xz.NewReader(bufio.NewReader(bytes.NewReader(file)), dictionary)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFilesOfXZ(t *testing.T) {
	names, err := filepath.Glob("testdata/*.xz")
	if err != nil || len(names) < 15 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		name = filepath.Base(name)
		kind, _, _ := strings.Cut(strings.TrimSuffix(name, ".xz"), "-")
		if kind == "unsupported" || kind == "streams" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			file, want := testdata(t, name), payloads[kind]()
			got, err := unpack(file)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes, want %d: %v", len(got), len(want), err)
			}
			z, err := xz.NewReader(bufio.NewReaderSize(iotest.HalfReader(bytes.NewReader(file)), 16), dictionary)
			if err != nil {
				t.Fatal(err)
			}
			if len(want) < 1<<20 {
				err = iotest.TestReader(z, want)
			} else {
				_, err = io.Copy(io.Discard, z)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestStreams(t *testing.T) {
	want := append([]byte("1"), payloads["text"]()...)
	file := testdata(t, "streams.xz")
	if got, err := unpack(file); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	for _, bad := range [][]byte{
		append(bytes.Clone(file), 0), append(bytes.Clone(file), 0, 0, 0, 0, 0, 0), append(bytes.Clone(file), "behind it"...),
	} {
		if got, err := unpack(bad); !errors.Is(err, xz.ErrMalformed) || !bytes.Equal(got, want) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
}

func TestUnsupported(t *testing.T) {
	for _, name := range []string{"unsupported-delta.xz", "unsupported-x86.xz"} {
		if _, err := unpack(testdata(t, name)); !errors.Is(err, xz.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := unpack(testdata(t, "unsupported.lzma")); !errors.Is(err, xz.ErrMalformed) {
		t.Error(err)
	}
	// A check of a kind that nobody has defined.
	file := testdata(t, "one.xz")
	file[7] = 2
	binary.LittleEndian.PutUint32(file[8:], crc32.ChecksumIEEE(file[6:8]))
	if _, err := unpack(file); !errors.Is(err, xz.ErrUnsupported) {
		t.Error(err)
	}
}

func TestDictionaryIsLimited(t *testing.T) {
	for limit, want := range map[int64]error{64 << 20: nil, 64<<20 - 1: xz.ErrDictionary, 0: xz.ErrDictionary} {
		z, err := xz.NewReader(bufio.NewReader(bytes.NewReader(testdata(t, "mixed-9e.xz"))), limit)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, z); !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("%d: %v", limit, err)
		}
	}
}

// Every prefix is an error, and gives nothing but the beginning.
func TestCutOff(t *testing.T) {
	for _, name := range []string{"one.xz", "text-blocks.xz", "noise.xz", "empty.xz"} {
		file := testdata(t, name)
		whole, err := unpack(file)
		if err != nil {
			t.Fatal(err)
		}
		step := max(len(file)/50, 1)
		for n := 0; n < len(file); n += step {
			got, err := unpack(file[:n])
			if !errors.Is(err, xz.ErrMalformed) || !bytes.HasPrefix(whole, got) {
				t.Fatalf("%s: %d of %d bytes: %d bytes, %v", name, n, len(file), len(got), err)
			}
		}
	}
}

// No flipped bit passes, wherever it is.
func TestFlippedBits(t *testing.T) {
	for _, name := range []string{"one.xz", "empty.xz", "text-sha256.xz", "text-blocks.xz", "noise.xz"} {
		file := testdata(t, name)
		step := max(len(file)/60, 1)
		for i := 0; i < len(file); i += step {
			bad := bytes.Clone(file)
			bad[i] ^= 1 << (i % 8)
			if _, err := unpack(bad); err == nil {
				t.Fatalf("%s: byte %d changed without an error", name, i)
			}
		}
	}
}

func TestErrorsOfTheReader(t *testing.T) {
	broken := errors.New("disk on fire")
	file := testdata(t, "text.xz")
	for _, n := range []int{0, 3, 10, 20, 5000, len(file)} {
		r := io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(broken))
		z, err := xz.NewReader(bufio.NewReader(r), dictionary)
		if err == nil {
			_, err = io.ReadAll(z)
		}
		if !errors.Is(err, broken) || errors.Is(err, xz.ErrMalformed) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

// allocated returns how many bytes it takes to unpack a file.
func allocated(t *testing.T, file []byte) int64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := unpack(file); err != nil {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// The memory is that of the dictionary, or of the data if the header says that it is less.
func TestMemoryIsThatOfTheDictionary(t *testing.T) {
	const bits64M = 28
	data := bytes.Repeat([]byte("0123456789"), 1000)
	if n := allocated(t, stored(data, 500, bits64M, false)); n < 64<<20 || n > 66<<20 {
		t.Errorf("%d bytes for a dictionary of 64 MiB", n)
	}
	if n := allocated(t, stored(data, 500, bits64M, true)); n > 1<<20 {
		t.Errorf("%d bytes for 10 kB of data", n)
	}
}

// A dictionary for each of many blocks costs time; who wants that for nothing does not get it.
func TestDictionariesOfManyBlocks(t *testing.T) {
	const bits8M = 22
	one := stored([]byte("1"), 1, bits8M, false)
	if got, err := unpack(bytes.Repeat(one, 128)); err != nil || len(got) != 128 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if got, err := unpack(bytes.Repeat(one, 200)); !errors.Is(err, xz.ErrDictionary) || len(got) != 128 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	full := stored(bytes.Repeat([]byte("0123456789abcdef"), 8<<10), 64<<10, bits8M, false) // a 64th of 8 MiB
	if got, err := unpack(bytes.Repeat(full, 200)); err != nil || len(got) != 200<<17 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// stored is an .xz file of chunks without compression, written by hand.
func stored(data []byte, chunk int, dictionaryBits byte, sizes bool) []byte {
	var block []byte
	for first := true; len(data) > 0; first = false {
		n := min(chunk, len(data))
		control := byte(2)
		if first {
			control = 1
		}
		block = append(block, control, byte((n-1)>>8), byte(n-1))
		block = append(block, data[:n]...)
		data = data[n:]
	}
	return container(append(block, 0), dictionaryBits, sizes)
}

// container puts LZMA2 data into a stream without an integrity check.
func container(block []byte, dictionaryBits byte, sizes bool) []byte {
	size, ok := storedSize(block)
	head := []byte{0, 0}
	if sizes && ok {
		head[1] = 0xc0
		head = binary.AppendUvarint(head, uint64(len(block)))
		head = binary.AppendUvarint(head, uint64(size))
	}
	head = append(head, 0x21, 1, dictionaryBits)
	head = append(head, make([]byte, -len(head)&3)...)
	head[0] = byte(len(head) / 4)
	head = binary.LittleEndian.AppendUint32(head, crc32.ChecksumIEEE(head))

	index := binary.AppendUvarint([]byte{0, 1}, uint64(len(head)+len(block)))
	index = binary.AppendUvarint(index, uint64(size))
	index = append(index, make([]byte, -len(index)&3)...)
	index = binary.LittleEndian.AppendUint32(index, crc32.ChecksumIEEE(index))

	foot := binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1))
	foot = append(foot, 0, 0)
	out := []byte("\xfd7zXZ\x00\x00\x00")
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE([]byte{0, 0}))
	out = append(append(out, head...), block...)
	out = append(out, make([]byte, -len(block)&3)...)
	out = append(out, index...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(foot))
	return append(append(out, foot...), "YZ"...)
}

func storedSize(block []byte) (size int, ok bool) {
	for len(block) > 3 && (block[0] == 1 || block[0] == 2) {
		n := int(block[1])<<8 + int(block[2]) + 1
		if len(block) < n+3 {
			return size, false
		}
		size, block = size+n, block[n+3:]
	}
	return size, len(block) == 1 && block[0] == 0
}

func TestStoredChunksOfAnySize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(t, "data")
		chunk := rapid.IntRange(1, 1000).Draw(t, "chunk")
		bits := rapid.ByteRange(0, 26).Draw(t, "dictionary")
		got, err := unpack(stored(data, chunk, bits, rapid.Bool().Draw(t, "sizes")))
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%x, %v", got, err)
		}
	})
}

func TestChunksThatMakeNoSense(t *testing.T) {
	lzma := "\x00\x00\x00\x00\x04" + "\x5d" + "\x00\x00\x00\x00\x00"
	for name, block := range map[string]string{
		"no first reset":           "\x02\x00\x001\x00",
		"unknown control":          "\x03\x00\x001\x00",
		"lzma without a reset":     "\x80" + lzma + "\x00",
		"lzma without parameters":  "\x01\x00\x001\xa0" + lzma + "\x00",
		"no state after parameter": "\x01\x00\x001\x80" + lzma + "\x00",
		"impossible parameters":    "\xe0\x00\x00\x00\x04\xff\x00\x00\x00\x00\x00\x00",
		"lc and lp too large":      "\xe0\x00\x00\x00\x04\x26\x00\x00\x00\x00\x00\x00",
		"too short a chunk":        "\xe0\x00\x00\x00\x03\x5d\x00\x00\x00\x00\x00",
		"first byte not zero":      "\xe0\x00\x00\x00\x04\x5d\x01\x00\x00\x00\x00\x00",
		"bytes left over":          "\xe0\x00\x00\x00\x08\x5d\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"needs more bytes":         "\xff\xff\xff\x00\x04\x5d\x00\x00\x00\x00\x00\x00",
	} {
		if got, err := unpack(container([]byte(block), 10, false)); !errors.Is(err, xz.ErrMalformed) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
}

func TestErrorsAreOneLine(t *testing.T) {
	for i := range 300 {
		file := testdata(t, "text-crc32.xz")
		copy(file[i:], "\n\n\n")
		if _, err := unpack(file); err != nil && (strings.Contains(err.Error(), "\n") || len(err.Error()) > 200) {
			t.Errorf("%q", err)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, name := range []string{"one.xz", "empty.xz", "zeros.xz", "streams.xz", "text-blocks.xz"} {
		f.Add(testdata(f, name))
	}
	f.Add(stored([]byte("0123456789"), 3, 8, true))
	f.Fuzz(func(t *testing.T, file []byte) {
		z, err := xz.NewReader(bufio.NewReader(bytes.NewReader(file)), 1<<20)
		h := sha256.New()
		if err == nil {
			_, err = io.Copy(h, io.LimitReader(z, 8<<20))
		}
		if err != nil {
			for _, known := range []error{xz.ErrMalformed, xz.ErrCheck, xz.ErrUnsupported, xz.ErrDictionary} {
				if errors.Is(err, known) {
					return
				}
			}
			t.Fatal(err)
		}
	})
}

// The LZMA2 within a container whose checksums are right: what a fuzzer does not find.
func FuzzChunks(f *testing.F) {
	f.Add([]byte("\x01\x00\x001\x00"))
	f.Add([]byte("\xe0\x00\x00\x00\x04\x5d\x00\x00\x00\x00\x00\x00"))
	f.Add(testdata(f, "text-none.xz")[24:5000])
	f.Fuzz(func(t *testing.T, block []byte) {
		z, err := xz.NewReader(bufio.NewReader(bytes.NewReader(container(block, 4, false))), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, io.LimitReader(z, 8<<20))
		if n > int64(len(block))*(2<<20) {
			t.Fatal(n, err)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	for _, name := range []string{"text.xz", "noise.xz", "zeros.xz"} {
		file := testdata(b, name)
		want, err := unpack(file)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(name), func(b *testing.B) {
			b.SetBytes(int64(len(want)))
			for b.Loop() {
				if _, err := unpack(file); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
