package hexpmtest

import (
	"fmt"
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/ecosystems/hexpm/tarball"
)

// PublishDocs adds or replaces the documentation of a release: an index.html
// with the given text. No registry file tells of it.
func (r *Repository) PublishDocs(name, v, text string) {
	packed, err := tarball.PackContents(tarball.File{Name: "index.html", Data: []byte(text)})
	if err != nil {
		panic("hexpmtest: " + err.Error())
	}
	r.change(name, event{updatedAt: true}, func(p *pkg, now time.Time) {
		o := newObject(packed, now, cacheDocs)
		o.multipart()
		p.must(v).docs = o
	})
}

// RevertDocs removes the documentation of a release.
func (r *Repository) RevertDocs(name, v string) {
	r.change(name, event{updatedAt: true}, func(p *pkg, _ time.Time) { p.must(v).docs = nil })
}

// PublishPolicy adds or replaces a policy of this repository, which it is signed
// for. A public one is served without a token.
func (r *Repository) PublishPolicy(p registry.Policy) {
	p.Repository, p.Raw = r.name, nil
	file, err := r.key.Seal(p.Marshal())
	if err != nil {
		panic(fmt.Sprintf("hexpmtest: policy %s: %v", p.Name, err))
	}
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	if r.policies == nil {
		r.policies, r.public = make(map[string]*object), make(map[string]bool)
	}
	cache := "private, max-age=60"
	if p.Public {
		cache = "public, max-age=600"
	}
	r.policies[p.Name] = newObject(file, r.u.now(), cache)
	r.public[p.Name] = p.Public
}
