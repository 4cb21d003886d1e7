package trust

import "slices"

// Options is what the person at the far side says about trust, beside what the root
// remembers.
type Options struct {
	Name           string   // what messages call the manifest, such as "nightly.manifest"
	Trust          []Public // trusted as well; a root that trusts nobody takes nobody else
	RequireTrusted bool     // never take the first signer unasked
	AllowUnsigned  bool     // take a bundle without signature if no signature was ever seen
}

// Decision says that a bundle may be applied, and why.
type Decision struct {
	Signer   Public   // zero if there is no signature
	Comment  string   // the trusted comment of the signature
	Unsigned bool     // there is no signature, and that was allowed
	First    bool     // the root trusted nobody, and takes the signer because it is the first
	Replaces []Public // trusted keys and those between, oldest first, which the signer replaces and which retire

	by  Origin
	way []Public // Replaces and the signer
}

// Check judges whether a bundle with this manifest, signature (nil: none) and chain of
// rotations, oldest first, may be applied. It changes nothing, neither on disk nor
// in memory. Every error says in one line what to do next; see [Refusal].
//
// The rotations are taken from the manifest, so they are as trustworthy as its
// signature; each has to be proven by the key that it replaces. Those of keys that the root does
// not know are passed over, since a chain begins before many of its readers.
func (t *Trusted) Check(manifest, signature []byte, rotations []string, o Options) (Decision, error) {
	if o.Name == "" {
		o.Name = "NAME.manifest"
	}
	if signature == nil {
		return t.checkUnsigned(o)
	}
	sig, err := parseSignature(signature)
	if err != nil {
		return Decision{}, refuse(ErrSignature, Public{}, "%s.minisig: %v; bring the file again", o.Name, err)
	}
	chain, err := parseStatements(rotations)
	if err != nil {
		return Decision{}, refuse(ErrSignature, Public{}, "%s: %v; make the bundle again", o.Name, err)
	}
	signs := func(key Public) bool { return sig.by(key, manifest) }
	retired := func(key Public) bool { return t.state.retired(key) != nil }
	trusted := t.effective(o.Trust)
	d := Decision{Comment: sig.comment, by: ByPerson}
	if way := follow(chain, trusted, retired, signs); way != nil {
		return d.replacing(way), nil
	}
	if i := slices.IndexFunc(trusted, signs); i >= 0 {
		return t.direct(d, trusted[i], trusted, chain), nil
	}
	return t.stranger(d, sig, chain, signs, trusted, o)
}

func (d Decision) replacing(way []Public) Decision {
	last := len(way) - 1
	d.Signer, d.Replaces, d.way, d.by = way[last], way[:last], way, ByRotation
	return d
}

// direct is about a signer that is trusted itself. A trusted key that it is said to have replaced
// retires all the same.
func (t *Trusted) direct(d Decision, signer Public, trusted []Public, chain []*rotation) Decision {
	others := slices.DeleteFunc(slices.Clone(trusted), signer.Same)
	retired := func(key Public) bool { return t.state.retired(key) != nil }
	if way := follow(chain, others, retired, signer.Same); way != nil {
		return d.replacing(way)
	}
	d.Signer, d.way = signer, []Public{signer}
	return d
}

// effective is whom the root trusts together with whom it is told to.
func (t *Trusted) effective(told []Public) []Public {
	var keys []Public
	for _, k := range t.state.Trusted {
		keys = append(keys, k.Key)
	}
	for _, k := range told {
		if !k.IsZero() && t.state.retired(k) == nil && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys
}

// stranger is about a signature that is by no trusted key.
func (t *Trusted) stranger(d Decision, sig *signature, chain []*rotation, signs func(Public) bool, trusted []Public, o Options) (Decision, error) {
	for _, r := range t.state.Retired {
		if signs(r.Key) {
			return Decision{}, t.refuseRetired(r, o)
		}
	}
	key := sig.claimed
	for _, r := range chain {
		if key.IsZero() && signs(r.to) {
			key = r.to
		}
	}
	if key.IsZero() || !signs(key) {
		return Decision{}, unproven(sig, trusted, o)
	}
	if r := t.state.retired(key); r != nil {
		return Decision{}, t.refuseRetired(*r, o)
	}
	switch {
	case len(o.Trust) > 0 && !t.state.Signed:
		return Decision{}, refuse(ErrUntrusted, key, "%s: signed by %s, which is none of the keys that were named; if it is the sender's, add --trust %s", o.Name, key, key)
	case t.state.Signed:
		return Decision{}, refuse(ErrUntrusted, key, "%s: signed by %s, which this mirror does not trust; compare it with the sender's key, then run offmirror key trust %s", o.Name, key, key)
	case o.RequireTrusted:
		return Decision{}, refuse(ErrUntrusted, key, "%s: signed by %s, and this mirror takes no key that nobody named (require_trusted); compare it with the sender's, then run offmirror key trust %s", o.Name, key, key)
	}
	d.First, d.Signer, d.way, d.by = true, key, []Public{key}, ByFirstUse
	return d, nil
}

func (t *Trusted) refuseRetired(r Retirement, o Options) error {
	next := "have the sender sign with a new key, and name that with offmirror key trust"
	if r.ReplacedBy != nil {
		next = "have the sender sign with the newest key"
	}
	return refuse(ErrRetired, r.Key, "%s: signed by %s, which %s and is refused; %s", o.Name, r.Key, r.why(), next)
}

// unproven is about a signature that no key at hand has made.
func unproven(sig *signature, trusted []Public, o Options) error {
	known := slices.ContainsFunc(trusted, func(k Public) bool { return k.id == sig.id })
	if known || !sig.claimed.IsZero() {
		return refuse(ErrSignature, Public{}, "%s: %v: one of the two files was changed or is another bundle's; bring %s and %s.minisig again", o.Name, ErrSignature, o.Name, o.Name)
	}
	return refuse(ErrUntrusted, Public{}, "%s: signed by a key with the id %s, which is not at hand; bring its .pub file and name it with --trust FILE", o.Name, Public{id: sig.id}.ID())
}

func (t *Trusted) checkUnsigned(o Options) (Decision, error) {
	switch {
	case t.state.Signed:
		return Decision{}, refuse(ErrDowngrade, Public{}, "%s: not signed, and this mirror has been given signed bundles or keys; bring %s.minisig, which bundle create wrote beside it", o.Name, o.Name)
	case len(o.Trust) > 0 || o.RequireTrusted:
		return Decision{}, refuse(ErrDowngrade, Public{}, "%s: not signed, and only the keys that were named are taken; bring %s.minisig, which bundle create wrote beside it", o.Name, o.Name)
	case !o.AllowUnsigned:
		return Decision{}, refuse(ErrUnsigned, Public{}, "%s: not signed; bring %s.minisig, which bundle create wrote beside it, or take it as it is with --allow-unsigned", o.Name, o.Name)
	}
	return Decision{Unsigned: true}, nil
}
