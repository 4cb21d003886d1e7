package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout/bundle/apply"
	"github.com/offmirror/offmirror/layout/bundle/receipt"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

func (p *program) receiptCommand() *cli.Command {
	return &cli.Command{
		Name:      "receipt",
		Usage:     "write the signed list of what this mirror holds, for the next bundle",
		ArgsUsage: "[ECOSYSTEM…]",
		Description: "A receipt is a text of at most 2,900 bytes: the snapshots that are here, whole, signed with the\n" +
			"mirror's own key. offmirror bundle create --receipt FILE on the sending side then leaves out what\n" +
			"is here. It holds no secrets and no paths.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write it to `FILE`; as a QR code if that ends in .png"},
			&cli.BoolFlag{Name: "qr", Usage: "print it as a QR code, for a terminal that writes light on dark", DisableDefaultText: true},
			&cli.BoolFlag{Name: "qr-inverted", Usage: "the same for a terminal that writes dark on light", DisableDefaultText: true},
			&cli.BoolFlag{Name: "whole-only", Usage: "leave out snapshots that are damaged here, so that the next bundle brings them again", DisableDefaultText: true},
			&cli.StringFlag{Name: "site", Usage: "`NAME` of this mirror in the receipt, instead of the configuration's"},
		},
		Action: p.receipt,
	}
}

type receiptObject struct {
	receipt.Receipt
	File    string   `json:"file,omitempty"`
	Text    string   `json:"text"`
	Damaged []string `json:"damaged,omitempty"`
}

func (p *program) receipt(c *cli.Context) error {
	chosen, err := p.chosen(c.Args().Slice())
	if err != nil {
		return err
	}
	s, err := p.site(c)
	if err != nil {
		return err
	}
	site, err := siteName(c.String("site"), s.config.Bundle.Site)
	if err != nil {
		return err
	}
	m, err := mirror.Open(s.root, p.mirrorConfig(s))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no mirror in %s, so there is nothing to make a receipt of: name its root with --root; "+
			"the first bundle needs no receipt, a full one is applied to a new mirror", s.root)
	}
	if err != nil {
		return err
	}
	defer m.Close()
	names, err := m.Ecosystems()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		p.log.Warn("nothing has been published in the mirror " + s.root + ": the receipt is empty, and a bundle for it is a full one")
	}
	if len(chosen) > 0 {
		names = nil
		for _, eco := range chosen {
			names = append(names, eco.Name)
		}
	}
	key, _, err := trust.OwnKey(m.Root(), p.keyPassword)
	if err != nil {
		return err
	}
	applied, err := apply.LoadApplied(m.Root())
	if err != nil {
		return err
	}
	made, err := receipt.Make(c.Context, m.Root(), m.Objects(), names, receipt.Options{
		Site: site, Bundle: lastBundle(applied), Key: key, Time: time.Now(), SkipDamaged: c.Bool("whole-only"),
	})
	if incomplete, ok := errors.AsType[*receipt.IncompleteError](err); ok {
		return &outcomeError{exitDamage, fmt.Sprintf("%v; mend it (offmirror verify names what is wrong), or make a receipt without it with --whole-only", incomplete)}
	}
	if err != nil {
		return err
	}
	return p.writeReceipt(c, made)
}

// lastBundle is the bundle that knew most lately what upstream had.
func lastBundle(applied apply.Applied) string {
	var last apply.Record
	for _, r := range applied {
		if c := r.Checked.Compare(last.Checked); c > 0 || c == 0 && r.Bundle > last.Bundle {
			last = r
		}
	}
	return last.Bundle
}

// siteName is the first that is given, or else made from the name of the host.
func siteName(given ...string) (string, error) {
	for _, name := range given {
		if name != "" {
			if err := receipt.CheckSite(name); err != nil {
				return "", &usageError{err.Error()}
			}
			return name, nil
		}
	}
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return receipt.SiteFor(host), nil
}

func (p *program) writeReceipt(c *cli.Context, made *receipt.Made) error {
	o := receiptObject{Receipt: made.Receipt, Text: string(made.Text), File: p.absolute(c.String("output"))}
	for _, err := range made.Damaged {
		p.log.Warn("left out: " + err.Error())
		o.Damaged = append(o.Damaged, err.Error())
	}
	if n := made.Receipt.Dropped; n > 0 {
		p.log.Info(fmt.Sprintf("%d older %s had no place in the receipt; a bundle may carry more than is missing", n, plural(n, "snapshot", "snapshots")))
	}
	qr := c.Bool("qr") || c.Bool("qr-inverted")
	if o.File != "" {
		if err := saveReceipt(o.File, made.Text); err != nil {
			return err
		}
		p.out.printf("wrote %s", o.File)
	}
	if qr {
		code, err := receipt.QR(made.Text)
		if err != nil {
			return err
		}
		p.out.printf("%s", strings.TrimSuffix(code.Text(c.Bool("qr-inverted")), "\n"))
	} else if o.File == "" {
		p.out.printf("%s", strings.TrimSuffix(string(made.Text), "\n"))
	}
	p.out.object("receipt", o)
	if len(made.Damaged) > 0 && p.out.err == nil {
		n := len(made.Damaged)
		return &outcomeError{exitPartial, fmt.Sprintf("%d damaged %s left out of the receipt", n, plural(n, "snapshot is", "snapshots are"))}
	}
	return p.out.err
}

// saveReceipt replaces file in one step, so that nobody carries half a receipt away.
func saveReceipt(file string, text []byte) error {
	if strings.EqualFold(filepath.Ext(file), ".png") {
		code, err := receipt.QR(text)
		if err != nil {
			return err
		}
		text = code.PNG()
	}
	// No mode is changed afterwards, which FAT refuses.
	temporary := filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+"."+rand.Text())
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(temporary, file)
	}
	if err != nil {
		_ = os.Remove(temporary)
	}
	return err
}
