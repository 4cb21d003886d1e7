package trust

import (
	"errors"
	"maps"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// world is the policy said once more, in sets and by search, to compare with.
type world struct {
	t       *rapid.T
	keys    []Secret
	edges   map[[2]int]string // statements that one key replaces another
	root    *os.Root
	trusted map[int]bool
	retired map[int]bool
	signed  bool
}

func (w *world) key(label string) int { return rapid.IntRange(0, len(w.keys)-1).Draw(w.t, label) }

func (w *world) some(label string) []int {
	return rapid.SliceOfNDistinct(rapid.IntRange(0, len(w.keys)-1), 0, 2, rapid.ID).Draw(w.t, label)
}

func (w *world) public(numbers []int) []Public {
	var all []Public
	for _, n := range numbers {
		all = append(all, w.keys[n].Public())
	}
	return all
}

func (w *world) open() *Trusted {
	trusted, err := OpenTrusted(w.root)
	if err != nil {
		w.t.Fatal(err)
	}
	return trusted
}

// pairs draws a chain: any statements that honest and dishonest owners have ever made.
func (w *world) pairs() (pairs [][2]int, chain []string) {
	n := rapid.IntRange(0, 5).Draw(w.t, "length")
	for range n {
		p := [2]int{w.key("old"), w.key("new")}
		if p[0] == p[1] {
			continue
		}
		pairs, chain = append(pairs, p), append(chain, w.edges[p])
	}
	return pairs, chain
}

// admitted says whether the rules admit a signer, beside the first.
func (w *world) admitted(signer int, told []int, pairs [][2]int) bool {
	reached := map[int]bool{}
	for _, k := range append(slices.Collect(maps.Keys(w.trusted)), told...) {
		if !w.retired[k] {
			reached[k] = true
		}
	}
	for range pairs {
		for _, p := range pairs {
			if reached[p[0]] && !w.retired[p[1]] {
				reached[p[1]] = true
			}
		}
	}
	return reached[signer]
}

func (w *world) apply() {
	signer := w.key("signer")
	told := w.some("told")
	pairs, chain := w.pairs()
	o := Options{Trust: w.public(told), RequireTrusted: rapid.Bool().Draw(w.t, "require"), AllowUnsigned: rapid.Bool().Draw(w.t, "allow")}
	sig, err := Sign(w.keys[signer], []byte(manifest), "x")
	if err != nil {
		w.t.Fatal(err)
	}
	if rapid.IntRange(0, 5).Draw(w.t, "unsigned") == 0 {
		w.applyUnsigned(o)
		return
	}
	trusted := w.open()
	d, err := trusted.Check([]byte(manifest), sig, chain, o)
	first := !w.signed && len(told) == 0 && !o.RequireTrusted
	want := w.admitted(signer, told, pairs) || first
	if (err == nil) != want {
		w.t.Fatalf("signer %d, told %v, chain %v, trusted %v, retired %v: %v", signer, told, pairs, w.trusted, w.retired, err)
	}
	if err != nil {
		if w.retired[signer] != errors.Is(err, ErrRetired) || w.retired[signer] == errors.Is(err, ErrUntrusted) {
			w.t.Fatalf("signer %d, retired %t: %v", signer, w.retired[signer], err)
		}
		return
	}
	if d.Signer != w.keys[signer].Public() || d.Unsigned || d.First != (first && !w.admitted(signer, told, pairs)) {
		w.t.Fatalf("decision %+v about signer %d", d, signer)
	}
	if rapid.IntRange(0, 3).Draw(w.t, "interrupted") == 0 {
		return
	}
	if err := trusted.Accept(d); err != nil {
		w.t.Fatal(err)
	}
	w.signed, w.trusted[signer] = true, true
	for _, key := range d.Replaces {
		i := slices.IndexFunc(w.keys, func(s Secret) bool { return s.Public() == key })
		replaced := slices.ContainsFunc(pairs, func(p [2]int) bool { return p[0] == i })
		if i == signer || !replaced {
			w.t.Fatalf("key %d retired for the signer %d by the chain %v", i, signer, pairs)
		}
		delete(w.trusted, i)
		w.retired[i] = true
	}
}

func (w *world) applyUnsigned(o Options) {
	d, err := w.open().Check([]byte(manifest), nil, nil, o)
	want := o.AllowUnsigned && !w.signed && len(o.Trust) == 0 && !o.RequireTrusted
	if (err == nil) != want || d.Unsigned != want {
		w.t.Fatalf("unsigned, signed before %t: %+v, %v", w.signed, d, err)
	}
	if err == nil {
		if err := w.open().Accept(d); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) trust() {
	keys := w.some("keys")
	err := w.open().Trust(w.public(keys)...)
	refused := slices.ContainsFunc(keys, func(k int) bool { return w.retired[k] })
	if refused != errors.Is(err, ErrRetired) || (err != nil) != refused {
		w.t.Fatalf("trust %v with %v retired: %v", keys, w.retired, err)
	}
	if !refused {
		for _, k := range keys {
			w.trusted[k], w.signed = true, true
		}
	}
}

func (w *world) revoke() {
	keys := w.some("keys")
	if err := w.open().Revoke(w.public(keys)...); err != nil {
		w.t.Fatal(err)
	}
	for _, k := range keys {
		delete(w.trusted, k)
		w.retired[k], w.signed = true, true
	}
}

// check compares what the root remembers with the sets.
func (w *world) check() {
	trusted := w.open()
	if len(trusted.Keys()) != len(w.trusted) || len(trusted.Retired()) != len(w.retired) || trusted.Signed() != w.signed {
		w.t.Fatalf("%d trusted, %d retired, signed %t; want %v, %v, %t",
			len(trusted.Keys()), len(trusted.Retired()), trusted.Signed(), w.trusted, w.retired, w.signed)
	}
	for i, key := range w.keys {
		in := slices.ContainsFunc(trusted.Keys(), func(t Trust) bool { return t.Key == key.Public() })
		out := slices.ContainsFunc(trusted.Retired(), func(r Retirement) bool { return r.Key == key.Public() })
		if in != w.trusted[i] || out != w.retired[i] {
			w.t.Fatalf("key %d: trusted %t, retired %t; want %t, %t", i, in, out, w.trusted[i], w.retired[i])
		}
	}
}

// Whatever bundles come, in whatever order, whoever rotates, names or revokes keys: nobody is
// taken whom no rule admits, and nobody comes back.
func TestPolicyHoldsAgainstAnySequence(t *testing.T) {
	var keys []Secret
	for i := range 5 {
		keys = append(keys, keyOf(t, byte(i)))
	}
	keys = append(keys, withID(t, keyOf(t, 99), keys[0].Public().id)) // a stranger under the id of another
	edges := map[[2]int]string{}
	for i := range keys {
		for j := range keys {
			if i != j {
				edges[[2]int{i, j}] = rotate(t, keys[i], keys[j])
			}
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			r.Fatal(err)
		}
		defer root.Close()
		w := &world{t: r, keys: keys, edges: edges, root: root, trusted: map[int]bool{}, retired: map[int]bool{}}
		r.Repeat(map[string]func(*rapid.T){
			"apply":  func(*rapid.T) { w.apply() },
			"again":  func(*rapid.T) { w.apply() },
			"trust":  func(*rapid.T) { w.trust() },
			"revoke": func(*rapid.T) { w.revoke() },
			"":       func(*rapid.T) { w.check() },
		})
	})
}
