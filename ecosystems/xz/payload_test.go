package xz_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
)

// payloads are what the files in testdata hold; xz itself packed them.
var payloads = map[string]func() []byte{
	"empty": func() []byte { return nil },
	"one":   func() []byte { return []byte("1") },
	"zeros": func() []byte { return make([]byte, 5<<20) },
	"text":  func() []byte { return text(1, 60_000) },
	"noise": func() []byte { return noise(2, 6_000) },
	// Text, noise and the text again, at a distance that only a large dictionary spans.
	"mixed": func() []byte {
		return bytes.Join([][]byte{text(3, 9_000), noise(4, 3_000), bytes.Repeat([]byte{'x'}, 3<<20), text(3, 9_000), noise(5, 2_000)}, nil)
	},
}

func text(seed uint64, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, 0))
	words := strings.Fields("module end function return using struct where for in if else Float64 Vector convert push! 0x1f 3.14 ( ) = ::")
	var b bytes.Buffer
	for b.Len() < n {
		b.WriteString(words[rng.IntN(len(words))])
		b.WriteByte(" \n"[rng.IntN(8)/7])
	}
	return b.Bytes()
}

func noise(seed uint64, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, 0))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}
