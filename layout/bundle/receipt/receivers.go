package receipt

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

const (
	receiversPath   = "state/receivers.json"
	receiversFormat = 1
	maxReceivers    = 4 << 20
	maxSites        = 10000
)

// ErrOtherKey means that a receipt is signed by another key than the site's earlier ones.
var ErrOtherKey = errors.New("signed by another key than before")

// Receiver is a site whose receipts the sending side has seen.
type Receiver struct {
	Site   string       `json:"site"`
	Key    trust.Public `json:"key"`    // of its receipts
	Newest time.Time    `json:"newest"` // the time of its newest receipt, by its clock
}

// Receivers is the memory of the sending side, in ROOT/state/receivers.json: the key of each site
// from its first receipt on. Remember wants the root's [layout.Lock]. A Receivers is for one
// goroutine at a time.
type Receivers struct {
	root  *os.Root
	sites []Receiver // sorted by site
}

// OpenReceivers reads the memory. There is none at first. One that is damaged, or of another
// format, is an error.
func OpenReceivers(root *os.Root) (*Receivers, error) {
	r := &Receivers{root: root}
	data, err := store.ReadRegular(root, receiversPath, maxReceivers)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		r.sites, err = parseReceivers(data)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w; bring it back from a backup, or move it away to meet every site anew", receiversPath, err)
	}
	return r, nil
}

type receiversFile struct {
	Format int        `json:"format"`
	Sites  []Receiver `json:"sites"`
}

func parseReceivers(data []byte) ([]Receiver, error) {
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, fmt.Errorf("not what offmirror wrote: %w", err)
	}
	if version.Format != receiversFormat {
		return nil, fmt.Errorf("of format %d, and this offmirror knows %d only", version.Format, receiversFormat)
	}
	var f receiversFile
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("not what offmirror wrote: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not what offmirror wrote: something follows the document")
	}
	if len(f.Sites) > maxSites {
		return nil, fmt.Errorf("more than %d sites", maxSites)
	}
	last := ""
	for _, s := range f.Sites {
		if err := CheckSite(s.Site); err != nil {
			return nil, err
		}
		if s.Key.IsZero() || s.Site <= last {
			return nil, fmt.Errorf("site %s has no key, or is not in order", s.Site)
		}
		last = s.Site
	}
	return f.Sites, nil
}

// Sites returns the sites that are known, sorted by name.
func (r *Receivers) Sites() []Receiver { return slices.Clone(r.sites) }

// Standing is how a receipt stands to what its site sent before.
type Standing struct {
	First  bool      // nothing was known of the site: its key is believed from now on
	NewKey bool      // the key is another than before, and was named
	Newest time.Time // a newer receipt of the site was seen, of this time; zero: there is none
}

// Check judges a receipt and changes nothing. One by another key than the site's is an error
// that matches [ErrOtherKey] unless the key is among those that were named; for a site that is
// not known yet, if any key was named, the receipt has to be by one of them.
//
// An older receipt than the newest is no error: the site may have been set back. The standing says
// so, and a bundle against it carries more than is missing at worst.
func (r *Receivers) Check(rc *Receipt, named []trust.Public) (Standing, error) {
	isNamed := slices.ContainsFunc(named, rc.Key.Same)
	known := r.find(rc.Site)
	switch {
	case known == nil && len(named) > 0 && !isNamed:
		return Standing{}, fmt.Errorf("receipt of %s: signed by %s, which is none of the keys that were named; if it is the site's (offmirror key show tells there), add --trust %s: %w", rc.Site, rc.Key, rc.Key, ErrOtherKey)
	case known == nil:
		return Standing{First: true}, nil
	}
	s := Standing{NewKey: !known.Key.Same(rc.Key)}
	if s.NewKey && !isNamed {
		return Standing{}, fmt.Errorf("receipt of %s: signed by %s, not by the site's %s; if it has a new key (offmirror key show tells there), add --trust %s: %w", rc.Site, rc.Key, known.Key, rc.Key, ErrOtherKey)
	}
	if rc.Time.Before(known.Newest) {
		s.Newest = known.Newest
	}
	return s, nil
}

func (r *Receivers) find(site string) *Receiver {
	for i := range r.sites {
		if r.sites[i].Site == site {
			return &r.sites[i]
		}
	}
	return nil
}

// Remember keeps the key of a receipt that was checked, and its time if it is the newest.
func (r *Receivers) Remember(rc *Receipt) error {
	fresh, err := OpenReceivers(r.root)
	if err != nil {
		return err
	}
	known := fresh.find(rc.Site)
	if known == nil {
		if len(fresh.sites) == maxSites {
			return fmt.Errorf("%s: more than %d sites", receiversPath, maxSites)
		}
		at, _ := slices.BinarySearchFunc(fresh.sites, rc.Site, func(s Receiver, name string) int { return cmp.Compare(s.Site, name) })
		fresh.sites = slices.Insert(fresh.sites, at, Receiver{Site: rc.Site})
		known = &fresh.sites[at]
	}
	if known.Key == rc.Key && !rc.Time.After(known.Newest) {
		r.sites = fresh.sites
		return nil
	}
	known.Key = rc.Key
	if rc.Time.After(known.Newest) {
		known.Newest = rc.Time
	}
	data, err := json.MarshalIndent(receiversFile{receiversFormat, fresh.sites}, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", receiversPath, err)
	}
	r.sites = fresh.sites
	return layout.WriteFile(r.root, receiversPath, append(data, '\n'), 0o644)
}
