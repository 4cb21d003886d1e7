package main

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/create"
	"github.com/offmirror/offmirror/layout/bundle/receipt"
	"github.com/offmirror/offmirror/layout/bundle/trust"
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
func (p *program) bundleBase(c *cli.Context, m *mirror.Mirror, ecosystems []string) (map[string][]string, error) {
	receipts, since := given(c, "receipt"), given(c, "since")
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
	return p.receiptBase(ecosystems, receipts)
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

// receiptBase returns what all receipts name.
func (p *program) receiptBase(ecosystems, files []string) (map[string][]string, error) {
	base := map[string][]string{}
	for i, file := range files {
		data, err := os.ReadFile(p.absolute(file))
		if err != nil {
			return nil, usagef("--receipt: %v", err)
		}
		r, err := receipt.Parse(data)
		if err != nil {
			return nil, usagef("--receipt %s: %v", file, err)
		}
		p.log.Info("receipt of "+r.Site, "time", r.Time, "key", r.Key)
		for _, name := range ecosystems {
			if i == 0 {
				base[name] = r.Snapshots(name)
			} else {
				base[name] = slices.DeleteFunc(base[name], func(id string) bool { return !r.Holds(name, id) })
			}
		}
	}
	return base, nil
}

// signingKey is the key that bundles are signed with, and the rotations that led to it.
func (p *program) signingKey(c *cli.Context, m *mirror.Mirror) (trust.Secret, []string, error) {
	if file := c.String("key"); file != "" {
		secret, rotations, err := trust.LoadKey(p.absolute(file), noPassword)
		if err != nil {
			return secret, nil, usagef("--key: %v", err)
		}
		return secret, rotations, nil
	}
	return trust.OwnKey(m.Root(), noPassword)
}

func noPassword() (string, error) {
	return "", errors.New("the key is protected by a password")
}
