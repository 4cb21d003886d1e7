package main

import (
	"bytes"
	"errors"

	"filippo.io/age"
	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle/apply"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

func identityFlag() cli.Flag {
	return repeated("identity", "`FILE` with identities of age that open encrypted volumes", "i")
}

// maxKeyFile is beyond what a file of recipients or identities of age has, in bytes.
const maxKeyFile = 1 << 20

// identities reads files as age-keygen writes them.
func (p *program) identities(files []string) ([]age.Identity, error) {
	var all []age.Identity
	for _, file := range files {
		data, err := store.ReadFile(p.absolute(file), maxKeyFile)
		if err != nil {
			return nil, usagef("--identity: %v", err)
		}
		some, err := age.ParseIdentities(bytes.NewReader(data))
		if err != nil {
			return nil, usagef("--identity %s: %v", file, err)
		}
		all = append(all, some...)
	}
	return all, nil
}

// openBundle opens the bundle that lies at the arguments of a command. If the root of the mirror
// exists, manifests of bundles that it has begun to take in are known.
func (p *program) openBundle(c *cli.Context, s *site) (*read.Bundle, error) {
	if !c.Args().Present() {
		return nil, usagef("bundle %s: want PATH, where the bundle lies", c.Command.Name)
	}
	identities, err := p.identities(given(c, "identity"))
	if err != nil {
		return nil, err
	}
	o := read.Options{Identities: identities}
	if m, err := mirror.Open(s.root, mirror.Config{}); err == nil {
		defer m.Close()
		o.Recall = apply.Recall(m.Root())
	}
	var paths []string
	for _, path := range c.Args().Slice() {
		paths = append(paths, p.absolute(path))
	}
	b, err := read.Open(paths, o)
	if _, several := errors.AsType[*read.SeveralError](err); several {
		return nil, &usageError{err.Error()}
	}
	return b, err
}

type bundleDamageObject struct {
	Bundle string `json:"bundle"`
	Volume int    `json:"volume"`
	File   string `json:"file"`
	Object string `json:"object,omitempty"`
	Error  string `json:"error"`
}

func (p *program) showBundleDamage(b *read.Bundle, d read.Damage) {
	o := bundleDamageObject{Bundle: b.Manifest.Name, Volume: d.Volume, File: d.File, Error: oneLine(d.Err.Error())}
	if d.Object != nil {
		o.Object = d.Object.String()
	}
	p.out.object("bundle-damage", o)
	p.out.printf("damaged: %s", oneLine(d.Error()))
}
