package registry

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func samplePolicy() *Policy {
	return &Policy{
		Repository: "acme", Name: "strict", Description: "what we allow", Public: true,
		Repositories: []RepositoryPolicy{
			{
				Repository: "hexpm",
				Restriction: &Restriction{
					MinSeverity: SeverityHigh, HasMinSeverity: true,
					RetirementReasons: []RetirementReason{RetiredInvalid, RetiredSecurity}, Cooldown: "7d",
				},
				Overrides: []Override{{Package: "plug", Requirement: "~> 1.0"}, {Deny: true, Package: "evil"}},
			},
			{Repository: "acme"},
		},
	}
}

func TestPolicyRoundTrip(t *testing.T) {
	want := samplePolicy()
	payload := want.Marshal()
	got, err := UnmarshalPolicy(payload)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, ignoreRaw); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	if !bytes.Equal(got.Marshal(), payload) {
		t.Error("written again, the bytes differ")
	}
}

func TestPolicyIsPrivateUnlessItSaysPublic(t *testing.T) {
	head := appendText(appendText(nil, 1, "acme"), 2, "strict")
	for value, want := range map[uint64]bool{0: false, 1: true, 2: false, 1 << 40: false} {
		p, err := UnmarshalPolicy(appendNumber(bytes.Clone(head), 4, value))
		if err != nil || p.Public != want {
			t.Errorf("visibility %d: public %v, error %v; want %v", value, p.Public, err, want)
		}
	}
}

func TestUnmarshalPolicyRefuses(t *testing.T) {
	head := appendNumber(appendText(appendText(nil, 1, "acme"), 2, "strict"), 4, 0)
	with := func(repository []byte) []byte { return appendBytes(bytes.Clone(head), 5, repository) }
	acme := appendText(nil, 1, "acme")
	for _, c := range []struct {
		name    string
		payload []byte
	}{
		{"empty", nil},
		{"no visibility", appendText(appendText(nil, 1, "acme"), 2, "strict")},
		{"name is a path", appendNumber(appendText(appendText(nil, 1, "acme"), 2, "a/b"), 4, 0)},
		{"rules without repository", with(nil)},
		{"override without action", with(appendBytes(bytes.Clone(acme), 3, appendBytes(nil, 2, appendText(nil, 1, "plug"))))},
		{"override without package", with(appendBytes(bytes.Clone(acme), 3, appendBytes(appendNumber(nil, 1, 0), 2, nil)))},
		{"override of a path", with(appendBytes(bytes.Clone(acme), 3, appendBytes(appendNumber(nil, 1, 0), 2, appendText(nil, 1, ".."))))},
		{"torn reasons", with(appendBytes(bytes.Clone(acme), 2, appendBytes(nil, 2, []byte{0x80})))},
		{"restricted twice", with(appendBytes(appendBytes(bytes.Clone(acme), 2, nil), 2, nil))},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := UnmarshalPolicy(c.payload); !errors.Is(err, ErrMalformed) {
				t.Errorf("error %v, want ErrMalformed", err)
			}
		})
	}
}
