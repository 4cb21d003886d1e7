package hexpm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
	"github.com/offmirror/offmirror/fetch"
)

var _ ecosystems.Puller = (*driver)(nil)

// Puller implements [ecosystems.Puller]: registry files of packages that the indexes list, proven by the
// repository's signature (and signed anew if the mirror's indexes are filtered), and tarballs of releases that such a
// file lists, proven by their checksums. Neither documentation, which nothing proves, nor installers and builds are pulled.
func (d *driver) Puller(in ecosystems.PullInput) ecosystems.PullFunc {
	p := &pulling{settings: d.settings, in: in, listed: map[*repository]*listedNames{}}
	for _, r := range d.repositories {
		p.listed[r] = &listedNames{}
	}
	return func(path string) (ecosystems.Pull, bool) {
		f, ok := d.parsePulled(path)
		if !ok {
			return ecosystems.Pull{}, false
		}
		allowed := func() error { return p.allowed(f) }
		return ecosystems.Pull{Allowed: allowed, Get: func(ctx context.Context, w ecosystems.Workshop, follow fetch.Follower) (fetch.Object, error) {
			if f.version == "" {
				return p.packageFile(ctx, w, f, follow)
			}
			return p.tarball(ctx, w, f, follow)
		}}, true
	}
}

// valid reports whether the names in a path are such as a repository can have.
func (f pulledFile) valid(rest string) bool {
	if version.CheckName(f.name) != nil {
		return false
	}
	if f.version == "" {
		return rest == packageFile(f.name)
	}
	return registry.CheckVersion(f.version) == nil && rest == tarballFile(f.name, f.version)
}

// pulling is what a [driver.Puller] knows of one snapshot.
type pulling struct {
	*settings
	in     ecosystems.PullInput
	listed map[*repository]*listedNames
}

// listedNames are the packages, with their versions, that a repository listed when the snapshot was made.
type listedNames struct {
	once     sync.Once
	versions map[string][]string // by name
	err      error
}

func absent(format string, args ...any) error {
	return fmt.Errorf("%w: %s", fetch.ErrAbsent, fmt.Sprintf(format, args...))
}

// allowed refuses what no index lists and what the configuration denies.
func (p *pulling) allowed(f pulledFile) error {
	l := p.listed[f.repository]
	l.once.Do(func() { l.versions, l.err = p.readNames(f.repository) })
	if l.err != nil {
		return l.err
	}
	versions, known := l.versions[f.name]
	if !known {
		return absent("%s is no package that the repository listed at the last sync", f.title(f.name))
	}
	if f.version != "" && !slices.Contains(versions, f.version) {
		if _, ok := p.listedHere(f); !ok { // which may be newer
			return absent("the repository listed no %s %s at the last sync", f.title(f.name), f.version)
		}
	}
	for _, d := range p.deny {
		if d.Package == f.name && d.Requirement.IsAny() {
			return absent("%s is denied", f.title(f.name))
		}
	}
	if v, err := version.Parse(f.version); err == nil && p.denied(f.name, v) {
		return absent("%s %s is denied", f.title(f.name), f.version)
	}
	return nil
}

// readNames reads the indexes as upstream had them: those of the snapshot, or if these list only what is here, the
// memory of the run that made it.
func (p *pulling) readNames(r *repository) (map[string][]string, error) {
	var c *catalog
	if p.filtered {
		var s state
		if found, err := p.in.State.Load(&s); err == nil && found && s.Format == stateFormat {
			c = rememberedCatalog(s.Repositories[r.prefix])
		}
		if c == nil {
			return nil, absent("what the repository lists is not known here until a sync")
		}
	} else {
		names, err := p.read(r.prefix + namesFile)
		if err != nil {
			return nil, err
		}
		versions, err := p.read(r.prefix + versionsFile)
		if err != nil {
			return nil, err
		}
		if c, err = r.openCatalog(names, versions); err != nil {
			return nil, absent("what the repository lists cannot be read: %v", err)
		}
	}
	listed := make(map[string][]string, len(c.listings))
	for name, l := range c.listings {
		listed[name] = l.listed.Versions
	}
	return listed, nil
}

// read reads a file of the snapshot, or one that was pulled.
func (p *pulling) read(path string) ([]byte, error) {
	e, ok := p.in.View.Lookup(path)
	if !ok || e.IsLink() || e.Size > registry.MaxIndexFile {
		return nil, absent("the snapshot has no %s", path)
	}
	f, err := p.in.View.Open(e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, e.Size))
}

// packageFile gets packages/NAME.
func (p *pulling) packageFile(ctx context.Context, w ecosystems.Workshop, f pulledFile, follow fetch.Follower) (fetch.Object, error) {
	q := f.packageRequest(f.name)
	if !p.filtered {
		q.Follow = follow
		return w.Fetch(ctx, q)
	}
	pkg, err := p.upstreamPackage(ctx, w, f)
	if err != nil {
		return fetch.Object{}, err
	}
	key, err := p.key()
	if err != nil {
		return fetch.Object{}, err
	}
	here := pkg.Keep(func(r registry.Release) bool {
		v, err := version.Parse(r.Version)
		return err == nil && !p.denied(f.name, v)
	})
	file, err := key.Seal(here.Marshal())
	if err != nil {
		return fetch.Object{}, err
	}
	return w.Write(ctx, "", func(to io.Writer) error {
		_, err := to.Write(file)
		return err
	})
}

// key returns the key of filtered indexes, which the first sync has made.
func (p *pulling) key() (*registry.SigningKey, error) {
	if p.siteKey != nil {
		return p.siteKey, nil
	}
	text, err := p.in.Secrets.LoadOrCreate(signingSecret, func() ([]byte, error) {
		return nil, errors.New("the key that signs filtered indexes is not here; give signing_key, or sync")
	})
	if err != nil {
		return nil, err
	}
	return registry.ParseSigningKey(text)
}

// upstreamPackage reads packages/NAME as upstream has it now.
func (p *pulling) upstreamPackage(ctx context.Context, w ecosystems.Workshop, f pulledFile) (*registry.Package, error) {
	o, err := w.Fetch(ctx, f.packageRequest(f.name))
	if err != nil {
		return nil, err
	}
	body, err := w.Open(o)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	data, err := readAll(body, o.Size, registry.MaxPackageFile)
	if err != nil {
		return nil, err
	}
	return f.trust.Package(data, f.name)
}

// tarball gets a release that the registry file here lists, or if that does not, the one upstream.
func (p *pulling) tarball(ctx context.Context, w ecosystems.Workshop, f pulledFile, follow fetch.Follower) (fetch.Object, error) {
	release, ok := p.listedHere(f)
	if !ok {
		pkg, err := p.upstreamPackage(ctx, w, f)
		if err != nil {
			return fetch.Object{}, err
		}
		if release, ok = pkg.Release(f.version); !ok {
			return fetch.Object{}, absent("the repository lists no %s %s", f.title(f.name), f.version)
		}
	}
	q := f.tarballRequest(f.name, release)
	q.Follow = follow
	return w.Fetch(ctx, q)
}

// listedHere looks for a release in the registry file that clients get here.
func (p *pulling) listedHere(f pulledFile) (registry.Release, bool) {
	data, err := p.read(f.prefix + packageFile(f.name))
	if err != nil {
		return registry.Release{}, false
	}
	pkg, err := openPackage(data)
	if err != nil || pkg.Name != f.name {
		return registry.Release{}, false
	}
	return pkg.Release(f.version)
}
