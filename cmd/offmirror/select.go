package main

import (
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/config"
)

// chosen returns the ecosystems that words name, each once, in the order of the
// list of ecosystems.
func (p *program) chosen(words []string) ([]ecosystems.Ecosystem, error) {
	var all []string
	for _, eco := range p.ecosystems {
		all = append(all, eco.Words()...)
	}
	for _, word := range words {
		if slices.Contains(all, word) {
			continue
		}
		if near := config.Nearest(word, all); near != "" {
			return nil, usagef("unknown ecosystem %q; did you mean %q?", word, near)
		}
		return nil, usagef("unknown ecosystem %q; known are %s", word, strings.Join(all, ", "))
	}
	var chosen []ecosystems.Ecosystem
	for _, eco := range p.ecosystems {
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(eco.Words(), w) }) {
			chosen = append(chosen, eco)
		}
	}
	return chosen, nil
}
