package main

import (
	"errors"
	"io/fs"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/layout/bundle/trust"
)

func (p *program) keyShowCommand() *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show a public key, or the mirror's own and whom it trusts",
		ArgsUsage: "[FILE]",
		Description: "FILE is a public key, or a secret one, of which the public half is shown. Without it: the mirror's own\n" +
			"key, the keys that it trusts, and those that it refuses for ever.",
		Action: p.keyShow,
	}
}

func (p *program) keyShow(c *cli.Context) error {
	switch c.Args().Len() {
	case 0:
		return p.showKeysOfMirror(c)
	case 1:
		return p.showKeyFile(c.Args().First())
	}
	return usagef("key show: want one FILE, or none")
}

func (p *program) showKeyFile(file string) error {
	file = p.absolute(file)
	key, err := trust.LoadPublic(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s, _, failed := p.loadKey(file)
		if failed != nil {
			return failed
		}
		key, err = s.Public(), nil
	}
	if err != nil {
		return &usageError{err.Error()}
	}
	p.showKey(keyObject{Role: "file", File: file}, key)
	return p.out.err
}

func (p *program) showKeysOfMirror(c *cli.Context) error {
	m, err := p.openMirror(c)
	if err != nil {
		return err
	}
	defer m.Close()
	trusted, err := trust.OpenTrusted(m.Root())
	if err != nil {
		return err
	}
	own, err := trust.OwnPublic(m.Root())
	switch {
	case err == nil:
		p.showKey(keyObject{Role: "own"}, own)
	case errors.Is(err, fs.ErrNotExist):
		p.out.printf("no key of its own yet; the first bundle or receipt makes one, or offmirror key generate")
	default:
		return err
	}
	for _, k := range trusted.Keys() {
		p.showKey(keyObject{Role: "trusted", By: string(k.By), Since: &k.Since}, k.Key)
	}
	for _, k := range trusted.Retired() {
		o := keyObject{Role: "revoked", Since: &k.Since}
		if k.ReplacedBy != nil {
			o.Role, o.ReplacedBy = "replaced", k.ReplacedBy.String()
		}
		p.showKey(o, k.Key)
	}
	return p.out.err
}

// showKey prints a key as what it is to the mirror.
func (p *program) showKey(o keyObject, key trust.Public) {
	o.Key, o.ID = key.String(), key.ID()
	note := ""
	if o.Since != nil {
		note += " since " + o.Since.Format(time.RFC3339)
	}
	if o.By != "" {
		note += " by " + o.By
	}
	if o.ReplacedBy != "" {
		note += " by " + o.ReplacedBy
	}
	role := o.Role
	if role == "file" {
		role = "key"
	}
	p.out.printf("%-8s  %s  id %s%s", role, o.Key, o.ID, note)
	p.out.object("key", o)
}
