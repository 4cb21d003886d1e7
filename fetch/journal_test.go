package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch/store"
)

func tempRoot(t testing.TB) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func tempStore(t testing.TB) *store.Store {
	t.Helper()
	st, err := store.Open(tempRoot(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

var recordsEqual = cmp.AllowUnexported(record{})

func TestRecordRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rec := record{
			size:     rapid.Int64Range(0, 1<<60).Draw(t, "size"),
			etag:     rapid.String().Draw(t, "etag"),
			modified: rapid.String().Draw(t, "modified"),
			partial:  rapid.Bool().Draw(t, "partial"),
		}
		copy(rec.id[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "id"))
		key := recordKey("document", rapid.String().Draw(t, "key"))
		line := appendRecord(nil, key, rec)
		if bytes.Count(line, []byte("\n")) != 1 {
			t.Fatalf("not one line: %q", line)
		}
		k, got, ok := parseRecord(line[:len(line)-1])
		if !ok || k != key || cmp.Diff(rec, got, recordsEqual) != "" {
			t.Fatalf("%q: %+v, %v", line, got, ok)
		}
		i := rapid.IntRange(0, len(line)-2).Draw(t, "damage")
		line[i] ^= 1
		if _, _, ok := parseRecord(line[:len(line)-1]); ok {
			t.Fatalf("damage at %d goes unnoticed: %q", i, line)
		}
	})
}

func TestJournalKeepsTheLastRecord(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		root := tempRoot(t)
		j := newJournal(root)
		want := map[journalKey]record{}
		keys := []journalKey{recordKey("a", "1"), recordKey("a", "2"), recordKey("b", "1")}
		for range rapid.IntRange(0, 40).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"put", "put", "get", "kill", "tear"}).Draw(rt, "step") {
			case "put":
				key := rapid.SampledFrom(keys).Draw(rt, "key")
				rec := record{size: rapid.Int64Range(0, 9).Draw(rt, "size"), etag: rapid.SampledFrom([]string{"", `"x"`, "\n"}).Draw(rt, "etag")}
				j.put(key, rec)
				want[key] = rec
			case "get":
				key := rapid.SampledFrom(keys).Draw(rt, "key")
				got, ok := j.get(key)
				if rec, known := want[key]; ok != known || cmp.Diff(rec, got, recordsEqual) != "" {
					rt.Fatalf("%+v, %v; want %+v, %v", got, ok, rec, known)
				}
			case "kill":
				j = newJournal(root)
			case "tear": // a write that did not come to its end
				f, err := root.OpenFile(journalFile, os.O_WRONLY|os.O_APPEND, 0)
				if err != nil {
					continue
				}
				f.WriteString(keyText(keys[0])[:rapid.IntRange(1, 31).Draw(rt, "torn")])
				f.Close()
				j = newJournal(root)
			}
		}
	})
}

func keyText(k journalKey) string { return fmt.Sprintf("%x rest of a line", k[:]) }

func TestJournalToleratesAnything(t *testing.T) {
	key := recordKey("document", "u")
	good := string(appendRecord(nil, key, record{size: 1, etag: `"1"`}))
	for name, text := range map[string]string{
		"empty":     "",
		"nonsense":  "\x00\xff\n\n\n \n" + strings.Repeat("x", 1<<20) + "\n" + strings.Repeat("0", 40) + "\n",
		"long line": strings.Repeat("0", 300<<10) + good,
		"torn":      good[:50],
		"flipped":   strings.Replace(good, `\"1\"`, `\"2\"`, 1),
	} {
		root := tempRoot(t)
		if err := errors.Join(root.MkdirAll(stateFolder, 0o755), root.WriteFile(journalFile, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		j := newJournal(root)
		if rec, ok := j.get(key); ok {
			t.Errorf("%s: %+v", name, rec)
		}
		j.put(key, record{size: 2, etag: `"2"`})
		if rec, ok := j.get(key); !ok || rec.size != 2 {
			t.Errorf("%s: %+v, %v after put", name, rec, ok)
		}
		if rec, ok := newJournal(root).get(key); !ok || rec.size != 2 {
			t.Errorf("%s: %+v, %v in the next run", name, rec, ok)
		}
	}
}

func TestJournalThatCannotBeOpened(t *testing.T) {
	root := tempRoot(t)
	if err := root.MkdirAll(journalFile, 0o755); err != nil {
		t.Fatal(err)
	}
	j := newJournal(root)
	j.put(recordKey("a", "b"), record{etag: `"1"`})
	if _, ok := j.get(recordKey("a", "b")); ok {
		t.Error("found")
	}
	if err := j.close(nil); err != nil {
		t.Error(err)
	}
}

func TestJournalRefusesLongValidators(t *testing.T) {
	j := newJournal(tempRoot(t))
	key := recordKey("a", "b")
	j.put(key, record{etag: `"` + strings.Repeat("x", maxETag) + `"`, modified: strings.Repeat("y", maxModified+1)})
	if rec, ok := j.get(key); !ok || rec.valid() {
		t.Errorf("%+v, %v", rec, ok)
	}
	j.put(key, record{etag: strings.Repeat("\x01", maxETag)}) // quoted, it would be too long for a line
	if rec, _ := j.get(key); rec.valid() {
		t.Errorf("%+v", rec)
	}
}

func TestJournalIsCompacted(t *testing.T) {
	root, st := tempRoot(t), tempStore(t)
	id, err := st.Put(t.Context(), []byte("here"))
	if err != nil {
		t.Fatal(err)
	}
	j := newJournal(root)
	kept, gone := recordKey("document", "kept"), recordKey("document", "gone")
	fresh, stale, done := recordKey("partial", "fresh"), recordKey("partial", "stale"), recordKey("partial", "done")
	j.put(gone, record{id: store.ID{1}, etag: `"1"`})
	j.put(fresh, record{id: store.ID{2}, size: time.Now().Unix(), partial: true, etag: `"1"`})
	j.put(stale, record{id: store.ID{3}, size: 1, partial: true, etag: `"1"`})
	j.put(done, record{id: id, size: time.Now().Unix(), partial: true, etag: `"1"`})
	for i := range 10_000 {
		j.put(kept, record{id: id, size: int64(i), etag: `"1"`})
	}
	if err := j.close(st); err != nil {
		t.Fatal(err)
	}
	data, err := root.ReadFile(journalFile)
	if err != nil || bytes.Count(data, []byte("\n")) != 2 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if _, err := root.Stat(journalNew); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	j = newJournal(root)
	if rec, ok := j.get(kept); !ok || rec.size != 9999 {
		t.Errorf("%+v, %v", rec, ok)
	}
	if _, ok := j.get(fresh); !ok {
		t.Error("the record of a partial is gone")
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add(appendRecord(nil, journalKey{1}, record{etag: `"1"`, modified: "Fri, 20 Nov 2026 10:00:00 GMT"}))
	f.Fuzz(func(t *testing.T, line []byte) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		key, rec, ok := parseRecord(line)
		if !ok {
			return
		}
		again := appendRecord(nil, key, rec)
		if k, r, ok := parseRecord(again[:len(again)-1]); !ok || k != key || r != rec {
			t.Errorf("%q becomes %q", line, again)
		}
	})
}

// BenchmarkJournalLoad reads the memory of a mirror with 200,000 documents.
func BenchmarkJournalLoad(b *testing.B) {
	root := tempRoot(b)
	j := newJournal(root)
	for i := range 200_000 {
		j.put(recordKey("document", fmt.Sprint("https://repo.hex.pm/packages/p", i)), record{
			id: store.ID{byte(i), byte(i >> 8), byte(i >> 16)}, size: 5000,
			etag: fmt.Sprintf(`"%032x"`, i), modified: "Fri, 20 Nov 2026 10:00:00 GMT",
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		j := newJournal(root)
		if _, ok := j.get(recordKey("document", "https://repo.hex.pm/packages/p77")); !ok {
			b.Fatal("not found")
		}
		j.file.Close()
	}
}
