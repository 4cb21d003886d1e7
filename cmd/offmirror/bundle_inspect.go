package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/apply"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

func (p *program) bundleInspectCommand() *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "show what a bundle holds, without reading its content",
		ArgsUsage: "PATH…",
		Description: "Shows the snapshots, against which base the bundle was made and whether this mirror has it, who\n" +
			"signed it, and which volumes are here. Needs no mirror. Only the manifest is read.",
		Flags:  []cli.Flag{identityFlag()},
		Action: p.bundleInspect,
	}
}

type inspectedBase struct {
	Snapshot string `json:"snapshot"`
	Here     bool   `json:"here"`
}

type inspectedEcosystem struct {
	Ecosystem string          `json:"ecosystem"`
	Snapshot  string          `json:"snapshot"`
	Time      time.Time       `json:"time"`
	Published time.Time       `json:"published"`
	Checked   time.Time       `json:"checked"`
	Files     int64           `json:"files"`
	Bytes     int64           `json:"bytes"`
	State     string          `json:"state"` // new, kept or published
	Base      []inspectedBase `json:"base,omitempty"`
}

type inspectedVolume struct {
	Number    int    `json:"number"`
	File      string `json:"file"`
	Path      string `json:"path,omitempty"`
	Size      int64  `json:"size"`
	Encrypted bool   `json:"encrypted,omitempty"`
	State     string `json:"state"` // here, missing, locked or wrong
	Problem   string `json:"problem,omitempty"`
}

type bundleInspectionObject struct {
	Bundle     string    `json:"bundle"`
	Created    time.Time `json:"created"`
	VolumeSize int64     `json:"volume_size"`
	Objects    int64     `json:"objects"`
	Bytes      int64     `json:"bytes"`
	bundleSignature
	Ecosystems []inspectedEcosystem `json:"ecosystems"`
	Volumes    []inspectedVolume    `json:"volumes"`
}

func (p *program) bundleInspect(c *cli.Context) error {
	s, err := p.site(c)
	if err != nil {
		return err
	}
	b, err := p.openBundle(c, s)
	if err != nil {
		return err
	}
	m := b.Manifest
	o := bundleInspectionObject{Bundle: m.Name, Created: m.Created, VolumeSize: m.VolumeSize, Objects: m.Objects, Bytes: m.Bytes}
	if o.bundleSignature, _, err = p.judgeSignature(s, b); err != nil {
		return err
	}
	p.out.printf("bundle %s of %s: %d objects, %s, in %d %s", m.Name, m.Created.Format(time.RFC3339), m.Objects, bytesText(m.Bytes),
		len(b.Volumes), plural(len(b.Volumes), "volume", "volumes"))
	p.out.printf("%s", o.bundleSignature.text())
	for _, e := range m.Ecosystems {
		inspected, err := p.inspectEcosystem(s, e)
		if err != nil {
			return err
		}
		o.Ecosystems = append(o.Ecosystems, inspected)
	}
	for _, v := range b.Volumes {
		o.Volumes = append(o.Volumes, p.inspectVolume(b, v))
	}
	p.out.object("bundle-inspection", o)
	return p.out.err
}

// inspectEcosystem says what the mirror, if there is one, has of a snapshot and its base.
func (p *program) inspectEcosystem(s *site, e bundle.Ecosystem) (inspectedEcosystem, error) {
	o := inspectedEcosystem{
		Ecosystem: e.Name, Snapshot: e.Snapshot, Time: e.Time, Published: e.Published, Checked: e.Checked, Files: e.Files, Bytes: e.Bytes, State: "new",
	}
	m, done, err := p.receivingMirror(s, true)
	if err != nil {
		return o, err
	}
	defer done()
	h, err := m.History(e.Name)
	if err != nil {
		return o, err
	}
	kept := func(id string) bool {
		_, err := h.Header(id)
		return err == nil || !errors.Is(err, fs.ErrNotExist)
	}
	current, err := h.CurrentID()
	switch {
	case err != nil:
		return o, err
	case current == e.Snapshot:
		o.State = "published"
	case kept(e.Snapshot):
		o.State = "kept"
	}
	var here, lacking []string
	for _, id := range e.Base {
		base := inspectedBase{id, kept(id)}
		o.Base = append(o.Base, base)
		if base.Here {
			here = append(here, id)
		} else {
			lacking = append(lacking, id)
		}
	}
	state := map[string]string{"new": "is new here", "kept": "is kept here", "published": "is published here"}[o.State]
	p.out.printf("%s: snapshot %s of %s, %d files, %s, %s", e.Name, e.Snapshot, e.Time.Format(time.RFC3339), e.Files, bytesText(e.Bytes), state)
	switch {
	case len(e.Base) == 0:
		p.out.printf("%s: in full", e.Name)
	case len(here) > 0:
		p.out.printf("%s: without what snapshot %s has, which is here", e.Name, strings.Join(here, ", "))
	}
	if len(lacking) > 0 {
		p.out.printf("%s: without what snapshot %s has, which this mirror lacks", e.Name, strings.Join(lacking, ", "))
		if o.State == "new" {
			p.out.printf("%s: %s", e.Name, apply.LackingBase(lacking))
		}
	}
	return o, nil
}

func (p *program) inspectVolume(b *read.Bundle, v read.Volume) inspectedVolume {
	o := inspectedVolume{
		Number: v.Number, File: bundle.VolumeFile(b.Manifest.Name, v.Number), Path: v.Path, Size: b.Manifest.Volumes[v.Number-1].Size,
		Encrypted: v.Encrypted, State: "here",
	}
	switch {
	case v.Err == nil:
		p.out.printf("volume %d: %s, %s", v.Number, v.Path, bytesText(o.Size))
		return o
	case errors.Is(v.Err, read.ErrMissing):
		o.State = "missing"
	case errors.Is(v.Err, read.ErrIdentity):
		o.State = "locked"
	default:
		o.State = "wrong"
	}
	o.Problem = oneLine(v.Err.Error())
	p.out.printf("volume %d: %s", v.Number, fmt.Sprintf("%s, %s", o.Problem, bytesText(o.Size)))
	return o
}
