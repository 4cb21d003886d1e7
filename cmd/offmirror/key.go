package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/config"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

func (p *program) keyCommand() *cli.Command {
	return &cli.Command{
		Name:  "key",
		Usage: "make, show, trust and revoke the keys that sign bundles and receipts",
		Description: "Keys and signatures are minisign's. A secret key that is protected by a password is opened with\n" +
			"the one in $OFFMIRROR_KEY_PASSWORD; a password never stands on a command line.",
		Subcommands: []*cli.Command{
			p.keyGenerateCommand(),
			p.keyShowCommand(),
			p.keyTrustCommand(),
			p.keyRevokeCommand(),
		},
	}
}

// keyObject is a key and what it is to the mirror.
type keyObject struct {
	Key        string     `json:"key"`
	ID         string     `json:"id"`
	Role       string     `json:"role"`                  // own, file, trusted, replaced or revoked
	File       string     `json:"file,omitempty"`        // of role file
	By         string     `json:"by,omitempty"`          // of role trusted
	ReplacedBy string     `json:"replaced_by,omitempty"` // of role replaced
	Since      *time.Time `json:"since,omitempty"`       // of roles trusted, replaced and revoked
}

// passwordVariable holds the password of protected keys.
const passwordVariable = "OFFMIRROR_KEY_PASSWORD" //nolint:gosec // its name, not a password

// keyPassword is the password of a key that is protected by one.
func (p *program) keyPassword() (string, error) {
	if password := p.environment(passwordVariable); password != "" {
		return password, nil
	}
	return "", errors.New("protected by a password; set $" + passwordVariable)
}

// loadKey reads a secret key and the rotations that led to it, and warns if others may read it.
func (p *program) loadKey(file string) (trust.Secret, []string, error) {
	file = p.absolute(file)
	s, chain, err := trust.LoadKey(file, p.keyPassword)
	if err != nil {
		return s, nil, err
	}
	if info, err := os.Stat(file); err == nil && trust.Exposed(info) {
		p.log.Warn(file + ": other users of this machine may read this secret key; chmod 600 it")
	}
	return s, chain, nil
}

// publicKeys reads public keys: each is one itself, or a file that holds one, taken from base.
func publicKeys(texts []string, base string) ([]trust.Public, error) {
	var keys []trust.Public
	for _, text := range texts {
		key, err := trust.ParsePublic(text)
		if err != nil {
			var failed error
			if key, failed = trust.LoadPublic(config.ResolvePath(text, base)); errors.Is(failed, os.ErrNotExist) {
				return nil, usagef("%.80q: neither a public key, which begins with RW, nor a file", text)
			} else if failed != nil {
				return nil, &usageError{failed.Error()}
			}
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// trustedKeys is whom the configuration trusts.
func (s *site) trustedKeys() ([]trust.Public, error) {
	keys, err := publicKeys(s.config.Bundle.TrustedKeys, filepath.Dir(s.config.File))
	if err != nil {
		return nil, usagef("bundle.trusted_keys: %v", err)
	}
	return keys, nil
}

// createMirror opens the mirror that a command is about, made if need be.
func (p *program) createMirror(c *cli.Context) (*mirror.Mirror, error) {
	s, err := p.site(c)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(s.root); errors.Is(err, fs.ErrNotExist) {
		p.log.Warn("there is no mirror in " + s.root + " yet; it is made, and knows keys only: name another one with --root, or apply a bundle to this one")
	}
	return mirror.Create(s.root, p.mirrorConfig(s))
}
