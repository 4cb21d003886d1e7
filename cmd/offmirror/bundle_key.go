package main

import (
	"cmp"
	"errors"
	"io/fs"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

// signingKey is the key that bundles are signed with, and the rotations that led to it: that of
// --key, or the configuration's, or the mirror's own.
func (p *program) signingKey(c *cli.Context, m *mirror.Mirror) (trust.Secret, []string, error) {
	s, err := p.site(c)
	if err != nil {
		return trust.Secret{}, nil, err
	}
	file := cmp.Or(c.String("key"), s.config.Bundle.Key)
	if file == "" {
		return trust.OwnKey(m.Root(), p.keyPassword)
	}
	secret, rotations, err := p.loadKey(file)
	if errors.Is(err, fs.ErrNotExist) {
		return secret, nil, usagef("the key of bundles: %v", err)
	}
	return secret, rotations, err
}
