package main

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

// ownWord is what --replaces calls the mirror's own key.
const ownWord = "own"

func (p *program) keyGenerateCommand() *cli.Command {
	return &cli.Command{
		Name:  "generate",
		Usage: "make a key",
		Description: "Without -o the new key becomes the mirror's own, which signs its receipts, and bundles that are\n" +
			"made without --key. With $" + passwordVariable + " the key is protected by that password.\n" +
			"With --replaces the old key signs that the new one replaces it; bundles carry that statement, and\n" +
			"mirrors that trust the old key then trust the new one instead. No file is overwritten.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the key to `FILE`, and its public key to FILE.pub"},
			&cli.StringFlag{Name: "replaces", Usage: "secret `KEY` that the new one replaces: its file, or the word own for the mirror's own key"},
		},
		Action: p.keyGenerate,
	}
}

type generatedObject struct {
	Key      string   `json:"key"`
	ID       string   `json:"id"`
	Files    []string `json:"files"`
	Replaces string   `json:"replaces,omitempty"`
}

func (p *program) keyGenerate(c *cli.Context) error {
	if c.Args().Present() {
		return usagef("key generate takes no arguments; name the file with -o")
	}
	output, replaces := c.String("output"), c.String("replaces")
	if output != "" && replaces != ownWord {
		old, chain, err := p.replacedKey(nil, replaces)
		if err != nil {
			return err
		}
		return p.generateFile(output, old, chain)
	}
	open := p.createMirror
	if replaces == ownWord {
		open = p.openMirror
	}
	m, err := open(c)
	if err != nil {
		return err
	}
	defer m.Close()
	old, chain, err := p.replacedKey(m, replaces)
	if err != nil {
		return err
	}
	if output != "" {
		return p.generateFile(output, old, chain)
	}
	return p.generateOwn(m, old, chain)
}

// replacedKey is the key that --replaces means, and the rotations that led to it; zero if it means none.
func (p *program) replacedKey(m *mirror.Mirror, replaces string) (trust.Secret, []string, error) {
	switch replaces {
	case "":
		return trust.Secret{}, nil, nil
	case ownWord:
		if !trust.HasOwnKey(m.Root()) {
			return trust.Secret{}, nil, usagef("--replaces %s: the mirror %s has no key yet; leave --replaces out", ownWord, m.Root().Name())
		}
		return trust.OwnKey(m.Root(), p.keyPassword)
	}
	old, chain, err := p.loadKey(replaces)
	if errors.Is(err, fs.ErrNotExist) {
		return old, chain, usagef("--replaces: %v", err)
	}
	return old, chain, err
}

func newKey(old trust.Secret, chain []string) (trust.Secret, []string, error) {
	if old.IsZero() {
		s, err := trust.Generate()
		return s, nil, err
	}
	return trust.Succeed(old, chain)
}

func (p *program) generateFile(file string, old trust.Secret, chain []string) error {
	s, chain, err := newKey(old, chain)
	if err != nil {
		return err
	}
	written, err := trust.SaveKey(p.absolute(file), s, chain, p.environment(passwordVariable))
	if errors.Is(err, fs.ErrExist) {
		return &usageError{err.Error()}
	}
	if err != nil {
		return err
	}
	return p.showGenerated(s, old, written)
}

func (p *program) generateOwn(m *mirror.Mirror, old trust.Secret, chain []string) error {
	unlock, err := m.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	if trust.HasOwnKey(m.Root()) {
		own, err := trust.OwnPublic(m.Root())
		if err != nil {
			return err
		}
		if old.IsZero() || !own.Same(old.Public()) {
			return usagef("the mirror %s has the key %s already; --replaces %s makes one that replaces it", m.Root().Name(), own, ownWord)
		}
	}
	s, chain, err := newKey(old, chain)
	if err != nil {
		return err
	}
	if err := trust.ReplaceOwnKey(m.Root(), s, chain, p.environment(passwordVariable)); err != nil {
		return err
	}
	file := filepath.Join(m.Root().Name(), filepath.FromSlash(trust.OwnKeyPath))
	return p.showGenerated(s, old, []string{file, file + ".pub"})
}

func (p *program) showGenerated(s, old trust.Secret, written []string) error {
	o := generatedObject{Key: s.Public().String(), ID: s.Public().ID(), Files: written}
	p.out.printf("%s", o.Key)
	for i, file := range written {
		note := ""
		if i == 0 {
			note = " (keep it secret)"
		}
		p.out.printf("wrote %s%s", file, note)
	}
	if !old.IsZero() {
		o.Replaces = old.Public().String()
		p.out.printf("replaces %s", o.Replaces)
	}
	p.out.object("new-key", o)
	return p.out.err
}
