package fetch

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
)

const (
	healthFile = stateFolder + "/hosts.json"
	healthNew  = stateFolder + "/hosts.json.new"

	maxHealthFile  = 4 << 20
	maxHealthHosts = 1000
)

// pastHealth is what runs remember of a host.
type pastHealth struct {
	Requests     int64     `json:"requests"`      // all runs together
	Failures     int64     `json:"failures"`      // as above
	WrongBytes   int64     `json:"wrong_bytes"`   // as above
	Bytes        int64     `json:"bytes"`         // as above
	DemotedRuns  int       `json:"demoted_runs"`  // in a row
	DemotedUntil time.Time `json:"demoted_until"` // runs that begin before try it last
	LastSeen     time.Time `json:"last_seen"`
}

// demotedNow reports whether the host's record speaks against it still.
func (p pastHealth) demotedNow() bool { return time.Now().Before(p.DemotedUntil) }

// A host that was demoted is tried last for so long, doubled with each such run.
const (
	demotedFirst = time.Hour
	demotedMost  = 24 * time.Hour
)

// loadHealth reads the records of all hosts. A file that is missing or damaged
// is an empty one: they are a matter of speed only.
func loadHealth(state *os.Root) map[string]pastHealth {
	out := map[string]pastHealth{}
	f, err := state.Open(healthFile)
	if err != nil {
		return out
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxHealthFile))
	var file struct {
		Hosts map[string]pastHealth `json:"hosts"`
	}
	if err != nil || json.Unmarshal(data, &file) != nil {
		return out
	}
	for name, p := range file.Hosts {
		if limit := time.Now().Add(demotedMost); p.DemotedUntil.After(limit) {
			p.DemotedUntil = limit // a clock was wrong
		}
		p.DemotedRuns = min(max(p.DemotedRuns, 0), 16)
		out[name] = p
	}
	return out
}

// saveHealth adds this run to the records, in one step.
func (e *Engine) saveHealth() error {
	e.hostsMu.Lock()
	for name, h := range e.hosts {
		if p, asked := h.record(); asked {
			e.past[name] = p
		}
	}
	e.hostsMu.Unlock()
	if len(e.past) == 0 {
		return nil
	}
	for len(e.past) > maxHealthHosts {
		oldest := ""
		for name, p := range e.past {
			if oldest == "" || p.LastSeen.Before(e.past[oldest].LastSeen) {
				oldest = name
			}
		}
		delete(e.past, oldest)
	}
	data, err := json.MarshalIndent(map[string]any{"version": 1, "hosts": e.past}, "", "  ")
	if err == nil {
		err = e.writeHealth(append(data, '\n'))
	}
	if err != nil {
		return store.Failure("write", "state/"+healthFile, err)
	}
	return nil
}

func (e *Engine) writeHealth(data []byte) error {
	if err := e.state.MkdirAll(stateFolder, 0o755); err != nil {
		return err
	}
	f, err := e.state.OpenFile(healthNew, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return e.state.Rename(healthNew, healthFile)
}

// record adds this run to the past of a host.
func (h *host) record() (p pastHealth, asked bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p = h.past
	requests := h.counts.requests.Load()
	p.Requests += requests
	p.Failures += h.counts.failures.Load()
	p.WrongBytes += h.counts.wrong.Load()
	p.Bytes += h.counts.bytes.Load()
	if requests == 0 {
		return p, false
	}
	p.LastSeen = time.Now().UTC().Truncate(time.Second)
	switch bad := h.streak >= demoteAfter || h.lies >= demoteAfter; {
	case bad:
		p.DemotedUntil = p.LastSeen.Add(min(demotedFirst<<min(p.DemotedRuns, 8), demotedMost))
		p.DemotedRuns++
	case !h.demoted || h.streak == 0 && h.lies == 0:
		p.DemotedUntil, p.DemotedRuns = time.Time{}, 0
	}
	return p, true
}
