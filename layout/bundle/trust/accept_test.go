package trust

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

func mustCheck(t *testing.T, trusted *Trusted, d delivery) Decision {
	t.Helper()
	got, err := d.check(t, trusted)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func mustAccept(t *testing.T, trusted *Trusted, d Decision) {
	t.Helper()
	if err := trusted.Accept(d); err != nil {
		t.Fatal(err)
	}
}

func TestAcceptRemembers(t *testing.T) {
	root := openRoot(t)
	k1, k2, k3 := keyOf(t, 1), keyOf(t, 2), keyOf(t, 3)
	chain := []string{rotate(t, k1, k2), rotate(t, k2, k3)}

	first := mustCheck(t, openTrusted(t, root), delivery{by: k1})
	if _, err := root.Stat(statePath); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("Check left something behind: %v", err)
	}
	mustAccept(t, openTrusted(t, root), first)
	if _, err := (delivery{by: k2}).check(t, openTrusted(t, root)); !errors.Is(err, ErrUntrusted) {
		t.Errorf("a second first signer: %v", err)
	}
	if _, err := (delivery{o: Options{AllowUnsigned: true}}).check(t, openTrusted(t, root)); !errors.Is(err, ErrDowngrade) {
		t.Errorf("unsigned after signed: %v", err)
	}

	rotated := mustCheck(t, openTrusted(t, root), delivery{by: k3, chain: chain})
	mustAccept(t, openTrusted(t, root), rotated)
	mustAccept(t, openTrusted(t, root), rotated) // as after an interruption
	for _, old := range []Secret{k1, k2} {
		_, err := (delivery{by: old, chain: chain}).check(t, openTrusted(t, root))
		if !errors.Is(err, ErrRetired) || !strings.Contains(err.Error(), "was replaced by") {
			t.Errorf("the key before: %v", err)
		}
		if err := openTrusted(t, root).Trust(old.Public()); !errors.Is(err, ErrRetired) {
			t.Errorf("trust the key before: %v", err)
		}
	}
	// The owner of a stolen key names another successor: too late.
	thief := keyOf(t, 66)
	if _, err := (delivery{by: thief, chain: []string{rotate(t, k1, thief)}}).check(t, openTrusted(t, root)); !errors.Is(err, ErrUntrusted) {
		t.Errorf("another successor: %v", err)
	}
	// The old rotations come again with each bundle, and with one that leads back.
	mustAccept(t, openTrusted(t, root), mustCheck(t, openTrusted(t, root), delivery{by: k3, chain: append(chain, rotate(t, k3, k1))}))

	data, err := os.ReadFile(root.Name() + "/" + statePath)
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "format": 1,
  "signed": true,
  "trusted": [
    {
      "key": "` + k3.Public().String() + `",
      "by": "rotation",
      "since": "2030-01-02T03:04:05Z"
    }
  ],
  "retired": [
    {
      "key": "` + k1.Public().String() + `",
      "replaced_by": "` + k2.Public().String() + `",
      "since": "2030-01-02T03:04:05Z"
    },
    {
      "key": "` + k2.Public().String() + `",
      "replaced_by": "` + k3.Public().String() + `",
      "since": "2030-01-02T03:04:05Z"
    }
  ]
}
`
	if string(data) != want {
		t.Errorf("%s is\n%s\nwant\n%s", statePath, data, want)
	}
}

func TestAcceptOfWhatWasNamed(t *testing.T) {
	root := openRoot(t)
	k1 := keyOf(t, 1)
	trusted := openTrusted(t, root)
	mustAccept(t, trusted, mustCheck(t, trusted, delivery{by: k1, o: Options{Trust: []Public{k1.Public()}}}))
	if keys := openTrusted(t, root).Keys(); len(keys) != 1 || keys[0].By != ByPerson {
		t.Errorf("remembered: %v", keys)
	}
}

func TestAcceptRefusesAKeyThatWasRevokedMeanwhile(t *testing.T) {
	root := openRoot(t)
	k1, k2 := keyOf(t, 1), keyOf(t, 2)
	trusted := openTrusted(t, root)
	if err := trusted.Trust(k1.Public()); err != nil {
		t.Fatal(err)
	}
	direct := mustCheck(t, trusted, delivery{by: k1})
	rotated := mustCheck(t, trusted, delivery{by: k2, chain: []string{rotate(t, k1, k2)}})
	if err := openTrusted(t, root).Revoke(k1.Public()); err != nil {
		t.Fatal(err)
	}
	for _, d := range []Decision{direct, rotated} {
		if err := trusted.Accept(d); !errors.Is(err, ErrRetired) {
			t.Errorf("accepted: %v", err)
		}
	}
	if keys := openTrusted(t, root).Keys(); len(keys) != 0 {
		t.Errorf("trusted: %v", keys)
	}
}

func TestAcceptOfNothing(t *testing.T) {
	root := openRoot(t)
	trusted := openTrusted(t, root)
	if err := trusted.Accept(Decision{}); err == nil {
		t.Error("accepted what was never checked")
	}
	mustAccept(t, trusted, mustCheck(t, trusted, delivery{o: Options{AllowUnsigned: true}}))
	if openTrusted(t, root).Signed() {
		t.Error("an unsigned bundle counts as signed")
	}
}

func TestWhoMakesKeysWithOneNumberIsAsKnownAsBefore(t *testing.T) {
	k1, k2 := keyOf(t, 1), keyOf(t, 2)
	root := openRoot(t)
	trusted := openTrusted(t, root)
	if err := trusted.Trust(k1.Public()); err != nil {
		t.Fatal(err)
	}
	// Another key that has the id of a trusted one is a stranger all the same.
	twin := withID(t, k2, k1.Public().id)
	if _, err := (delivery{by: twin}).check(t, trusted); !errors.Is(err, ErrUntrusted) {
		t.Errorf("a stranger with a trusted id: %v", err)
	}
	// A revoked key stays revoked under every id.
	if err := trusted.Revoke(k1.Public()); err != nil {
		t.Fatal(err)
	}
	renamed := withID(t, k1, k2.Public().id)
	if _, err := (delivery{by: renamed}).check(t, trusted); !errors.Is(err, ErrRetired) {
		t.Errorf("a revoked key with another id: %v", err)
	}
	if err := trusted.Trust(renamed.Public()); !errors.Is(err, ErrRetired) {
		t.Errorf("trust a revoked key with another id: %v", err)
	}
}
