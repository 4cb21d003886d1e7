package treehash_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

func TestParseHash(t *testing.T) {
	const empty = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
	h, err := treehash.ParseHash(empty)
	if err != nil || h != treehash.EmptyTree || h.String() != empty || h.IsZero() {
		t.Errorf("%v, %v", h, err)
	}
	for _, bad := range []string{
		"", "4b825d", strings.ToUpper(empty), empty + "0", empty[1:], empty[1:] + "g", empty[1:] + "\n",
		strings.Repeat("\n", 100000),
	} {
		h, err := treehash.ParseHash(bad)
		if !errors.Is(err, treehash.ErrNotHash) || !h.IsZero() {
			t.Errorf("%.50q: %v, %v", bad, h, err)
			continue
		}
		oneShortLine(t, err)
	}
}

func TestHashAsText(t *testing.T) {
	text, err := json.Marshal(map[treehash.Hash]treehash.Hash{treehash.EmptyTree: treehash.EmptyTree})
	if err != nil {
		t.Fatal(err)
	}
	var back map[treehash.Hash]treehash.Hash
	if err := json.Unmarshal(text, &back); err != nil || back[treehash.EmptyTree] != treehash.EmptyTree {
		t.Errorf("%s: %v, %v", text, back, err)
	}
	if err := json.Unmarshal([]byte(`{"x":"y"}`), &back); err == nil {
		t.Error("no error")
	}
}

func TestWords(t *testing.T) {
	seen := map[string]bool{}
	for i := range 6 {
		seen[treehash.Rule(i).String()] = true
		seen[treehash.Compression(i).String()] = true
	}
	if len(seen) != 12 {
		t.Error(seen)
	}
	if h := (&treehash.Tree{}).Hash(0); !h.IsZero() {
		t.Error(h)
	}
}

func TestSniff(t *testing.T) {
	for head, want := range map[string]treehash.Compression{
		"":                         treehash.Plain,
		"\x1f":                     treehash.Plain,
		"\x1f\x8b":                 treehash.Gzip,
		"\x28\xb5\x2f\xfd\x00":     treehash.Zstd,
		"BZh9":                     treehash.Bzip2,
		"\xfd7zXZ\x00\x00":         treehash.XZ,
		"\xfd7zXZ":                 treehash.Plain,
		"Registry.toml\x00\x00":    treehash.Plain,
		"\x50\x2a\x4d\x18\x00\x00": treehash.Plain, // a skippable frame of zstd: Julia does not know it either
	} {
		if got := treehash.Sniff([]byte(head)); got != want {
			t.Errorf("%q: %v", head, got)
		}
	}
}
