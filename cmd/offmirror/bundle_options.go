package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"filippo.io/age"
	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/create"
	"github.com/offmirror/offmirror/layout/bundle/receipt"
)

// volumeSize reads the size that volumes stay below; 0 is the default.
func volumeSize(text string) (int64, error) {
	if text == "" {
		return create.DefaultVolumeSize, nil
	}
	size, err := fetch.ParseSize(text)
	if err != nil {
		return 0, usagef("--volume-size: %v", err)
	}
	if size < bundle.MinVolumeSize {
		return 0, usagef("--volume-size: %d bytes are too little; want at least %d", size, bundle.MinVolumeSize)
	}
	return size, nil
}

// recipients reads what --encrypt-to names: recipients of age, or files of them.
func (p *program) recipients(texts []string) ([]age.Recipient, error) {
	var all []age.Recipient
	for _, text := range texts {
		lines := text
		if !strings.HasPrefix(text, "age1") {
			data, err := os.ReadFile(p.absolute(text))
			if err != nil {
				return nil, usagef("--encrypt-to: %v", err)
			}
			lines = string(data)
		}
		some, err := age.ParseRecipients(strings.NewReader(lines))
		if err != nil {
			return nil, usagef("--encrypt-to %.80s: %v", text, err)
		}
		all = append(all, some...)
	}
	return all, nil
}

// bundleBase returns the ids of the snapshots that the receiver has, by ecosystem.
func (p *program) bundleBase(c *cli.Context, m *mirror.Mirror, ecosystems []string, receipts []*receipt.Receipt) (map[string][]string, error) {
	since := given(c, "since")
	ways := 0
	for _, used := range []bool{len(receipts) > 0, len(since) > 0, c.Bool("full")} {
		if used {
			ways++
		}
	}
	if ways > 1 {
		return nil, usagef("--receipt, --since and --full contradict each other")
	}
	if len(ecosystems) == 0 {
		var err error
		if ecosystems, err = m.Ecosystems(); err != nil {
			return nil, err
		}
	}
	if len(since) > 0 {
		return sinceBase(m, ecosystems, since)
	}
	return receiptBase(ecosystems, receipts), nil
}

// sinceBase resolves snapshots, each in all the ecosystems that have it.
func sinceBase(m *mirror.Mirror, ecosystems, since []string) (map[string][]string, error) {
	base := map[string][]string{}
	for _, ref := range since {
		found := false
		for _, name := range ecosystems {
			h, err := m.History(name)
			if err != nil {
				return nil, err
			}
			id, err := h.Resolve(ref)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, &usageError{err.Error()}
			}
			base[name], found = append(base[name], id), true
		}
		if !found {
			return nil, usagef("--since %s: no snapshot of %s; see offmirror snapshot list", ref, strings.Join(ecosystems, ", "))
		}
	}
	return base, nil
}
