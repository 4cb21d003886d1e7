package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle/receipt"
)

// readReceipts reads those of --receipt, and judges each by what the mirror remembers of its site.
func (p *program) readReceipts(c *cli.Context, m *mirror.Mirror) ([]*receipt.Receipt, []receipt.Standing, error) {
	files := given(c, "receipt")
	named, err := publicKeys(given(c, "trust"), p.folder)
	if err != nil {
		return nil, nil, usagef("--trust: %v", err)
	}
	if len(named) > 0 && len(files) == 0 {
		return nil, nil, usagef("--trust is about the keys of receipts: name one with --receipt")
	}
	known, err := receipt.OpenReceivers(m.Root())
	if err != nil {
		return nil, nil, err
	}
	var receipts []*receipt.Receipt
	var standings []receipt.Standing
	for _, file := range files {
		r, err := readReceipt(p.absolute(file))
		if err != nil {
			return nil, nil, usagef("--receipt: %v", err)
		}
		standing, err := known.Check(r, named)
		if err != nil {
			return nil, nil, fmt.Errorf("--receipt %s: %w", file, err)
		}
		receipts, standings = append(receipts, r), append(standings, standing)
	}
	return receipts, standings, nil
}

func readReceipt(file string) (*receipt.Receipt, error) {
	data, err := store.ReadFile(file, 4*receipt.MaxSize)
	if err != nil {
		return nil, err
	}
	r, err := receipt.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return r, nil
}

// rememberReceipts keeps the keys of sites that were met, and says what is noteworthy.
func (p *program) rememberReceipts(m *mirror.Mirror, receipts []*receipt.Receipt, standings []receipt.Standing) error {
	known, err := receipt.OpenReceivers(m.Root())
	if err != nil {
		return err
	}
	for i, r := range receipts {
		made := r.Time.Format(time.RFC3339)
		switch s := standings[i]; {
		case s.First:
			p.log.Info(fmt.Sprintf("receipt of %s, made %s: the first of this site; its key is %s from now on", r.Site, made, r.Key))
		case s.NewKey:
			p.log.Info(fmt.Sprintf("receipt of %s, made %s: its key is %s from now on", r.Site, made, r.Key))
		case !s.Newest.IsZero():
			p.log.Warn(fmt.Sprintf("receipt of %s, made %s: older than the one of %s that was used before; a bundle may carry more than is missing", r.Site, made, s.Newest.Format(time.RFC3339)))
		default:
			p.log.Info(fmt.Sprintf("receipt of %s, made %s", r.Site, made))
		}
		if err := known.Remember(r); err != nil {
			return err
		}
	}
	return nil
}

// receiptBase returns what all receipts name.
func receiptBase(ecosystems []string, receipts []*receipt.Receipt) map[string][]string {
	base := map[string][]string{}
	for i, r := range receipts {
		for _, name := range ecosystems {
			if i == 0 {
				base[name] = r.Snapshots(name)
			} else {
				base[name] = slices.DeleteFunc(base[name], func(id string) bool { return !r.Holds(name, id) })
			}
		}
	}
	return base
}
