package trust

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// statePath is where a root remembers; stateFormat changes with the meaning of the file.
const (
	statePath   = "state/trusted.json"
	stateFormat = 1
	maxState    = 1 << 20
)

// MaxKeys is how many keys a root remembers of each kind.
const MaxKeys = 1000

// Origin is how a key came to be trusted.
type Origin string

// How a key came to be trusted.
const (
	ByFirstUse Origin = "first use" // it signed the first bundle
	ByRotation Origin = "rotation"  // a trusted key named it as its replacement
	ByPerson   Origin = "person"    // key trust, --trust or trusted_keys named it
)

// Trust is a key that a root trusts.
type Trust struct {
	Key   Public    `json:"key"`
	By    Origin    `json:"by"`
	Since time.Time `json:"since"`
}

// Retirement is a key that a root refuses for ever.
type Retirement struct {
	Key        Public    `json:"key"`
	ReplacedBy *Public   `json:"replaced_by,omitempty"` // nil: revoked
	Since      time.Time `json:"since"`
}

func (r Retirement) why() string {
	if r.ReplacedBy != nil {
		return "was replaced by " + r.ReplacedBy.String()
	}
	return "was revoked"
}

// state is the file.
type state struct {
	Format  int          `json:"format"`
	Signed  bool         `json:"signed"` // a signed bundle was applied, or a key was named
	Trusted []Trust      `json:"trusted"`
	Retired []Retirement `json:"retired"`
}

func loadState(root *os.Root) (state, error) {
	data, err := store.ReadRegular(root, statePath, maxState)
	if errors.Is(err, fs.ErrNotExist) {
		return state{Format: stateFormat}, nil
	}
	var s state
	if err == nil {
		s, err = parseState(data)
	}
	if err != nil {
		return state{}, fmt.Errorf("%s: %w; bring it back from a backup, or move it away and name the keys again with offmirror key trust", statePath, err)
	}
	return s, nil
}

// parseState is strict: a file that this program did not write may have lost what protects
// the mirror.
func parseState(data []byte) (state, error) {
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return state{}, fmt.Errorf("not what offmirror wrote: %w", err)
	}
	if version.Format != stateFormat {
		return state{}, fmt.Errorf("of format %d, and this offmirror knows %d only", version.Format, stateFormat)
	}
	var s state
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return state{}, fmt.Errorf("not what offmirror wrote: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return state{}, errors.New("not what offmirror wrote: something follows the document")
	}
	return s, s.check()
}

// check finds what no sequence of ours leads to.
func (s *state) check() error {
	if len(s.Trusted) > MaxKeys || len(s.Retired) > MaxKeys {
		return fmt.Errorf("more than %d keys", MaxKeys)
	}
	if len(s.Trusted)+len(s.Retired) > 0 && !s.Signed {
		return errors.New("it has keys and says that no signature was ever seen")
	}
	seen := map[[32]byte]bool{}
	for _, t := range s.Trusted {
		if t.Key.IsZero() || seen[t.Key.point] {
			return fmt.Errorf("the key %s is missing or there twice", t.Key)
		}
		if t.By != ByFirstUse && t.By != ByRotation && t.By != ByPerson {
			return fmt.Errorf("nobody trusts a key by %.40q", string(t.By))
		}
		seen[t.Key.point] = true
	}
	for _, r := range s.Retired {
		if r.Key.IsZero() || seen[r.Key.point] {
			return fmt.Errorf("the key %s is missing or there twice", r.Key)
		}
		if r.ReplacedBy != nil && (r.ReplacedBy.IsZero() || r.ReplacedBy.Same(r.Key)) {
			return fmt.Errorf("the key %s was replaced by no other", r.Key)
		}
		seen[r.Key.point] = true
	}
	return nil
}

func (s *state) save(root *os.Root) error {
	if err := s.check(); err != nil {
		return fmt.Errorf("%s: %w", statePath, err)
	}
	if s.Trusted == nil {
		s.Trusted = []Trust{}
	}
	if s.Retired == nil {
		s.Retired = []Retirement{}
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", statePath, err)
	}
	return layout.WriteFile(root, statePath, append(data, '\n'), 0o644)
}

// trusts returns what is known of a trusted key.
func (s *state) trusts(key Public) bool {
	for _, t := range s.Trusted {
		if t.Key.Same(key) {
			return true
		}
	}
	return false
}

// retired returns what is known of a retired key, or nil.
func (s *state) retired(key Public) *Retirement {
	for i := range s.Retired {
		if s.Retired[i].Key.Same(key) {
			return &s.Retired[i]
		}
	}
	return nil
}

func (s *state) trust(key Public, by Origin, at time.Time) {
	s.Signed = true
	if !s.trusts(key) && s.retired(key) == nil {
		s.Trusted = append(s.Trusted, Trust{Key: key, By: by, Since: at})
	}
}

func (s *state) retire(key Public, replacement *Public, at time.Time) {
	s.Signed = true
	var kept []Trust
	for _, t := range s.Trusted {
		if !t.Key.Same(key) {
			kept = append(kept, t)
		}
	}
	s.Trusted = kept
	if s.retired(key) == nil {
		s.Retired = append(s.Retired, Retirement{Key: key, ReplacedBy: replacement, Since: at})
	}
}
