package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout/bundle/apply"
	"github.com/offmirror/offmirror/layout/bundle/create"
	"github.com/offmirror/offmirror/layout/bundle/read"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

func (p *program) bundleApplyCommand() *cli.Command {
	return &cli.Command{
		Name:      "apply",
		Usage:     "take a bundle into the mirror and publish what it brings",
		ArgsUsage: "PATH…",
		Description: "PATH is a folder, or a file of a bundle in one. Volumes are read where they lie, in any order, and\n" +
			"may come one after the other: until the last one is here what has come is kept, and nothing is\n" +
			"published. All ecosystems are published together. A root that does not exist is made. A mirror\n" +
			"that trusts nobody yet trusts the first signer, and says so; see offmirror key.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "dry-run", Usage: "check everything, show what would change, and write nothing", DisableDefaultText: true},
			repeated("trust", "`KEY` (RW…, or a .pub file) whose bundles are taken, beside trusted_keys in section [bundle]"),
			&cli.BoolFlag{Name: "require-trusted", Usage: "take no bundle by a key that nobody named, not even the first", DisableDefaultText: true},
			&cli.BoolFlag{Name: "allow-unsigned", Usage: "take a bundle without a signature, if no signed one was seen yet", DisableDefaultText: true},
			&cli.BoolFlag{Name: "allow-rollback", Usage: "take a bundle that is older than what was applied", DisableDefaultText: true},
			identityFlag(),
		},
		Action: p.bundleApply,
	}
}

func (p *program) bundleApply(c *cli.Context) error {
	s, err := p.site(c)
	if err != nil {
		return err
	}
	opts := apply.Options{AllowRollback: c.Bool("allow-rollback"), DryRun: c.Bool("dry-run")}
	if opts.Trust, err = p.trustOptions(c, s); err != nil {
		return err
	}
	b, err := p.openBundle(c, s)
	if err != nil {
		return err
	}
	m, done, err := p.receivingMirror(s, opts.DryRun)
	if err != nil {
		return err
	}
	defer done()
	room, err := m.Room()
	if err != nil {
		return err
	}
	if room.Budget > 0 {
		opts.Budget = max(1, room.Budget-room.Stored) // 0 would be no budget
	}
	progress, stop := p.watchBundle(c.Bool("quiet") || opts.DryRun)
	if progress != nil {
		opts.Progress = func(now apply.Progress) { progress(create.Progress(now)) }
	}
	r, err := apply.Apply(c.Context, m.Root(), m.Objects(), b, opts)
	stop()
	p.showApplied(b, r, opts.DryRun, err == nil)
	if err != nil {
		return m.Located(err)
	}
	return p.out.err
}

// trustOptions is whom the command line and the configuration trust.
func (p *program) trustOptions(c *cli.Context, s *site) (trust.Options, error) {
	configured, err := s.trustedKeys()
	if err != nil {
		return trust.Options{}, err
	}
	named, err := publicKeys(given(c, "trust"), p.folder)
	if err != nil {
		return trust.Options{}, usagef("--trust: %v", err)
	}
	return trust.Options{
		Trust:          append(configured, named...),
		RequireTrusted: s.config.Bundle.RequireTrusted && !c.IsSet("require-trusted") || c.Bool("require-trusted"),
		AllowUnsigned:  c.Bool("allow-unsigned"),
	}, nil
}

// receivingMirror opens the mirror that a bundle is for, and makes it if it does not exist. For a dry
// run an empty folder elsewhere stands for it then.
func (p *program) receivingMirror(s *site, dryRun bool) (m *mirror.Mirror, done func(), err error) {
	if !dryRun {
		m, err = mirror.Create(s.root, p.mirrorConfig(s))
		if err != nil {
			return nil, nil, err
		}
		return m, func() { m.Close() }, nil
	}
	if _, err := os.Stat(s.root); !errors.Is(err, fs.ErrNotExist) {
		if m, err = mirror.Open(s.root, p.mirrorConfig(s)); err != nil {
			return nil, nil, err
		}
		return m, func() { m.Close() }, nil
	}
	folder, err := os.MkdirTemp("", "offmirror-")
	if err != nil {
		return nil, nil, err
	}
	if m, err = mirror.Open(folder, p.mirrorConfig(s)); err != nil {
		return nil, nil, errors.Join(err, os.Remove(folder))
	}
	return m, func() { m.Close(); _ = os.RemoveAll(folder) }, nil
}

type appliedChange struct {
	Ecosystem string `json:"ecosystem"`
	Snapshot  string `json:"snapshot"`
	Previous  string `json:"previous,omitempty"`
	Published bool   `json:"published"`
	Added     *int64 `json:"added,omitempty"`
	Changed   *int64 `json:"changed,omitempty"`
	Removed   *int64 `json:"removed,omitempty"`
	Bytes     *int64 `json:"bytes,omitempty"`
}

type appliedObject struct {
	Bundle     string          `json:"bundle"`
	DryRun     bool            `json:"dry_run"`
	Published  bool            `json:"published"`
	Unchanged  bool            `json:"unchanged"`
	Signer     string          `json:"signer,omitempty"`
	FirstUse   bool            `json:"first_use,omitempty"`
	Objects    int64           `json:"objects"`
	Bytes      int64           `json:"bytes"`
	Missing    []int           `json:"missing_volumes,omitempty"`
	Ecosystems []appliedChange `json:"ecosystems"`
}

// showApplied tells what was done, or of a dry run would be; whole: nothing is in the way of the bundle.
func (p *program) showApplied(b *read.Bundle, r apply.Result, dryRun, whole bool) {
	for _, d := range r.Damage {
		p.showBundleDamage(b, d)
	}
	o := appliedObject{
		Bundle: r.Bundle, DryRun: dryRun, Published: r.Published, Unchanged: r.Unchanged, Missing: r.Missing,
		FirstUse: r.Decision.First, Objects: r.Objects, Bytes: r.Bytes, Ecosystems: []appliedChange{},
	}
	if !r.Decision.Signer.IsZero() {
		o.Signer = r.Decision.Signer.String()
	}
	since := "once this bundle is applied" // no signer is remembered before
	if r.Published || r.Unchanged && !dryRun {
		since = "from now on"
	}
	if r.Decision.First {
		p.log.Warn("this mirror trusts nobody yet; it takes the first signer and trusts " + o.Signer + " " + since + ": compare it with what offmirror key show says on the other side")
	}
	for _, key := range r.Decision.Replaces {
		p.log.Warn("key " + key.String() + " was replaced by " + o.Signer + " and is refused " + since)
	}
	if r.Decision.Unsigned {
		p.log.Warn("the bundle is not signed")
	}
	for _, change := range r.Changes {
		o.Ecosystems = append(o.Ecosystems, p.showChange(change, r, dryRun, whole))
	}
	p.out.object("applied", o)
	if len(r.Changes) > 0 {
		what := "took"
		if dryRun {
			what = "would take"
		}
		p.out.printf("bundle %s: %s %d objects, %s", r.Bundle, what, r.Objects, bytesText(r.Bytes))
	}
}

func (p *program) showChange(change apply.Change, r apply.Result, dryRun, whole bool) appliedChange {
	o := appliedChange{Ecosystem: change.Ecosystem, Snapshot: change.Snapshot, Previous: change.Previous}
	if change.Previous == change.Snapshot {
		p.out.printf("%s: unchanged, snapshot %s is published", change.Ecosystem, change.Snapshot)
		return o
	}
	o.Published = r.Published
	what := "not published: "
	switch {
	case r.Published:
		what = "published "
	case dryRun && whole:
		what = "would publish "
	case dryRun:
		what = "would not publish "
	}
	text := ""
	if change.Known {
		o.Added, o.Changed, o.Removed, o.Bytes = &change.Added, &change.Changed, &change.Removed, &change.Bytes
		text = fmt.Sprintf(": %d files new, %d changed, %d removed, %s", change.Added, change.Changed, change.Removed, bytesText(change.Bytes))
	}
	p.out.printf("%s: %ssnapshot %s%s", change.Ecosystem, what, change.Snapshot, text)
	return o
}
