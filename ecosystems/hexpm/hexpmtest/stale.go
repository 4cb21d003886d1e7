package hexpmtest

import "fmt"

// frozen is an old answer that a cache still gives.
type frozen struct {
	object   *object // nil: the cache says that there is nothing
	left     int     // further requests to answer; negative: any number
	bypassed bool    // not for requests that ask for a revalidated copy
}

// Freeze keeps serving what a path holds now, or that it holds nothing, until
// [Upstream.Thaw].
func (u *Upstream) Freeze(path string) { u.freeze(path, frozen{left: -1}) }

// FreezeFor is Freeze for so many requests (GET or HEAD) for the path.
func (u *Upstream) FreezeFor(path string, requests int) { u.freeze(path, frozen{left: requests}) }

// FreezeCache is Freeze for requests that do not ask for a revalidated copy by
// "Cache-Control: no-cache".
func (u *Upstream) FreezeCache(path string) { u.freeze(path, frozen{left: -1, bypassed: true}) }

func (u *Upstream) freeze(path string, f frozen) {
	u.mu.Lock()
	defer u.mu.Unlock()
	f.object = u.find(path)
	u.frozen[path] = &f
}

// Thaw ends what any of the Freeze methods began.
func (u *Upstream) Thaw(path string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.frozen, path)
}

// Tamper passes what is served at a path through edit, which must not change its
// argument. The ETag follows the bytes. A nil edit ends it.
func (u *Upstream) Tamper(path string, edit func([]byte) []byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if edit == nil {
		delete(u.tampered, path)
		return
	}
	u.tampered[path] = edit
}

// look is how a path is looked at.
type look struct {
	revalidate bool // the request asks for a revalidated copy
	peek       bool // it is no request: FreezeFor does not count it
}

// current returns what a request for path is answered with, or nil. The caller
// holds the lock.
func (u *Upstream) current(path string, how look) *object {
	o := u.frozenOr(path, how)
	edit := u.tampered[path]
	if o == nil || edit == nil {
		return o
	}
	data, err := o.bytes()
	if err != nil {
		panic(fmt.Sprintf("hexpmtest: %s: %v", path, err))
	}
	return newObject(edit(data), o.modified, o.cache)
}

func (u *Upstream) frozenOr(path string, how look) *object {
	f := u.frozen[path]
	if f == nil || f.bypassed && how.revalidate {
		return u.find(path)
	}
	if f.left == 0 {
		delete(u.frozen, path)
		return u.find(path)
	}
	if f.left > 0 && !how.peek {
		f.left--
	}
	return f.object
}
