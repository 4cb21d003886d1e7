package julia

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/offmirror/offmirror/layout"
)

// planRules changes whenever the same options and upstream would give another
// snapshot than before, so that existing mirrors are worked over once.
const planRules = 1

// fingerprint identifies everything but the upstream that a plan depends on.
func (s *settings) fingerprint(locks []lockFile, pulled []layout.Entry) (string, error) {
	options, err := json.Marshal(s.options)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%d %s\n", planRules, options)
	for _, l := range locks {
		fmt.Fprintf(h, "%s %d\n", l.File, len(l.data))
		_, _ = h.Write(l.data)
	}
	for _, e := range pulled {
		fmt.Fprintf(h, "pulled %q\n", e.Path)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// learning identifies the options on which it depends what is remembered of the
// artifacts of packages.
func (s *settings) learning() string {
	words := []string{fmt.Sprint(planRules), fmt.Sprint(s.lazy)}
	for _, p := range s.platforms {
		words = append(words, p.String())
	}
	return strings.Join(words, " ")
}
