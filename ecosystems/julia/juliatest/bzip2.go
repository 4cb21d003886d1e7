package juliatest

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"
)

// packBzip2 writes a .bz2 file. It makes no effort to compress well: both Huffman
// tables of a block, of which there must be two, are the same and as flat as can be.
func packBzip2(data []byte) []byte {
	const level, most = '1', 80_000 // of 100,000; run lengths take room
	w := &bitWriter{}
	w.bytes('B', 'Z', 'h', level)
	var combined uint32
	for i := 0; i < len(data); i += most {
		block := data[i:min(len(data), i+most)]
		sum := bzipCRC(block)
		combined = bits.RotateLeft32(combined, 1) ^ sum
		w.block(block, sum)
	}
	w.bytes(0x17, 0x72, 0x45, 0x38, 0x50, 0x90)
	w.bits(uint64(combined), 32)
	w.bits(0, 7)
	return w.out
}

// bitWriter writes the highest bit first.
type bitWriter struct {
	out  []byte
	last uint64
	n    int
}

func (w *bitWriter) bits(v uint64, n int) {
	w.last, w.n = w.last<<n|v, w.n+n
	for ; w.n >= 8; w.n -= 8 {
		w.out = append(w.out, byte(w.last>>(w.n-8)))
	}
}

func (w *bitWriter) bytes(list ...byte) {
	for _, b := range list {
		w.bits(uint64(b), 8)
	}
}

func (w *bitWriter) block(data []byte, sum uint32) {
	sorted, origin := transform(shortenRuns(data))
	used := usedBytes(sorted)
	symbols := frontSymbols(sorted, used)
	w.bytes(0x31, 0x41, 0x59, 0x26, 0x53, 0x59)
	w.bits(uint64(sum), 32)
	w.bits(0, 1)
	w.bits(uint64(origin), 24)
	var groups [16]uint64
	for _, b := range used {
		groups[b>>4] |= 1 << (15 - b&15)
	}
	for _, g := range groups {
		w.bits(min(g, 1), 1)
	}
	for _, g := range groups {
		if g != 0 {
			w.bits(g, 16)
		}
	}
	const tables, perSelector = 2, 50
	selectors := (len(symbols) + perSelector - 1) / perSelector
	w.bits(tables, 3)
	w.bits(uint64(selectors), 15)
	for range selectors {
		w.bits(0, 1)
	}
	alphabet := len(used) + 2
	long := bits.Len(uint(alphabet - 1))
	short := 1<<long - alphabet // so many symbols have one bit less
	for range tables {
		length := long
		if short > 0 {
			length--
		}
		w.bits(uint64(length), 5)
		for i := range alphabet {
			if i == short && length < long {
				w.bits(0b10, 2) // one more, from here on
			}
			w.bits(0, 1)
		}
	}
	for _, s := range symbols {
		if s < short {
			w.bits(uint64(s), long-1)
		} else {
			w.bits(uint64(s+short), long)
		}
	}
}

// shortenRuns writes four to 255+4 equal bytes as four and a count.
func shortenRuns(data []byte) []byte {
	var out []byte
	for i := 0; i < len(data); {
		n := 1
		for n < 255+4 && i+n < len(data) && data[i+n] == data[i] {
			n++
		}
		for range min(n, 4) {
			out = append(out, data[i])
		}
		if n >= 4 {
			out = append(out, byte(n-4))
		}
		i += n
	}
	return out
}

// transform is that of Burrows and Wheeler.
func transform(data []byte) (last []byte, origin int) {
	n := len(data)
	order, rank, next := make([]int, n), make([]int, n), make([]int, n)
	for i, b := range data {
		order[i], rank[i] = i, int(b)
	}
	// Rotations are sorted by their first 1, 2, 4, … bytes.
	compare := func(a, b int) int { return cmp.Compare(rank[a], rank[b]) }
	slices.SortFunc(order, compare)
	for width := 1; width < n; width *= 2 {
		compare = func(a, b int) int {
			return cmp.Or(cmp.Compare(rank[a], rank[b]), cmp.Compare(rank[(a+width)%n], rank[(b+width)%n]))
		}
		slices.SortFunc(order, compare)
		ranks := 0
		for i, at := range order {
			if i > 0 && compare(order[i-1], at) != 0 {
				ranks++
			}
			next[at] = ranks
		}
		rank, next = next, rank
		if ranks == n-1 {
			break
		}
	}
	for i, start := range order {
		last = append(last, data[(start+n-1)%n])
		if start == 0 {
			origin = i
		}
	}
	return last, origin
}

func usedBytes(data []byte) []byte {
	used := slices.Clone(data)
	slices.Sort(used)
	return slices.Compact(used)
}

// frontSymbols moves bytes to the front and writes runs of zeros as numbers, in
// digits 1 and 2, which are symbols 0 and 1. The last symbol is the end.
func frontSymbols(data, used []byte) []int {
	front := slices.Clone(used)
	var symbols []int
	run := 0
	flush := func() {
		for ; run > 0; run = (run - 1) / 2 {
			symbols = append(symbols, (run-1)&1)
		}
	}
	for _, b := range data {
		at := bytes.IndexByte(front, b)
		if at == 0 {
			run++
			continue
		}
		flush()
		copy(front[1:], front[:at])
		front[0] = b
		symbols = append(symbols, at+1)
	}
	flush()
	return append(symbols, len(used)+1)
}

// bzipCRC is CRC-32 with the highest bit first.
func bzipCRC(data []byte) uint32 {
	crc := ^uint32(0)
	for _, b := range data {
		crc ^= uint32(b) << 24
		for range 8 {
			crc = crc<<1 ^ 0x04c11db7*(crc>>31)
		}
	}
	return ^crc
}
