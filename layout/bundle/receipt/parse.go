package receipt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/offmirror/offmirror/layout/bundle/trust"
)

// What a receipt may hold at most; more would not fit into MaxSize anyway.
const (
	maxEcosystems = 64
	maxKept       = 100
	maxName       = 64
	maxBundle     = 128
)

// Parse reads a receipt and proves that the key in it signed it. Carriage returns before line ends
// and empty lines at the end, which media, mail programs and scanners add, are passed over. A receipt of another
// format, or one that is not written exactly as [Receipt.Sign] writes, is an error.
func Parse(data []byte) (*Receipt, error) {
	r, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	return r, nil
}

func parse(data []byte) (*Receipt, error) {
	if len(data) > 2*MaxSize { // with carriage returns
		return nil, fmt.Errorf("larger than the %d bytes that a receipt may have", MaxSize)
	}
	data = bytes.TrimRight(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), "\n")
	if len(data) >= MaxSize {
		return nil, fmt.Errorf("larger than the %d bytes that a receipt may have", MaxSize)
	}
	rest, ok := bytes.CutPrefix(data, []byte(head))
	if !ok {
		if version, ok := bytes.CutPrefix(data, []byte("offmirror receipt ")); ok {
			version, _, _ = bytes.Cut(version, []byte("\n"))
			return nil, fmt.Errorf("of format %.20q, which this offmirror does not know; use a newer one", version)
		}
		return nil, errors.New("does not begin with the line \"offmirror receipt 1\"")
	}
	line, sig, ok := bytes.Cut(rest, []byte("\n"))
	if !ok {
		return nil, errors.New("cut off after its first lines")
	}
	r := &Receipt{}
	if err := json.Unmarshal(line, r); err != nil {
		return nil, fmt.Errorf("its list is damaged: %w", err)
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	message, err := r.message()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(message, data[:len(head)+len(line)+1]) {
		return nil, errors.New("its list is not written as offmirror writes it")
	}
	if _, err := trust.Verify(message, sig, r.Key); err != nil {
		return nil, fmt.Errorf("%w; bring it again", err)
	}
	return r, nil
}

// check finds what no site of ours says.
func (r *Receipt) check() error {
	if err := CheckSite(r.Site); err != nil {
		return err
	}
	if r.Key.IsZero() {
		return errors.New("names no key")
	}
	if err := checkTime(r.Time); err != nil || r.Time.IsZero() {
		return errors.New("has no time, or not in UTC and whole seconds")
	}
	if len(r.Bundle) > maxBundle || strings.ContainsFunc(r.Bundle, unprintable) || strings.ContainsAny(r.Bundle, `/\`) {
		return fmt.Errorf("%.80q is no name of a bundle", r.Bundle)
	}
	if len(r.Ecosystems) > maxEcosystems || r.Dropped < 0 {
		return fmt.Errorf("counts what cannot be: %d ecosystems, %d snapshots dropped", len(r.Ecosystems), r.Dropped)
	}
	last := ""
	for _, h := range r.Ecosystems {
		if !validName(h.Name) || h.Name <= last {
			return fmt.Errorf("%.80q is no name of an ecosystem, or not in order", h.Name)
		}
		if err := h.check(); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
		last = h.Name
	}
	return nil
}

func (h *Holding) check() error {
	if err := checkTime(h.Confirmed); err != nil {
		return err
	}
	if len(h.Kept) > maxKept {
		return fmt.Errorf("more than %d snapshots", maxKept)
	}
	seen := map[string]bool{}
	if h.Current != "" {
		if !validID(h.Current) {
			return fmt.Errorf("%.80q is no id of a snapshot", h.Current)
		}
		seen[h.Current] = true
	}
	for _, id := range h.Kept {
		if !validID(id) || seen[id] {
			return fmt.Errorf("%.80q is no id of a snapshot, or there twice", id)
		}
		seen[id] = true
	}
	return nil
}

func checkTime(t time.Time) error {
	if t.Location() != time.UTC || t.Nanosecond() != 0 || t.Year() > 9999 || t.Year() < 1 {
		return errors.New("a time is not in UTC and whole seconds")
	}
	return nil
}

// validName is what [layout.OpenHistory] takes for a name.
func validName(name string) bool {
	return name != "" && len(name) <= maxName && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// validID reports whether text is an id as snapshots have them.
func validID(text string) bool {
	return len(text) == 32 && strings.Trim(text, "0123456789abcdef") == ""
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) }
