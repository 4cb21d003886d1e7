package treehash_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// record is one record of a tar file, written as it stands however wrong it is.
// Zero fields get usual values.
type record struct {
	name, link, data, prefix string
	kind                     byte   // '0' if zero
	mode                     string // octal digits
	size                     string // the raw field
	version, magic           string
	badSum                   bool
	noPadding                bool
}

func file(name, data string) record  { return record{name: name, data: data} }
func script(name, s string) record   { return record{name: name, data: s, mode: "755"} }
func folder(name string) record      { return record{name: name, kind: '5', mode: "755"} }
func symlink(name, to string) record { return record{name: name, kind: '2', link: to} }
func hardlink(name, to string) record {
	return record{name: name, kind: '1', link: to}
}

// pax is an extended header; kind is 'x' or 'g'.
func pax(kind byte, pairs ...string) record {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString(paxRecord(pairs[i], pairs[i+1]))
	}
	return record{name: "pax_header", kind: kind, data: b.String()}
}

func paxRecord(key, value string) string {
	n := len(key) + len(value) + 3
	for {
		s := fmt.Sprintf("%d %s=%s\n", n, key, value)
		if len(s) == n {
			return s
		}
		n = len(s)
	}
}

func (r record) append(out []byte) []byte {
	var h [512]byte
	kind, mode, size, magic, version := r.kind, r.mode, r.size, r.magic, r.version
	if kind == 0 {
		kind = '0'
	}
	if mode == "" {
		mode = "644"
	}
	if size == "" {
		size = fmt.Sprintf("%011o ", len(r.data))
	}
	if magic == "" {
		magic, version = "ustar\x00", "00"
	}
	copy(h[0:100], r.name)
	copy(h[100:108], mode)
	copy(h[108:], "0000000\x000000000\x00")
	copy(h[124:136], size)
	copy(h[136:], "00000000000 ")
	h[156] = kind
	copy(h[157:257], r.link)
	copy(h[257:263], magic)
	copy(h[263:265], version)
	copy(h[345:500], r.prefix)
	copy(h[148:156], "        ")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	if r.badSum {
		sum++
	}
	copy(h[148:156], fmt.Sprintf("%06o\x00 ", sum))
	out = append(out, h[:]...)
	out = append(out, r.data...)
	if !r.noPadding {
		out = append(out, make([]byte, -len(r.data)&511)...)
	}
	return out
}

// archive is a tar file with these records and two zero blocks behind them.
func archive(records ...record) []byte {
	var out []byte
	for _, r := range records {
		out = r.append(out)
	}
	return append(out, make([]byte, 1024)...)
}

func sums(t testing.TB, tarball []byte) treehash.Sums {
	t.Helper()
	s, err := treehash.Sum(bytes.NewReader(tarball), treehash.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func zstandard(data []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return w.EncodeAll(data, nil)
}
