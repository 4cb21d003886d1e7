package hexpm

import (
	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// maxPublicKey is far beyond any PEM file with one key, in bytes.
const maxPublicKey = 64 << 10

// compareKeys holds the keys that upstreams publish against the pinned ones. A
// difference changes nothing, since only pinned keys count, but somebody should
// know: the key was rotated, or something in between answers.
func (p *planner) compareKeys() error {
	if !p.sweep() {
		return nil
	}
	var questions []question
	for _, s := range p.shelves {
		q := s.request(publicKeyFile)
		q.MaxSize, q.Absent = maxPublicKey, hidden
		questions = append(questions, question{q, s.compareKey})
	}
	return p.ask(questions)
}

func (s *shelf) compareKey(d ecosystems.Document, err error) error {
	if err != nil {
		return nil // not every repository publishes its key, and nothing depends on it
	}
	published, err := registry.ParsePublicKey(d.Data)
	switch {
	case err != nil:
		s.p.notice("public-key", s.prefix+publicKeyFile, "%s is no key: %v", s.at(publicKeyFile), err)
	case !published.Equal(s.trust.Key):
		s.p.notice("public-key", s.prefix+publicKeyFile, "%s publishes the key %s, but %s is the one that is trusted here",
			s.at(""), published.Fingerprint(), s.trust.Key.Fingerprint())
	}
	return nil
}
