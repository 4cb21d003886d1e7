package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/config"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/receipt"
)

// volumeSize is the size that volumes stay below.
func volumeSize(c *cli.Context, s *site) (int64, error) {
	name, text := "bundle.volume_size", s.config.Bundle.VolumeSize
	if c.IsSet("volume-size") {
		name, text = "--volume-size", c.String("volume-size")
	}
	size, err := fetch.ParseSize(text)
	if err != nil {
		return 0, usagef("%s: %v", name, err)
	}
	if size < bundle.MinVolumeSize {
		return 0, usagef("%s: %d bytes are too little; want at least %d", name, size, bundle.MinVolumeSize)
	}
	return size, nil
}

// recipients are those of age for whom volumes are encrypted, as --encrypt-to says or the configuration.
func (p *program) recipients(c *cli.Context, s *site) ([]age.Recipient, error) {
	name, texts, folder := "bundle.encrypt_to", s.config.Bundle.EncryptTo, filepath.Dir(s.config.File)
	if c.IsSet("encrypt-to") {
		name, texts, folder = "--encrypt-to", given(c, "encrypt-to"), p.folder
	}
	var all []age.Recipient
	for _, text := range texts {
		lines := text
		switch {
		case text == "":
			continue
		case !strings.HasPrefix(text, "age1"):
			data, err := store.ReadFile(config.ResolvePath(text, folder), maxKeyFile)
			if err != nil {
				return nil, usagef("%s: %v", name, err)
			}
			lines = string(data)
		}
		some, err := age.ParseRecipients(strings.NewReader(lines))
		if err != nil {
			return nil, usagef("%s %.80s: %v", name, text, err)
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
