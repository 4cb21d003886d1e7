package mirror

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"strconv"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// MinSample is the smallest sample, in percent.
const MinSample = 0.01

// cycle is how many runs with a sample of so many percent see everything. It is a tenth
// less than there would have to be, so that thirty runs of 3 % do.
func cycle(percent float64) uint64 { return max(1, uint64(math.Ceil(90/percent))) }

// window is a range of the ring of object ids, which are spread evenly over it: those
// whose first 8 bytes, as a number, are from on, for so many. A width of 0 is everything.
type window struct{ from, width uint64 }

// windowOf is the window of a run that begins at a position. As many as the cycle has, each
// from the end of the one before, leave nothing out.
func windowOf(percent float64, from uint64) window {
	if n := cycle(percent); n > 1 {
		return window{from: from, width: math.MaxUint64/n + 1}
	}
	return window{from: from}
}

// windowOfDay is for mirrors that cannot remember where the last run ended: the day
// tells. A run each day sees everything in a cycle.
func windowOfDay(percent float64, now time.Time) window {
	day := uint64(max(0, now.Unix()) / (24 * 60 * 60))
	w := windowOf(percent, 0)
	w.from = w.width * (day % cycle(percent))
	return w
}

func (w window) has(id store.ID) bool { return w.width == 0 || ringPosition(id)-w.from < w.width }

// end is where the next window begins.
func (w window) end() uint64 { return w.from + w.width }

// after is the part of the window that is left when all before position is done. A position
// outside of it leaves all.
func (w window) after(position uint64) window {
	if done := position - w.from; w.width > 0 && done < w.width {
		return window{position, w.width - done}
	}
	return w
}

// samplePieces is how often a run notes how far it has come.
const samplePieces = 16

// pieces are about equal parts of the window, in order.
func (w window) pieces() []window {
	step := w.width/samplePieces + 1
	if w.width == 0 {
		step = 1 << 60 // a sixteenth of the ring
	}
	var all []window
	for i, left := 0, w.width-1; i < samplePieces; i++ { // left is one less than what is left
		p := window{w.from + uint64(i)*step, step}
		if left < step {
			p.width = left + 1
			return append(all, p)
		}
		all = append(all, p)
		left -= step
	}
	return all
}

func ringPosition(id store.ID) uint64 { return binary.BigEndian.Uint64(id[:8]) }

// Sample says which part of a mirror a verification has read.
type Sample struct {
	Percent float64 `json:"percent"`           // that were asked for
	Cycle   uint64  `json:"cycle"`             // so many such runs read everything
	From    string  `json:"from"`              // the first id of the window, its first 16 digits
	ByDate  string  `json:"by_date,omitempty"` // why the day chose the window, and not where the last run ended
	Resumed bool    `json:"resumed,omitempty"` // an earlier run did a part of the window
	Objects int     `json:"objects"`           // in the window
}

// sampleMemory is ROOT/state/verify/ECOSYSTEM.json: where the next window begins.
type sampleMemory struct {
	Position position  `json:"position"`          // all before it has been proven, as far as it was there
	Checked  *position `json:"checked,omitempty"` // so far the objects of a run that was interrupted are right
	Time     time.Time `json:"time"`              // of the last run
}

// position is a place on the ring, 16 hexadecimal digits.
type position uint64

func (p position) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%016x", uint64(p)), nil }

func (p *position) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 16, 64)
	*p = position(n)
	return err
}

// sampler walks over the ring from run to run.
type sampler struct {
	m      *Mirror
	file   string
	memory sampleMemory
	window window
	report Sample
	keeps  bool // the memory can be written
}

const verifyDir = "state/verify"

// openSampler chooses the window of this run. A memory that cannot be read is none, and one that
// cannot be written, on read-only media say, makes the day choose.
func (m *Mirror) openSampler(ecosystem string, percent float64) *sampler {
	s := &sampler{m: m, file: path.Join(verifyDir, ecosystem+".json"), keeps: true}
	now := m.cfg.Now()
	data, err := store.ReadRegular(m.root, s.file, 4096)
	if err == nil {
		err = json.Unmarshal(data, &s.memory)
	}
	if err != nil {
		s.memory = sampleMemory{}
		if !errors.Is(err, fs.ErrNotExist) {
			m.cfg.Logger.Warn("the memory of samples begins anew", "file", s.file, "error", err)
		}
	}
	s.memory.Time = now.UTC().Truncate(time.Second)
	s.window = windowOf(percent, uint64(s.memory.Position))
	s.report = Sample{Percent: percent, Cycle: cycle(percent)}
	if err := s.write(); err != nil {
		s.keeps = false
		s.window = windowOfDay(percent, now)
		s.report.ByDate = "nothing can be remembered here: " + err.Error()
	}
	s.report.From = fmt.Sprintf("%016x", s.window.from)
	return s
}

// open is the part of the window whose objects are still to be read.
func (s *sampler) open() window {
	if s.memory.Checked == nil || !s.keeps {
		return s.window
	}
	left := s.window.after(uint64(*s.memory.Checked))
	s.report.Resumed = left != s.window
	return left
}

// checked notes that the objects of the window before a position are right.
func (s *sampler) checked(end uint64) {
	if p := position(end); s.keeps && end != s.window.end() {
		s.memory.Checked = &p
		s.m.regret(nil, "an interruption will cost more", s.write())
	}
}

// done notes that the whole window has been proven.
func (s *sampler) done() {
	if s.keeps {
		s.memory.Position, s.memory.Checked = position(s.window.end()), nil
		s.m.regret(nil, "the next sample will be the same again", s.write())
	}
}

func (s *sampler) write() error {
	data, err := json.Marshal(s.memory)
	if err != nil {
		return err
	}
	return layout.WriteFile(s.m.root, s.file, append(data, '\n'), 0o644)
}
