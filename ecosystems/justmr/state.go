package justmr

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/offmirror/offmirror/layout"
)

// state is the driver's memory of the run that made the current snapshot.
type state struct {
	Format      int              `json:"format"`
	Fingerprint string           `json:"fingerprint"`
	Partial     bool             `json:"partial,omitempty"` // it lacked what upstream may still have
	Deep        time.Time        `json:"deep"`              // when upstreams were last looked at
	Facts       map[string]facts `json:"facts"`             // by content
	Links       map[string]link  `json:"links"`             // by URL, without credentials

	Seen map[string]time.Time `json:"seen,omitempty"` // when git repositories and trees came, by name and id
}

// stateFormat changes whenever older states could mislead.
const stateFormat = 2

// facts are what is known of a file beside its content id and SHA-256.
type facts struct {
	SHA512    string    `json:"sha512"`
	Licence   string    `json:"licence,omitempty"` // paths in the archive, separated by commas
	FirstSeen time.Time `json:"first_seen"`
}

// planRules changes whenever the same options and configurations would give another
// snapshot than before, so that existing mirrors are worked over once.
const planRules = 4

// fingerprint identifies all that a plan depends on but the network.
func (s *settings) fingerprint(configs []configFile, dir string, pulled []layout.Entry) (string, error) {
	options, err := json.Marshal(s.Options)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%d %s %q\n", planRules, options, dir)
	for _, c := range configs {
		fmt.Fprintf(h, "%q %d\n", c.name, len(c.data))
		_, _ = h.Write(c.data)
	}
	for _, e := range pulled {
		fmt.Fprintf(h, "pulled %q\n", e.Path)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
