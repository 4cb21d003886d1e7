package fetch

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
)

const (
	stateFolder = "fetch"
	journalFile = stateFolder + "/journal"
	journalNew  = stateFolder + "/journal.new"

	maxETag     = 512
	maxModified = 64
	maxRecord   = 1024 // bytes of a line

	partialAge = 30 * 24 * time.Hour // after which nobody will resume
)

// record is what the journal knows about a key: which object it led to, and the
// validators to ask whether that is still so.
type record struct {
	id       store.ID
	size     int64 // bytes; of a partial, when it was begun, in seconds since 1970
	etag     string
	modified string // Last-Modified; of a partial, a mark of its place
	partial  bool
}

// valid reports whether the record is there and of use for a conditional request.
func (r record) valid() bool { return r.etag != "" || r.modified != "" }

// key is a digest of what a record is about, so that URLs, which may hold
// secrets, are not written down.
type journalKey [16]byte

func recordKey(kind, text string) journalKey {
	sum := sha256.Sum256([]byte(kind + "\n" + text))
	return journalKey(sum[:])
}

// journal is the engine's memory of documents, in a file to which each result is
// appended at once, before its object becomes durable: nothing of it is lost when
// the process is killed, and a record whose object is not in the store counts as
// none. Of several lines with the same key the last one holds.
//
//	KEY OBJECT SIZE KIND "ETAG" "LAST-MODIFIED" CHECKSUM
//
// A line that is torn or damaged counts as none, which costs one request without
// validators. In memory there is the place of each key's last line only; the file
// is read when the first key is looked up.
type journal struct {
	root *os.Root

	mu     sync.Mutex
	file   *os.File // nil until it is needed
	broken bool     // it could not be opened: go on without
	size   int64
	lines  int
	at     map[journalKey]int64 // nil until it is needed
	line   []byte
}

func newJournal(root *os.Root) *journal { return &journal{root: root} }

// open is called with the lock held.
func (j *journal) open() bool {
	if j.file != nil || j.broken {
		return !j.broken
	}
	j.broken = true
	if err := j.root.MkdirAll(stateFolder, 0o755); err != nil {
		return false
	}
	f, err := j.root.OpenFile(journalFile, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return false
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return false
	}
	j.file, j.size, j.broken = f, info.Size(), false
	var last [1]byte
	if n, _ := f.ReadAt(last[:], j.size-1); n == 1 && last[0] != '\n' {
		n, _ = f.Write([]byte("\n")) // after a torn line
		j.size += int64(n)
	}
	return true
}

// load reads the places of all lines. The lock is held.
func (j *journal) load() bool {
	if j.at != nil || !j.open() {
		return j.at != nil
	}
	j.at = make(map[journalKey]int64, j.size/160)
	j.lines = 0
	in := bufio.NewReaderSize(io.NewSectionReader(j.file, 0, j.size), 256<<10)
	for at := int64(0); ; {
		line, err := in.ReadSlice('\n')
		var key journalKey
		if err == nil && len(line) > 2*len(key) {
			if _, bad := hex.Decode(key[:], line[:2*len(key)]); bad == nil {
				j.at[key] = at
				j.lines++
			}
		}
		at += int64(len(line))
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return true
		}
	}
}

// get returns the last record of key.
func (j *journal) get(key journalKey) (record, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.load() {
		return record{}, false
	}
	at, ok := j.at[key]
	if !ok {
		return record{}, false
	}
	line, ok := j.lineAt(at)
	if !ok {
		return record{}, false
	}
	k, rec, ok := parseRecord(line)
	return rec, ok && k == key
}

// lineAt reads the line that begins at an offset, without its end.
func (j *journal) lineAt(at int64) ([]byte, bool) {
	var space [maxRecord]byte
	n, _ := j.file.ReadAt(space[:], at)
	line, _, ok := bytes.Cut(space[:n], []byte("\n"))
	return line, ok
}

// put appends a record. A journal that cannot be written is gone without: what
// is lost is the saving of a transfer.
func (j *journal) put(key journalKey, rec record) {
	if len(rec.etag) > maxETag {
		rec.etag = ""
	}
	if len(rec.modified) > maxModified {
		rec.modified = ""
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.open() {
		return
	}
	j.line = appendRecord(j.line[:0], key, rec)
	if len(j.line) > maxRecord {
		return
	}
	n, err := j.file.Write(j.line)
	if err == nil && j.at != nil {
		j.at[key] = j.size
	}
	j.size += int64(n)
	j.lines++
}

func appendRecord(b []byte, key journalKey, rec record) []byte {
	kind := "object"
	if rec.partial {
		kind = "partial"
	}
	start := len(b)
	b = hex.AppendEncode(b, key[:])
	b = append(b, ' ')
	b = hex.AppendEncode(b, rec.id[:])
	b = append(b, ' ')
	b = strconv.AppendInt(b, rec.size, 10)
	b = append(b, ' ')
	b = append(b, kind...)
	b = append(b, ' ')
	b = strconv.AppendQuoteToASCII(b, rec.etag)
	b = append(b, ' ')
	b = strconv.AppendQuoteToASCII(b, rec.modified)
	return fmt.Appendf(b, " %08x\n", crc32.ChecksumIEEE(b[start:]))
}

// parseRecord is the inverse of appendRecord, without the end of the line.
func parseRecord(line []byte) (key journalKey, rec record, ok bool) {
	body, sum := line, []byte(nil)
	if i := bytes.LastIndexByte(line, ' '); i >= 0 {
		body, sum = line[:i], line[i+1:]
	}
	if want := fmt.Sprintf("%08x", crc32.ChecksumIEEE(body)); want != string(sum) {
		return key, rec, false
	}
	fields := bytes.SplitN(body, []byte(" "), 5)
	if len(fields) != 5 || len(fields[0]) != 2*len(key) {
		return key, rec, false
	}
	if _, err := hex.Decode(key[:], fields[0]); err != nil {
		return key, rec, false
	}
	var err error
	if rec.id, err = store.ParseID(string(fields[1])); err != nil {
		return key, rec, false
	}
	if rec.size, err = strconv.ParseInt(string(fields[2]), 10, 64); err != nil || rec.size < 0 {
		return key, rec, false
	}
	rec.partial = string(fields[3]) == "partial"
	quoted, err := strconv.QuotedPrefix(string(fields[4]))
	if err != nil {
		return key, rec, false
	}
	rec.etag, _ = strconv.Unquote(quoted)
	rec.modified, err = strconv.Unquote(string(bytes.TrimPrefix(fields[4][len(quoted):], []byte(" "))))
	return key, rec, err == nil
}

// close makes the journal durable, and writes it anew if most of it is outdated.
func (j *journal) close(st *store.Store) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	err := j.file.Sync()
	if j.size > 1<<20 && j.load() && j.lines > 2*len(j.at) {
		err = cmp.Or(err, j.compact(st))
	}
	err = cmp.Or(err, j.file.Close())
	j.file, j.broken = nil, true
	if err != nil {
		return store.Failure("write", "state/"+journalFile, err)
	}
	return nil
}

// compact writes the lines that still hold into a new file and puts it in place.
func (j *journal) compact(st *store.Store) error {
	out, err := j.root.OpenFile(journalNew, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	for key, at := range j.at {
		line, ok := j.lineAt(at)
		if !ok {
			continue
		}
		k, rec, ok := parseRecord(line)
		_, here := st.Has(rec.id)
		old := rec.partial && time.Since(time.Unix(rec.size, 0)) > partialAge
		if ok && k == key && here != rec.partial && !old {
			_, _ = w.Write(append(line, '\n'))
		}
	}
	err = errors.Join(w.Flush(), out.Sync(), out.Close())
	if err == nil {
		err = j.root.Rename(journalNew, journalFile)
	}
	if err != nil {
		if rerr := j.root.Remove(journalNew); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}
	return err
}
