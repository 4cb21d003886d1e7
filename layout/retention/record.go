package retention

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"strconv"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// recordPath is the list of what is condemned: a zstd stream of a line of JSON (recordHead), a line
// "SHA256 TIME" for each object, sorted, and a last line "end COUNT".
const recordPath = "state/gc/condemned.zst"

const (
	recordFormat = 1
	maxRecord    = 1 << 28 // objects
	maxHead      = 4096    // bytes
	endWord      = "end "
)

// recordHead says when the list was made, by the clocks of that time.
type recordHead struct {
	Format int       `json:"format"`
	Time   time.Time `json:"time"`
	Boot   string    `json:"boot,omitempty"`
	Uptime int64     `json:"uptime,omitempty"` // ns
}

// condemned is one object of the list.
type condemned struct {
	id    store.ID
	since time.Time
}

// record is what an earlier run has left. The zero value is an empty one.
type record struct {
	root  *os.Root
	clock Clock // of the run that wrote it
	there bool
}

// openRecord reads the list to its end, so that nothing in it is believed before all of it
// is known to be sound. A damaged one is taken for none: everything is condemned anew, which only takes
// longer. Other errors are returned.
func openRecord(root *os.Root) (r record, damage, err error) {
	f, err := store.OpenRegular(root, recordPath)
	if errors.Is(err, fs.ErrNotExist) {
		return record{root: root}, nil, nil
	}
	if err != nil {
		return record{}, nil, fmt.Errorf("%s: %w", recordPath, err)
	}
	defer f.Close()
	head, err := readRecord(f, func(condemned) bool { return true })
	if err != nil {
		return record{root: root}, fmt.Errorf("%s is damaged; everything that is not needed is condemned anew: %w", recordPath, err), nil
	}
	return record{root: root, clock: Clock{Now: head.Time, Boot: head.Boot, Uptime: time.Duration(head.Uptime)}, there: true}, nil, nil
}

// all yields the list, sorted by name.
func (r record) all() iter.Seq2[condemned, error] {
	return func(yield func(condemned, error) bool) {
		if !r.there {
			return
		}
		f, err := store.OpenRegular(r.root, recordPath)
		if err == nil {
			defer f.Close()
			_, err = readRecord(f, func(c condemned) bool { return yield(c, nil) })
		}
		if err != nil {
			yield(condemned{}, fmt.Errorf("%s: %w", recordPath, err))
		}
	}
}

// readRecord calls each for every object until it returns false.
func readRecord(f io.Reader, each func(condemned) bool) (head recordHead, err error) {
	z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(1<<20), zstd.WithDecoderMaxMemory(16<<20))
	if err != nil {
		return head, err
	}
	defer z.Close()
	lines := bufio.NewReaderSize(z, maxHead)
	line, err := recordLine(lines)
	if err == nil {
		err = json.Unmarshal(line, &head)
	}
	if err == nil && head.Format != recordFormat {
		err = fmt.Errorf("format %d is not known", head.Format)
	}
	if err != nil {
		return head, err
	}
	var last store.ID
	for n := 0; ; n++ {
		if line, err = recordLine(lines); err != nil {
			return head, err
		}
		if count, ok := bytes.CutPrefix(line, []byte(endWord)); ok {
			if string(count) != strconv.Itoa(n) {
				return head, fmt.Errorf("holds %d objects instead of %.20s", n, count)
			}
			if _, err := lines.ReadByte(); !errors.Is(err, io.EOF) {
				return head, errors.New("something follows its end")
			}
			return head, nil
		}
		c, err := parseCondemned(line)
		if err != nil {
			return head, err
		}
		if n > 0 && bytes.Compare(c.id[:], last[:]) <= 0 || n >= maxRecord {
			return head, fmt.Errorf("object %s: not sorted, or too many", c.id)
		}
		if last = c.id; !each(c) {
			return head, nil
		}
	}
}

func recordLine(lines *bufio.Reader) ([]byte, error) {
	line, err := lines.ReadSlice('\n')
	if errors.Is(err, io.EOF) {
		return nil, io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	return line[:len(line)-1], nil
}

func parseCondemned(line []byte) (c condemned, err error) {
	name, when, ok := bytes.Cut(line, []byte{' '})
	if !ok || len(name) != objectDigits {
		return c, fmt.Errorf("line %.100q: want SHA256 TIME", line)
	}
	if _, err := hex.Decode(c.id[:], name); err != nil {
		return c, err
	}
	if c.since, err = time.Parse(time.RFC3339Nano, string(when)); err != nil {
		return c, fmt.Errorf("line %.100q: want SHA256 TIME", line)
	}
	return c, nil
}

// writeRecord replaces the list. The objects come sorted.
func writeRecord(root *os.Root, clock Clock, objects iter.Seq2[condemned, error]) error {
	head, err := json.Marshal(recordHead{recordFormat, clock.Now.UTC(), clock.Boot, int64(clock.Uptime)})
	if err != nil {
		return err
	}
	return layout.WriteStream(root, recordPath, 0o644, func(w io.Writer) error {
		z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
		if err != nil {
			return err
		}
		n := 0
		line := append(head, '\n')
		_, err = z.Write(line)
		for c, failed := range objects {
			if err == nil {
				err = failed
			}
			if err != nil {
				break
			}
			n++
			line = hex.AppendEncode(line[:0], c.id[:])
			line = append(line, ' ')
			line = c.since.UTC().AppendFormat(line, time.RFC3339Nano)
			_, err = z.Write(append(line, '\n'))
		}
		if err == nil {
			_, err = fmt.Fprintf(z, "%s%d\n", endWord, n)
		}
		return errors.Join(err, z.Close())
	})
}
