package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/create"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

func (p *program) bundleCreateCommand() *cli.Command {
	return &cli.Command{
		Name:      "create",
		Usage:     "write a bundle, or volumes of one again",
		ArgsUsage: "[ECOSYSTEM…]",
		Description: "Writes the published snapshots of the ecosystems (all of the mirror, if none is named) and the\n" +
			"objects that the receiver lacks: by its receipt, or by the snapshots that --since says it has;\n" +
			"without either all of them. The same state gives the same files, so a run that was interrupted goes on\n" +
			"when it is repeated. Where NAME.manifest lies the bundle is whole. The exit code is 3 if it is\n" +
			"and the snapshots lack something that upstream's indexes name.",
		Flags: []cli.Flag{
			repeated("output", "`FOLDER` to write to, on the medium say; of several the next one is filled when one has no more room", "o"),
			repeated("receipt", "`FILE` with the receipt of the mirror that the bundle is for; of several mirrors: what all of them have is left out"),
			repeated("since", "`SNAPSHOT` that the receiver has: an id, its first digits, a tag or current"),
			&cli.BoolFlag{Name: "full", Usage: "everything, whatever the receiver has; so it is without --receipt and --since", DisableDefaultText: true},
			&cli.StringFlag{Name: "volume-size", Usage: "`SIZE` that every volume is smaller than", DefaultText: "the configuration's, 4GiB without"},
			repeated("trust", "public `KEY` (RW…, or a .pub file) that a site's receipts are signed with, where it is another than before"),
			&cli.StringFlag{Name: "key", Usage: "secret key `FILE` to sign with instead of the configuration's, or the mirror's own"},
			repeated("encrypt-to", "`RECIPIENT` (age1…, or a file of them) who can read the volumes, instead of the configuration's; an empty one: everybody"),
			&cli.StringFlag{Name: "remake", Usage: "instead, make volumes of a bundle again that are lost or damaged: its `NAME` or the file of its manifest"},
			repeated("volume", "`NUMBER` of a volume for --remake; without it, those that are missing or wrong"),
		},
		Action: p.bundleCreate,
	}
}

// repeated is a flag that may be given several times.
func repeated(name, usage string, aliases ...string) cli.Flag {
	return &cli.GenericFlag{Name: name, Aliases: aliases, Usage: usage + "; may be repeated", Value: new(givenValues)}
}

func given(c *cli.Context, name string) []string {
	return *c.Generic(name).(*givenValues)
}

func (p *program) bundleCreate(c *cli.Context) error {
	if len(given(c, "output")) == 0 && !c.IsSet("remake") {
		return usagef("bundle create: want -o FOLDER to write to")
	}
	s, err := p.site(c)
	if err != nil {
		return err
	}
	recipients, err := p.recipients(c, s)
	if err != nil {
		return err
	}
	m, err := p.openMirror(c)
	if err != nil {
		return err
	}
	defer m.Close()
	if c.IsSet("remake") {
		return p.bundleRemake(c, m, recipients)
	}
	if c.IsSet("volume") {
		return usagef("--volume is for --remake")
	}
	opts := create.Options{Recipients: recipients, Notice: func(text string) { p.log.Info(text) }}
	for _, folder := range given(c, "output") {
		opts.Out = append(opts.Out, p.absolute(folder))
	}
	if opts.VolumeSize, err = volumeSize(c, s); err != nil {
		return err
	}
	if opts.Ecosystems, err = p.travelling(c, m); err != nil {
		return err
	}
	receipts, standings, err := p.readReceipts(c, m)
	if err != nil {
		return err
	}
	if opts.Base, err = p.bundleBase(c, m, opts.Ecosystems, receipts); err != nil {
		return err
	}
	unlock, err := m.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	secret, rotations, err := p.signingKey(c, m)
	if err != nil {
		return err
	}
	opts.Rotations = rotations
	opts.Sign = func(manifest []byte, comment string) ([]byte, error) { return trust.Sign(secret, manifest, comment) }
	if err := p.rememberReceipts(m, receipts, standings); err != nil {
		return err
	}
	progress, stop := p.watchBundle(c.Bool("quiet"))
	opts.Progress = progress
	r, err := create.Create(c.Context, m.Root(), m.Objects(), opts)
	stop()
	if err != nil {
		return err
	}
	return p.showBundle(r, secret.Public().String())
}

// travelling is the ecosystems that the arguments name.
func (p *program) travelling(c *cli.Context, m *mirror.Mirror) ([]string, error) {
	present, err := m.Ecosystems()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, word := range c.Args().Slice() {
		name := p.ecosystemName(word, present)
		if name == "" {
			return nil, usagef("bundle create: %q is no ecosystem; in this mirror are: %s", word, strings.Join(present, ", "))
		}
		names = append(names, name)
	}
	return names, nil
}

type bundleFileObject struct {
	Path   string `json:"path"`
	Volume int    `json:"volume,omitempty"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256,omitempty"`
	Kept   bool   `json:"kept,omitempty"`
}

type bundleObject struct {
	Name       string                  `json:"name"`
	Created    time.Time               `json:"created"`
	Ecosystems []bundleEcosystemObject `json:"ecosystems"`
	Objects    int64                   `json:"objects"`
	Bytes      int64                   `json:"bytes"`
	Volumes    int                     `json:"volumes"`
	VolumeSize int64                   `json:"volume_size"`
	Key        string                  `json:"key,omitempty"`
}

type bundleEcosystemObject struct {
	Name     string           `json:"name"`
	Snapshot string           `json:"snapshot"`
	Time     time.Time        `json:"time"`
	Checked  time.Time        `json:"checked"`
	Files    int64            `json:"files"`
	Bytes    int64            `json:"bytes"`
	Base     []string         `json:"base,omitempty"`
	Missing  []layout.Missing `json:"missing,omitempty"`
}

// showBundle prints what was made and decides the exit code.
func (p *program) showBundle(r *create.Result, key string) error {
	p.showBundleFiles(r.Files)
	m := r.Manifest
	o := bundleObject{m.Name, m.Created, nil, m.Objects, m.Bytes, len(m.Volumes), m.VolumeSize, key}
	missing := 0
	for _, e := range m.Ecosystems {
		lacks := r.Missing[e.Name]
		missing += len(lacks)
		o.Ecosystems = append(o.Ecosystems, bundleEcosystemObject{e.Name, e.Snapshot, e.Time, e.Checked, e.Files, e.Bytes, e.Base, lacks})
		for _, l := range lacks {
			p.out.printf("%s: missing %s: %s: %s", e.Name, l.Path, l.Name, oneLine(l.Reason))
		}
		p.out.printf("%s: snapshot %s, %s", e.Name, e.Snapshot, against(e))
	}
	p.out.printf("bundle %s: %d %s, %s, in %d %s", m.Name, m.Objects, plural(int(m.Objects), "object", "objects"), bytesText(m.Bytes),
		len(m.Volumes), plural(len(m.Volumes), "volume", "volumes"))
	if m.Objects == 0 {
		p.out.printf("there is nothing that the receiver lacks; the bundle tells it how fresh that is")
	}
	p.out.object("bundle", o)
	if p.out.err == nil && missing > 0 {
		return &outcomeError{exitPartial, fmt.Sprintf("the bundle is whole, but of the snapshots in it %d %s missing", missing, plural(missing, "item is", "items are"))}
	}
	return p.out.err
}

func (p *program) showBundleFiles(files []create.File) {
	for _, f := range files {
		o := bundleFileObject{Path: f.Path, Volume: f.Volume, Size: f.Size, Kept: f.Kept}
		note := ""
		if f.Kept {
			note = "  was there"
		}
		if !f.SHA256.IsZero() {
			o.SHA256 = f.SHA256.String()
		}
		p.out.object("bundle-file", o)
		p.out.printf("%s  %s  %10s%s", o.SHA256, f.Path, bytesText(f.Size), note)
	}
}

// against says what an ecosystem of a bundle is built on.
func against(e bundle.Ecosystem) string {
	if len(e.Base) == 0 {
		return "in full"
	}
	return "for who has snapshot " + strings.Join(e.Base, " and ")
}
