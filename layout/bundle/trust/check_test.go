package trust

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// delivery is a bundle as the far side sees it.
type delivery struct {
	by     Secret // zero: not signed
	chain  []string
	change func(sig []byte) []byte
	o      Options
}

const manifest = "a manifest\n"

func (d delivery) check(t *testing.T, trusted *Trusted) (Decision, error) {
	t.Helper()
	var sig []byte
	if !d.by.IsZero() {
		sig = sign(t, d.by, manifest)
	}
	if d.change != nil {
		sig = d.change(sig)
	}
	d.o.Name = "nightly.manifest"
	return trusted.Check([]byte(manifest), sig, d.chain, d.o)
}

func TestPolicy(t *testing.T) {
	k1, k2, k3, k4 := keyOf(t, 1), keyOf(t, 2), keyOf(t, 3), keyOf(t, 4)
	k12, k23, k34, k21 := rotate(t, k1, k2), rotate(t, k2, k3), rotate(t, k3, k4), rotate(t, k2, k1)
	chain := []string{k12, k23, k34}
	pubs := func(keys ...Secret) (all []Public) {
		for _, k := range keys {
			all = append(all, k.Public())
		}
		return all
	}
	for _, c := range []struct {
		name     string
		trust    []Secret // that the root trusts
		revoke   []Secret // and that it refuses
		delivery delivery
		want     Decision
		refused  error
		says     []string
	}{
		{name: "the first signer of a fresh root", delivery: delivery{by: k1}, want: Decision{Signer: k1.Public(), First: true}},
		{name: "the first signer, with its history", delivery: delivery{by: k3, chain: chain}, want: Decision{Signer: k3.Public(), First: true}},
		{name: "the first signer, where strangers are not taken", delivery: delivery{by: k1, o: Options{RequireTrusted: true}},
			refused: ErrUntrusted, says: []string{"offmirror key trust " + k1.Public().String()}},
		{name: "a fresh root that was told", delivery: delivery{by: k1, o: Options{Trust: pubs(k2, k1), RequireTrusted: true}}, want: Decision{Signer: k1.Public()}},
		{name: "a fresh root that was told of another", delivery: delivery{by: k1, o: Options{Trust: pubs(k2)}},
			refused: ErrUntrusted, says: []string{"--trust " + k1.Public().String()}},
		{name: "a fresh root that was told of the key before", delivery: delivery{by: k2, chain: chain, o: Options{Trust: pubs(k1)}},
			want: Decision{Signer: k2.Public(), Replaces: pubs(k1)}},
		{name: "the first signer, by stock minisign", delivery: delivery{by: k1, change: func(s []byte) []byte { return asStock(t, s) }},
			refused: ErrUntrusted, says: []string{k1.Public().ID(), "--trust FILE"}},
		{name: "told, by stock minisign", delivery: delivery{by: k1, change: func(s []byte) []byte { return asStock(t, s) }, o: Options{Trust: pubs(k1)}},
			want: Decision{Signer: k1.Public()}},
		{name: "a trusted key", trust: []Secret{k1, k2}, delivery: delivery{by: k2}, want: Decision{Signer: k2.Public()}},
		{name: "a trusted key among histories", trust: []Secret{k2}, delivery: delivery{by: k2, chain: chain}, want: Decision{Signer: k2.Public()}},
		{name: "a stranger", trust: []Secret{k1}, delivery: delivery{by: k2},
			refused: ErrUntrusted, says: []string{"offmirror key trust " + k2.Public().String(), "does not trust"}},
		{name: "a stranger that was named for this time", trust: []Secret{k1}, delivery: delivery{by: k2, o: Options{Trust: pubs(k2)}}, want: Decision{Signer: k2.Public()}},
		{name: "one step", trust: []Secret{k1}, delivery: delivery{by: k2, chain: chain}, want: Decision{Signer: k2.Public(), Replaces: pubs(k1)}},
		{name: "three steps", trust: []Secret{k1}, delivery: delivery{by: k4, chain: chain}, want: Decision{Signer: k4.Public(), Replaces: pubs(k1, k2, k3)}},
		{name: "three steps, from the middle", trust: []Secret{k3}, delivery: delivery{by: k4, chain: chain}, want: Decision{Signer: k4.Public(), Replaces: pubs(k3)}},
		{name: "three steps in disorder", trust: []Secret{k1}, delivery: delivery{by: k4, chain: []string{k34, k12, k23}}, want: Decision{Signer: k4.Public(), Replaces: pubs(k1, k2, k3)}},
		{name: "a step, by stock minisign", trust: []Secret{k1}, delivery: delivery{by: k2, chain: chain, change: func(s []byte) []byte { return asStock(t, s) }},
			want: Decision{Signer: k2.Public(), Replaces: pubs(k1)}},
		{name: "both are trusted, and one replaced the other", trust: []Secret{k1, k2}, delivery: delivery{by: k2, chain: chain}, want: Decision{Signer: k2.Public(), Replaces: pubs(k1)}},
		{name: "a chain with a gap", trust: []Secret{k1}, delivery: delivery{by: k4, chain: []string{k12, k34}}, refused: ErrUntrusted},
		{name: "a chain that leads elsewhere", trust: []Secret{k1}, delivery: delivery{by: k4, chain: []string{k12, k23}}, refused: ErrUntrusted},
		{name: "a loop", trust: []Secret{k1}, delivery: delivery{by: k3, chain: []string{k12, k21, k12, k23}}, want: Decision{Signer: k3.Public(), Replaces: pubs(k1, k2)}},
		{name: "a loop that leads nowhere", trust: []Secret{k1}, delivery: delivery{by: k3, chain: []string{k12, k21}}, refused: ErrUntrusted},
		{name: "a way through a revoked key", trust: []Secret{k1}, revoke: []Secret{k2}, delivery: delivery{by: k3, chain: chain}, refused: ErrUntrusted},
		{name: "a way to a revoked key", trust: []Secret{k1}, revoke: []Secret{k2}, delivery: delivery{by: k2, chain: chain}, refused: ErrRetired, says: []string{"revoked"}},
		{name: "a way from a revoked key", trust: []Secret{k4}, revoke: []Secret{k1}, delivery: delivery{by: k2, chain: chain}, refused: ErrUntrusted},
		{name: "a revoked key", trust: []Secret{k2}, revoke: []Secret{k1}, delivery: delivery{by: k1}, refused: ErrRetired, says: []string{"was revoked", "offmirror key trust"}},
		{name: "a revoked key that was named", revoke: []Secret{k1}, delivery: delivery{by: k1, o: Options{Trust: pubs(k1)}}, refused: ErrRetired},
		{name: "a revoked key, by stock minisign", revoke: []Secret{k1}, delivery: delivery{by: k1, change: func(s []byte) []byte { return asStock(t, s) }}, refused: ErrRetired},
		{name: "anybody, after the only key was revoked", revoke: []Secret{k1}, delivery: delivery{by: k2}, refused: ErrUntrusted},
		{name: "too long a chain", trust: []Secret{k1}, delivery: delivery{by: k2, chain: slices.Repeat([]string{k12}, MaxChain+1)}, refused: ErrSignature, says: []string{"33 rotations"}},
		{name: "a rotation that is none", trust: []Secret{k1}, delivery: delivery{by: k1, chain: []string{"rotate!"}}, refused: ErrSignature, says: []string{"rotation 1"}},
		{name: "not signed, fresh", refused: ErrUnsigned, says: []string{"nightly.manifest.minisig", "--allow-unsigned"}},
		{name: "not signed, fresh and allowed", delivery: delivery{o: Options{AllowUnsigned: true}}, want: Decision{Unsigned: true}},
		{name: "not signed, and told whom to trust", delivery: delivery{o: Options{AllowUnsigned: true, Trust: pubs(k1)}}, refused: ErrDowngrade, says: []string{"nightly.manifest.minisig"}},
		{name: "not signed, where strangers are not taken", delivery: delivery{o: Options{AllowUnsigned: true, RequireTrusted: true}}, refused: ErrDowngrade},
		{name: "not signed, later", trust: []Secret{k1}, delivery: delivery{o: Options{AllowUnsigned: true}}, refused: ErrDowngrade, says: []string{"nightly.manifest.minisig"}},
		{name: "not signed, all revoked", revoke: []Secret{k1}, delivery: delivery{o: Options{AllowUnsigned: true}}, refused: ErrDowngrade},
		{name: "an empty signature", delivery: delivery{change: func([]byte) []byte { return []byte{} }, o: Options{AllowUnsigned: true}}, refused: ErrSignature, says: []string{"nightly.manifest.minisig"}},
		{name: "another's signature under a trusted name", trust: []Secret{k1},
			delivery: delivery{by: k1, change: func([]byte) []byte { return sign(t, k1, "another manifest\n") }}, refused: ErrSignature, says: []string{"bring nightly.manifest and"}},
		{name: "a damaged signature, fresh", delivery: delivery{by: k1, change: func([]byte) []byte { return sign(t, k1, "another manifest\n") }}, refused: ErrSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := openRoot(t)
			trusted := openTrusted(t, root)
			if err := trusted.Trust(pubs(c.trust...)...); err != nil {
				t.Fatal(err)
			}
			if err := trusted.Revoke(pubs(c.revoke...)...); err != nil {
				t.Fatal(err)
			}
			before := trusted.state
			got, err := c.delivery.check(t, trusted)
			if !errors.Is(err, c.refused) || (err != nil) != (c.refused != nil) {
				t.Fatalf("error %v, want %v", err, c.refused)
			}
			if diff := cmp.Diff(before, trusted.state, cmp.AllowUnexported(Public{})); diff != "" {
				t.Errorf("Check changed the state:\n%s", diff)
			}
			if err != nil {
				var r *Refusal
				if !errors.As(err, &r) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%#v is no refusal in one line", err)
				}
				for _, text := range c.says {
					if !strings.Contains(err.Error(), text) {
						t.Errorf("%q does not say %q", err, text)
					}
				}
				if diff := cmp.Diff(Decision{}, got, cmp.AllowUnexported(Decision{}, Public{})); diff != "" {
					t.Errorf("a decision beside the error:\n%s", diff)
				}
				return
			}
			c.want.way, c.want.by, c.want.Comment = got.way, got.by, got.Comment
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(Decision{}, Public{})); diff != "" {
				t.Errorf("decision:\n%s", diff)
			}
		})
	}
}
