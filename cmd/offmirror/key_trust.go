package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/layout/bundle/trust"
)

func (p *program) keyTrustCommand() *cli.Command {
	return &cli.Command{
		Name:      "trust",
		Usage:     "take bundles by these keys",
		ArgsUsage: "KEY…",
		Description: "KEY is a public key, which begins with RW, or a .pub file. From then on the mirror takes no\n" +
			"unsigned bundle. A key that was replaced or revoked cannot be trusted again.",
		Action: func(c *cli.Context) error {
			return p.changeTrust(c, keyObject{Role: "trusted"}, (*trust.Trusted).Trust)
		},
	}
}

func (p *program) keyRevokeCommand() *cli.Command {
	return &cli.Command{
		Name:      "revoke",
		Usage:     "refuse bundles by these keys for ever",
		ArgsUsage: "KEY…",
		Description: "KEY is a public key, which begins with RW, or a .pub file; it need not have been trusted. What was\n" +
			"applied stays; see offmirror snapshot rollback.",
		Action: func(c *cli.Context) error {
			return p.changeTrust(c, keyObject{Role: "revoked"}, (*trust.Trusted).Revoke)
		},
	}
}

func (p *program) changeTrust(c *cli.Context, o keyObject, change func(*trust.Trusted, ...trust.Public) error) error {
	if !c.Args().Present() {
		return usagef("key %s: want one KEY at least", c.Command.Name)
	}
	keys, err := publicKeys(c.Args().Slice(), p.folder)
	if err != nil {
		return err
	}
	m, err := p.createMirror(c)
	if err != nil {
		return err
	}
	defer m.Close()
	unlock, err := m.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	trusted, err := trust.OpenTrusted(m.Root())
	if err != nil {
		return err
	}
	if err := change(trusted, keys...); errors.Is(err, trust.ErrRetired) {
		return &usageError{err.Error()}
	} else if err != nil {
		return err
	}
	for _, key := range keys {
		p.showKey(o, key)
	}
	return p.out.err
}
