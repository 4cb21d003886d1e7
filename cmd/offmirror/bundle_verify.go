package main

import (
	"errors"
	"fmt"
	"sync"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/layout/bundle/create"
	"github.com/offmirror/offmirror/layout/bundle/read"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

func (p *program) bundleVerifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "read every byte of a bundle and compare it with the manifest",
		ArgsUsage: "PATH…",
		Description: "Needs no mirror; with one, whom it trusts decides about the signature, as it would for apply. The exit\n" +
			"code is 4 if a volume is damaged or the signature does not match, and 1 if volumes are missing or apply would\n" +
			"refuse the signer.",
		Flags:  []cli.Flag{identityFlag()},
		Action: p.bundleVerify,
	}
}

type bundleVerificationObject struct {
	Bundle  string `json:"bundle"`
	Volumes int    `json:"volumes"`
	Whole   int    `json:"whole"`
	Objects int64  `json:"objects"`
	Bytes   int64  `json:"bytes"`
	Missing []int  `json:"missing_volumes,omitempty"`
	Damaged int    `json:"damaged"`
	bundleSignature
}

func (p *program) bundleVerify(c *cli.Context) error {
	s, err := p.site(c)
	if err != nil {
		return err
	}
	b, err := p.openBundle(c, s)
	if err != nil {
		return err
	}
	signature, refusal, err := p.judgeSignature(s, b)
	if err != nil {
		return err
	}
	v, err := p.readAll(c, b)
	if err != nil {
		return err
	}
	for _, d := range v.Damage {
		p.showBundleDamage(b, d)
	}
	o := bundleVerificationObject{
		Bundle: b.Manifest.Name, Volumes: len(b.Volumes), Whole: v.Volumes, Objects: v.Objects, Bytes: v.Bytes,
		Missing: v.Missing, Damaged: len(b.Volumes) - v.Volumes - len(v.Missing), bundleSignature: signature,
	}
	p.out.object("bundle-verification", o)
	p.out.printf("bundle %s: %s", o.Bundle, signature.text())
	if !signature.Decided && !errors.Is(refusal, trust.ErrSignature) {
		p.out.printf("bundle %s: nothing here says whom to trust, so this is no proof of who made it; see offmirror key trust", o.Bundle)
	}
	p.out.printf("bundle %s: %d of %d volumes are whole, %s read", o.Bundle, o.Whole, o.Volumes, bytesText(o.Bytes))
	switch {
	case errors.Is(refusal, trust.ErrSignature):
		return &outcomeError{exitDamage, refusal.Error()}
	case o.Damaged > 0:
		return &outcomeError{exitDamage, fmt.Sprintf("%d %s once more, or have %s made again with bundle create --remake %s",
			o.Damaged, plural(o.Damaged, "volume is damaged: copy it", "volumes are damaged: copy them"), plural(o.Damaged, "it", "them"), o.Bundle)}
	case refusal != nil && signature.Decided:
		return fmt.Errorf("bundle apply would refuse it: %w", refusal)
	case len(v.Missing) > 0:
		return fmt.Errorf("bundle %s: %d of %d volumes are missing; name the folders of all media, or apply the bundle one medium after the other",
			o.Bundle, len(v.Missing), o.Volumes)
	}
	return p.out.err
}

// readAll verifies a bundle and shows how far it has come.
func (p *program) readAll(c *cli.Context, b *read.Bundle) (read.Verification, error) {
	now := create.Progress{Volumes: len(b.Volumes), Volume: len(b.Volumes)}
	for i, v := range b.Volumes {
		if v.Err == nil {
			now.Total += b.Manifest.Volumes[i].Size
		}
	}
	update, stop := p.watchBundle(c.Bool("quiet"))
	defer stop()
	var mu sync.Mutex
	return b.Verify(c.Context, func(n int64) {
		mu.Lock()
		defer mu.Unlock()
		if now.Bytes += n; update != nil {
			update(now)
		}
	})
}
