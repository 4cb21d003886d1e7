package main

import (
	"errors"

	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/read"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

// bundleSignature is what can be said of the signature of a bundle.
type bundleSignature struct {
	Signature string `json:"signature"` // trusted, first, untrusted, retired, wrong or none
	Signer    string `json:"signer,omitempty"`
	Problem   string `json:"problem,omitempty"` // why apply would refuse it

	Decided bool `json:"-"` // by a mirror or a configuration that knows whom to trust
}

// judgeSignature asks whom the mirror trusts, if there is one, as apply would. A refusal
// is no error.
func (p *program) judgeSignature(s *site, b *read.Bundle) (o bundleSignature, refusal, err error) {
	m, done, err := p.receivingMirror(s, true)
	if err != nil {
		return o, nil, err
	}
	defer done()
	trusted, err := trust.OpenTrusted(m.Root())
	if err != nil {
		return o, nil, err
	}
	configured, err := s.trustedKeys()
	if err != nil {
		return o, nil, err
	}
	o.Decided = trusted.Decided() || len(configured) > 0 || s.config.Bundle.RequireTrusted
	d, err := trusted.Check(b.File, b.Signature, b.Manifest.Rotations, trust.Options{
		Name: b.Manifest.Name + bundle.ManifestSuffix, Trust: configured, RequireTrusted: s.config.Bundle.RequireTrusted,
	})
	if refused, ok := errors.AsType[*trust.Refusal](err); ok {
		o.Problem = refused.Text
		if !refused.Key.IsZero() {
			o.Signer = refused.Key.String()
		}
		switch {
		case errors.Is(err, trust.ErrUnsigned), errors.Is(err, trust.ErrDowngrade):
			o.Signature = "none"
		case errors.Is(err, trust.ErrUntrusted):
			o.Signature = "untrusted"
		case errors.Is(err, trust.ErrRetired):
			o.Signature = "retired"
		default:
			o.Signature = "wrong"
		}
		return o, refused, nil
	}
	if err != nil {
		return o, nil, err
	}
	o.Signature, o.Signer = "trusted", d.Signer.String()
	if d.First {
		o.Signature = "first"
	}
	return o, nil, nil
}

func (o bundleSignature) text() string {
	switch o.Signature {
	case "trusted":
		return "signed by " + o.Signer + ", which this mirror trusts"
	case "first":
		return "signed by " + o.Signer + "; this mirror trusts nobody yet"
	}
	return oneLine(o.Problem)
}
