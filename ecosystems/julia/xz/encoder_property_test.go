package xz_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/xz"
)

// encoded is a block of random decisions, with what it holds.
func encoded(t *rapid.T) (block, data []byte) {
	lc := rapid.Uint32Range(0, 4).Draw(t, "lc")
	lp := rapid.Uint32Range(0, 4-lc).Draw(t, "lp")
	c := newEncoder(lc, lp, rapid.Uint32Range(0, 4).Draw(t, "pb"))
	var all []byte
	parameters := false
	for i := range rapid.IntRange(1, 5).Draw(t, "chunks") {
		if rapid.IntRange(0, 5).Draw(t, "stored") == 0 {
			reset := i == 0 || rapid.Bool().Draw(t, "reset")
			if reset {
				all, c.data, parameters = append(all, c.data...), nil, false
			}
			c.store(rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "bytes"), reset)
			continue
		}
		least := map[bool]int{true: 0, false: 2}[parameters]
		if i == 0 {
			least = 3
		}
		reset := rapid.IntRange(least, 3).Draw(t, "reset")
		if reset == 3 {
			all, c.data = append(all, c.data...), nil
		}
		parameters = true
		c.chunk(reset)
		for j := range rapid.IntRange(1, 40).Draw(t, "symbols") {
			have := len(c.data)
			kind := rapid.IntRange(0, 5).Draw(t, "symbol")
			if have == 0 || j == 0 {
				kind = 0
			}
			n := rapid.SampledFrom([]int{2, 3, 9, 10, 17, 18, 273}).Draw(t, "length")
			which := rapid.IntRange(0, 3).Draw(t, "which")
			switch {
			case kind == 2 || kind == 3:
				c.match(rapid.IntRange(1, have).Draw(t, "distance"), n)
			case kind == 4 && c.rep[which] <= have:
				c.repeat(which, n)
			case kind == 5 && c.rep[0] <= have:
				c.repeat(0, 1)
			case c.state < 7 || c.rep[0] <= have:
				c.literal(rapid.Byte().Draw(t, "byte"))
			}
		}
		c.end()
	}
	return append(c.block, 0), append(all, c.data...)
}

// sized is container for blocks of LZMA chunks, whose size it cannot see.
func sized(block []byte, size int, dictionaryBits byte) []byte {
	head := []byte{2, 0, 0x21, 1, dictionaryBits, 0, 0, 0}
	head = binary.LittleEndian.AppendUint32(head, crc32.ChecksumIEEE(head))
	index := binary.AppendUvarint([]byte{0, 1}, uint64(len(head)+len(block)))
	index = binary.AppendUvarint(index, uint64(size))
	index = append(index, make([]byte, -len(index)&3)...)
	index = binary.LittleEndian.AppendUint32(index, crc32.ChecksumIEEE(index))
	foot := append(binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1)), 0, 0)
	out := []byte("\xfd7zXZ\x00\x00\x00")
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE([]byte{0, 0}))
	out = append(append(out, head...), block...)
	out = append(append(out, make([]byte, -len(block)&3)...), index...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(foot))
	return append(append(out, foot...), "YZ"...)
}

func TestAnyDecisionsOfAnEncoder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		block, data := encoded(t)
		got, err := unpack(sized(block, len(data), 26))
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes of %d: %v\n%q\n%q", len(got), len(data), err, got, data)
		}
	})
}

// A history that has slid many times, with a dictionary of 4 KiB: distances up to its very size are
// right, and one more is refused.
func TestDistancesUpToTheDictionary(t *testing.T) {
	for _, c := range []struct {
		distance int
		ok       bool
	}{{1, true}, {4095, true}, {4096, true}, {4097, false}} {
		e := newEncoder(3, 0, 2)
		e.chunk(3)
		for i := range 5000 {
			e.literal(byte(i * 7))
		}
		e.end()
		for range 10 { // half a MiB each: the history slides before the sixth, and before the one below
			e.chunk(0)
			for range 2000 {
				e.match(4000, 262)
			}
			e.end()
		}
		e.chunk(0)
		e.match(c.distance, 100)
		e.end()
		got, err := unpack(sized(append(e.block, 0), len(e.data), 0))
		if c.ok && (err != nil || !bytes.Equal(got, e.data)) || !c.ok && !errors.Is(err, xz.ErrMalformed) {
			t.Errorf("distance %d: %d bytes of %d, %v", c.distance, len(got), len(e.data), err)
		}
	}
}

// A match that goes on behind its chunk is none.
func TestChunksEndWithTheirSymbols(t *testing.T) {
	e := newEncoder(3, 0, 2)
	e.chunk(3)
	e.literal('a')
	e.match(1, 20)
	e.end()
	for size := 1; size <= 22; size++ {
		block := append(bytes.Clone(e.block), 0)
		block[2] = byte(size - 1)
		got, err := unpack(sized(block, size, 26))
		if want := size == 21; (err == nil) != want {
			t.Errorf("%d bytes: %q, %v", size, got, err)
		}
	}
}

// A dictionary that was emptied cannot be reached any more.
func TestResetForgets(t *testing.T) {
	e := newEncoder(3, 0, 2)
	e.store([]byte("0123456789"), true)
	e.chunk(3)
	e.literal('a')
	e.match(5, 3)
	e.end()
	if _, err := unpack(sized(append(e.block, 0), 14, 26)); !errors.Is(err, xz.ErrMalformed) {
		t.Error(err)
	}
	e = newEncoder(3, 0, 2)
	e.store([]byte("0123456789"), true)
	e.chunk(2)
	e.literal('a')
	e.match(5, 3)
	e.end()
	if got, err := unpack(sized(append(e.block, 0), 14, 26)); err != nil || string(got) != "0123456789a678" {
		t.Errorf("%q, %v", got, err)
	}
}
