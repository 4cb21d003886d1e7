package fetch

import (
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/fetch/digest"
)

// maxKey bounds [Request.Key], in bytes.
const maxKey = 4096

// immutable reports whether a request names particular bytes.
func (r *Request) immutable() bool { return len(r.Want) > 0 || r.Key != "" }

// identity is what names the bytes of a request, as text.
func (r *Request) identity() string {
	text := wantText(r.Want)
	if r.Key != "" {
		text += "\nkey " + r.Key
	}
	return text
}

// recordKey is where the journal keeps which object a request turned out to mean.
func (r *Request) recordKey() journalKey { return recordKey("want", r.identity()) }

// callKey is the SHA-256 where that is wanted, else a digest of all that names the bytes.
func (r *Request) callKey() callKey {
	if id, ok := wantedID(r.Want); ok {
		return callKey(id)
	}
	return sha256.Sum256([]byte("want\n" + r.identity()))
}

// wantText lists digests, sorted.
func wantText(want []digest.Digest) string {
	list := make([]string, len(want))
	for i, d := range want {
		list[i] = d.String()
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), "\n")
}

// Known returns the object that a Key turned out to mean, by [Engine.Fetch] or by
// [Engine.Remember], if the store still has it.
func (e *Engine) Known(key string) (Object, bool) {
	res, ok := e.held(&Request{Key: key})
	return res.Object, ok
}

// Remember notes which object a Key means, for objects that were not fetched but
// made of others. It is to be called before the object becomes durable, so that a
// kill in between costs nothing; a Key of an object that is not in the store counts
// as unknown.
func (e *Engine) Remember(key string, o Object) {
	r := Request{Key: key}
	e.journal.put(r.recordKey(), record{id: o.ID, size: o.Size})
}

// Held returns the object that [Engine.Fetch] would return without asking anybody.
func (e *Engine) Held(r Request) (Object, bool) {
	if !r.immutable() {
		return Object{}, false
	}
	res, ok := e.held(&r)
	return res.Object, ok
}
