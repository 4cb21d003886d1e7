package trust

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// Trusted is whom a mirror root trusts. Methods that write want the root's
// [layout.Lock]; they read the file anew, so that what another process wrote is not lost.
// A Trusted is for one goroutine at a time.
type Trusted struct {
	Now func() time.Time // the time that is remembered with a key; never decides anything

	root  *os.Root
	state state
}

// OpenTrusted reads ROOT/state/trusted.json. A root without that file trusts nobody yet. A file
// of another format, or one that is damaged, is an error: to go on would be to forget whom
// to refuse.
func OpenTrusted(root *os.Root) (*Trusted, error) {
	s, err := loadState(root)
	if err != nil {
		return nil, err
	}
	return &Trusted{Now: time.Now, root: root, state: s}, nil
}

// Decided reports whether the root has a say about signers: it trusts somebody, refuses somebody, or has
// seen a signature.
func (t *Trusted) Decided() bool {
	return t.state.Signed || len(t.state.Trusted) > 0 || len(t.state.Retired) > 0
}

// Keys returns the trusted keys, oldest first.
func (t *Trusted) Keys() []Trust { return slices.Clone(t.state.Trusted) }

// Retired returns the keys that are refused for ever, oldest first.
func (t *Trusted) Retired() []Retirement { return slices.Clone(t.state.Retired) }

// Signed reports whether the root has seen a signature or was told a key. If so, it takes
// no unsigned bundle any more.
func (t *Trusted) Signed() bool { return t.state.Signed }

// Trust remembers keys that a person trusts. A retired key is refused with an error that
// matches [ErrRetired], and then nothing is changed.
func (t *Trusted) Trust(keys ...Public) error {
	return t.change(func(s *state) error {
		for _, key := range keys {
			if r := s.retired(key); r != nil {
				return refuse(ErrRetired, key, "key %s %s and stays refused; make a new one with offmirror key generate", key, r.why())
			}
			s.trust(key, ByPerson, t.now())
		}
		return nil
	})
}

// Revoke remembers that keys are never to be taken, whether they were trusted or not.
func (t *Trusted) Revoke(keys ...Public) error {
	return t.change(func(s *state) error {
		for _, key := range keys {
			s.retire(key, nil, t.now())
		}
		return nil
	})
}

// Accept remembers what a bundle that was applied has shown: its signer is trusted, those
// whom it replaced have retired, and unsigned bundles are refused from now on. If the signer was
// revoked since [Trusted.Check] the error matches [ErrRetired]. To accept twice is to accept once.
func (t *Trusted) Accept(d Decision) error {
	if d.Unsigned {
		return nil
	}
	if d.Signer.IsZero() {
		return errors.New("accept: no bundle was checked")
	}
	return t.change(func(s *state) error {
		for i := range d.way {
			if r := s.retired(d.way[i]); r != nil && !(i+1 < len(d.way) && r.ReplacedBy != nil && r.ReplacedBy.Same(d.way[i+1])) {
				return refuse(ErrRetired, d.Signer, "key %s %s meanwhile; the bundle stays applied, and the next one by this key is refused", d.way[i], r.why())
			}
		}
		for i, key := range d.way[:len(d.way)-1] {
			s.retire(key, &d.way[i+1], t.now())
		}
		s.trust(d.Signer, d.by, t.now())
		return nil
	})
}

// change reads the file, changes it and writes it, if that made a difference.
func (t *Trusted) change(do func(*state) error) error {
	s, err := loadState(t.root)
	if err != nil {
		return err
	}
	trusted, retired, signed := len(s.Trusted), len(s.Retired), s.Signed
	if err := do(&s); err != nil {
		return err
	}
	if len(s.Trusted) > MaxKeys || len(s.Retired) > MaxKeys {
		return fmt.Errorf("%s: a mirror remembers %d keys of each kind at most", statePath, MaxKeys)
	}
	if len(s.Trusted) != trusted || len(s.Retired) != retired || s.Signed != signed {
		if err := s.save(t.root); err != nil {
			return err
		}
	}
	t.state = s
	return nil
}

func (t *Trusted) now() time.Time { return t.Now().UTC().Truncate(time.Second) }
