package bundle

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch/store"
)

const indexed = "offmirror-20261120T173000Z-0123456789ab"

func writeIndex(t testing.TB, entries ...Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewIndexWriter(&b, indexed, 3)
	for _, e := range entries {
		err = errors.Join(err, w.Add(e))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readIndex(data []byte, end int64) ([]Entry, error) {
	r, err := NewIndexReader(bytes.NewReader(data), indexed, 3, Index{Offset: end})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	entries := []Entry{}
	for r.Next() {
		entries = append(entries, r.Entry())
	}
	if r.Next() {
		return nil, errors.New("goes on after its end")
	}
	return entries, r.Err()
}

func compressed(t testing.TB, text string) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return z.EncodeAll([]byte(text), nil)
}

func TestIndexRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want, offset := []Entry{}, int64(0)
		for i := range rapid.IntRange(0, 40).Draw(rt, "entries") {
			size := rapid.Int64Range(0, 5000).Draw(rt, "size")
			want = append(want, Entry{Piece{store.ID{byte(i)}, size}, offset + Block})
			offset += Block + (size+Block-1)/Block*Block
		}
		data := writeIndex(t, want...)
		if !bytes.Equal(data, writeIndex(t, want...)) {
			rt.Fatal("the same entries gave other bytes")
		}
		got, err := readIndex(data, offset)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			rt.Fatal(err, diff)
		}
	})
}

func TestIndexRefuses(t *testing.T) {
	id := digest("x").String()
	head := indexHead(indexed, 3)
	const end = 1 << 20
	for name, test := range map[string]struct{ text, want string }{
		"nothing":            {"", "unexpected EOF"},
		"another bundle":     {indexHead("offmirror-20261120T173000Z-ffffffffffff", 3), "not of this volume"},
		"another volume":     {indexHead(indexed, 4), "not of this volume"},
		"endless line":       {head + strings.Repeat("a", 1<<20), "line too long"},
		"endless head":       {strings.Repeat("a", 1<<20), "line too long"},
		"half a line":        {head + id, "unexpected EOF"},
		"two words":          {head + id + " 1\n", "want SHA256 SIZE OFFSET"},
		"four words":         {head + id + " 1 512 x\n", "bad number"},
		"capital digest":     {head + strings.ToUpper(id) + " 1 512\n", "lower-case"},
		"short digest":       {head + id[1:] + " 1 512\n", ""},
		"negative":           {head + id + " -1 512\n", "bad number"},
		"plus":               {head + id + " +1 512\n", "bad number"},
		"leading zero":       {head + id + " 01 512\n", "bad number"},
		"no number":          {head + id + "  512\n", "bad number"},
		"too large":          {head + id + " 9223372036854775808 512\n", "bad number"},
		"offset 0":           {head + id + " 1 0\n", "bad offset"},
		"offset of no block": {head + id + " 1 513\n", "bad offset"},
		"beyond the end":     {head + id + " 1048065 512\n", "outside"},
		"sum overflows":      {head + id + " 9223372036854775807 512\n", "outside"},
		"offset overflows":   {head + id + " 1 9223372036854775296\n", "outside"},
		"overlapping":        {head + id + " 513 512\n" + id + " 1 1024\n", "on another"},
		"at the same place":  {head + id + " 0 512\n" + id + " 0 512\n", "on another"},
		"backwards":          {head + id + " 1 1024\n" + id + " 1 512\n", "on another"},
	} {
		if got, err := readIndex(compressed(t, test.text), end); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v; want something about %q", name, got, err, test.want)
		}
	}
	if _, err := readIndex([]byte("no zstd"), end); err == nil {
		t.Error("something that is not compressed is taken for an index")
	}
	good := writeIndex(t, Entry{Piece{digest("x"), 1}, 512})
	for i := range good {
		if got, err := readIndex(good[:i], end); err == nil {
			t.Errorf("the first %d bytes: %v", i, got)
		}
	}
}

// An index of a few bytes may stand for a terabyte of lines: reading it is bounded by
// what its reader is willing to take, not by memory.
func TestIndexBomb(t *testing.T) {
	var bomb bytes.Buffer
	z, err := zstd.NewWriter(&bomb, zstd.WithWindowSize(8<<20))
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(z, indexHead(indexed, 3))
	line := []byte(digest("x").String() + " 0 512\n")
	for range 1 << 16 {
		_, err = z.Write(line)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := readIndex(bomb.Bytes(), 1<<40); err == nil || len(got) > 1 {
		t.Fatalf("%d entries, %v", len(got), err)
	}
}

func FuzzIndex(f *testing.F) {
	f.Add(writeIndex(f, Entry{Piece{digest("x"), 1}, 512}, Entry{Piece{digest("y"), 600}, 1536}), false)
	f.Add([]byte(indexHead(indexed, 3)+digest("x").String()+" 1 512\n"), true)
	f.Fuzz(func(t *testing.T, data []byte, plain bool) {
		if plain { // lets the fuzzer reach what is inside
			data = compressed(t, string(data))
		}
		const end = 1 << 20
		entries, err := readIndex(data, end)
		if err != nil {
			return
		}
		last := int64(0)
		for _, e := range entries {
			if e.Offset%Block != 0 || e.Offset < last || e.Size < 0 || e.Offset+e.Size > end {
				t.Errorf("entry %+v after %d", e, last)
			}
			last = e.Offset + e.Size
		}
		if again, err := readIndex(writeIndex(t, entries...), end); err != nil || !cmp.Equal(entries, again) {
			t.Errorf("not the same again: %v", err)
		}
	})
}
