package hexpm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// planRules changes whenever the same options and upstream would give another
// snapshot than before, so that existing mirrors are worked over once.
const planRules = 1

// fingerprint identifies everything but the upstream that a plan depends on.
func (s *settings) fingerprint(locks []lockFile, siteKey string, pulled []string) (string, error) {
	h := sha256.New()
	options, err := json.Marshal(s.options)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(h, "%d %s %s\n", planRules, options, siteKey)
	for _, r := range s.repositories {
		fmt.Fprintf(h, "%s %s\n", r.prefix, r.trust.Key.Fingerprint())
	}
	fmt.Fprintf(h, "%s\n", s.elixirKey.Fingerprint())
	for _, l := range locks {
		fmt.Fprintf(h, "%s %d\n", l.path, len(l.data))
		_, _ = h.Write(l.data)
	}
	for _, path := range pulled {
		fmt.Fprintf(h, "pulled %q\n", path)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
