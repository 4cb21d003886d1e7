package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"filippo.io/age"
	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/create"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

func (p *program) bundleRemake(c *cli.Context, m *mirror.Mirror, recipients []age.Recipient) error {
	for _, flag := range []string{"receipt", "since", "full", "volume-size", "key"} {
		if c.IsSet(flag) {
			return usagef("--remake makes a bundle as it was; it does not go with --%s", flag)
		}
	}
	if c.Args().Present() {
		return usagef("--remake makes a bundle as it was; it takes no ecosystems")
	}
	opts := create.RemakeOptions{Recipients: recipients, Notice: func(text string) { p.log.Info(text) }}
	for _, text := range given(c, "volume") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return usagef("--volume: want the number of a volume, not %q", text)
		}
		opts.Volumes = append(opts.Volumes, n)
	}
	file, err := p.madeManifest(c.String("remake"), m, &opts)
	if err != nil {
		return err
	}
	for _, folder := range given(c, "output") {
		opts.Out = append(opts.Out, p.absolute(folder))
	}
	if len(opts.Out) == 0 {
		if file == "" {
			return usagef("bundle create --remake: want -o FOLDER to write to")
		}
		opts.Out = []string{filepath.Dir(file)}
	}
	unlock, err := m.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	progress, stop := p.watchBundle(c.Bool("quiet"))
	opts.Progress = progress
	r, err := create.Remake(c.Context, m.Root(), m.Objects(), opts)
	stop()
	if err != nil {
		return err
	}
	return p.showBundle(r, "")
}

// madeManifest reads the manifest that --remake names: that of a bundle that was made here, or a file, whose
// path it returns.
func (p *program) madeManifest(name string, m *mirror.Mirror, opts *create.RemakeOptions) (file string, err error) {
	if name == filepath.Base(name) {
		opts.Manifest, opts.Signature, err = create.Made(m.Root(), strings.TrimSuffix(name, bundle.ManifestSuffix))
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	file = p.absolute(name)
	if opts.Manifest, err = store.ReadFile(file, bundle.MaxManifest); err != nil {
		return "", usagef("--remake: %v; the newest bundles are in ROOT/%s", err, create.MadeFolder)
	}
	opts.Signature, _ = store.ReadFile(file+bundle.SignatureSuffix, trust.MaxFile)
	return file, nil
}
