package hexpmtest

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// Upstream is a Hex repository with everything beside it: further repositories
// below repos/NAME, installers and builds. It embeds its main repository.
type Upstream struct {
	*Repository

	seed      uint64
	elixirKey *registry.SigningKey
	clock     func() time.Time
	missing   int    // HTTP status for what does not exist
	builds    string // base URL to which /installs and /builds are redirected, or empty

	mu       sync.Mutex
	repos    map[string]*Repository // below repos/NAME
	files    map[string]*object     // installers, builds and whatever else has a fixed path
	lists    map[string][]string    // lines of installer lists and builds.txt, by path
	frozen   map[string]*frozen
	tampered map[string]func([]byte) []byte
	spool    string // folder with tarballs written by Spool, or empty

	logMu     sync.Mutex
	log       []Request
	intercept func(http.ResponseWriter, *http.Request) bool
}

// Option changes how [New] makes an upstream.
type Option func(*Upstream)

// WithName sets the main repository's name. It is "hexpm" otherwise.
func WithName(name string) Option { return func(u *Upstream) { u.name = name } }

// WithSeed changes the generated contents of packages.
func WithSeed(seed uint64) Option { return func(u *Upstream) { u.seed = seed } }

// WithClock sets the clock by which events are dated. Without it the first event
// happens at the beginning of 2026, and each one a second after the one before.
func WithClock(now func() time.Time) Option { return func(u *Upstream) { u.clock = now } }

// WithKey sets the key that signs registry files. Without it all upstreams have
// the same one.
func WithKey(k *registry.SigningKey) Option { return func(u *Upstream) { u.key = k } }

// WithElixirKey sets the key that signs lists of installers. Without it all
// upstreams have the same one.
func WithElixirKey(k *registry.SigningKey) Option { return func(u *Upstream) { u.elixirKey = k } }

// WithMissing sets the HTTP status for what does not exist: 404, or 403 as
// hex.pm's storage once answered.
func WithMissing(status int) Option { return func(u *Upstream) { u.missing = status } }

// WithBuildsAt redirects /installs and /builds to another base URL, as
// repo.hex.pm does.
func WithBuildsAt(baseURL string) Option { return func(u *Upstream) { u.builds = baseURL } }

// New makes an upstream without packages.
func New(options ...Option) *Upstream {
	u := &Upstream{
		seed:     1,
		missing:  http.StatusNotFound,
		repos:    make(map[string]*Repository),
		files:    make(map[string]*object),
		lists:    make(map[string][]string),
		frozen:   make(map[string]*frozen),
		tampered: make(map[string]func([]byte) []byte),
	}
	u.Repository = &Repository{u: u, name: "hexpm", packages: make(map[string]*pkg)}
	for _, o := range options {
		o(u)
	}
	if u.key == nil {
		u.key = registryKey()
	}
	if u.elixirKey == nil {
		u.elixirKey = elixirKey()
	}
	if u.clock == nil {
		next := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		u.clock = func() time.Time {
			next = next.Add(time.Second)
			return next
		}
	}
	u.rebuiltAt = u.now()
	return u
}

// now dates an event. hex.pm keeps microseconds.
func (u *Upstream) now() time.Time { return u.clock().UTC().Truncate(time.Microsecond) }

// PublicKey returns the key that registry files are signed with.
func (u *Upstream) PublicKey() *registry.PublicKey { return u.key.Public() }

// ElixirKey returns the key that lists of installers are signed with.
func (u *Upstream) ElixirKey() *registry.PublicKey { return u.elixirKey.Public() }

// AddRepository makes a further repository below repos/NAME, signed by the same
// key, as organisations of hex.pm have. With a token, only requests that carry
// it in Authorization, alone or after "Bearer ", are answered.
func (u *Upstream) AddRepository(name, token string) *Repository {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.repos[name] != nil {
		panic(fmt.Sprintf("hexpmtest: repository %s exists", name))
	}
	r := &Repository{u: u, name: name, key: u.key, token: token, packages: make(map[string]*pkg)}
	r.rebuiltAt = u.now()
	u.repos[name] = r
	return r
}

// Put serves data at a path, whatever it is: a file of which this package knows
// nothing.
func (u *Upstream) Put(path string, data []byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.files[path] = newObject(data, u.now(), cacheBuilds)
}

// Remove takes away what [Upstream.Put] or an installer or build put at a path.
func (u *Upstream) Remove(path string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.files, path)
}
