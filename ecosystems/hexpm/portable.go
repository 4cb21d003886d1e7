package hexpm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
)

var _ ecosystems.Portable = (*Options)(nil)

// Portable implements [ecosystems.Portable]: public keys stand for their files, so that
// signatures can be checked where only the mirror has come to.
func (o *Options) Portable() (any, error) {
	p := *o
	p.Repositories = slices.Clone(o.Repositories)
	keys := map[string]*string{"public_key": &p.PublicKey, "elixir_key": &p.ElixirKey}
	for i := range p.Repositories {
		r := &p.Repositories[i]
		keys[fmt.Sprintf("repositories[%s].public_key", r.Name)] = &r.PublicKey
	}
	for key, value := range keys {
		k, err := readPublicKey(key, *value, nil)
		if err != nil {
			return nil, err
		}
		if k != nil {
			*value = string(k.PEM())
		}
	}
	return &p, nil
}

// isKey tells a key from the name of a file.
func isKey(text string) bool { return strings.HasPrefix(text, "-----BEGIN ") }
