package hexpm

import (
	"errors"
	"io"
	"net/http"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/ecosystems/hexpm/tarball"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
)

// hidden is how repositories that live in an object store without permission to
// list answer for what does not exist.
var hidden = []int{http.StatusForbidden}

// maxTarball is four times what hex.pm and its clients accept, for private
// repositories with other ideas.
const maxTarball = 4 * tarball.MaxSize

// request asks for a file of the repository.
func (r *repository) request(file string) fetch.Request {
	q := fetch.Request{URL: r.upstream + "/" + file}
	for _, m := range r.mirrors {
		q.Mirrors = append(q.Mirrors, m+"/"+file)
	}
	return q
}

// registryRequest asks for a signed file that open proves.
func (r *repository) registryRequest(file string, maxSize int64, open func([]byte) error) fetch.Request {
	q := r.request(file)
	q.MaxSize = maxSize
	q.Proof = func(body io.ReaderAt, size int64) error {
		data, err := readAll(body, size, maxSize)
		if err != nil {
			return err
		}
		return open(data)
	}
	return q
}

func (r *repository) namesRequest() fetch.Request {
	return r.registryRequest(namesFile, registry.MaxIndexFile, func(b []byte) error {
		_, err := r.trust.Names(b)
		return err
	})
}

func (r *repository) versionsRequest() fetch.Request {
	return r.registryRequest(versionsFile, registry.MaxIndexFile, func(b []byte) error {
		_, err := r.trust.Versions(b)
		return err
	})
}

func (r *repository) packageRequest(name string) fetch.Request {
	q := r.registryRequest(packageFile(name), registry.MaxPackageFile, func(b []byte) error {
		_, err := r.trust.Package(b, name)
		return err
	})
	q.Absent = hidden
	return q
}

func (r *repository) policyRequest(name string) fetch.Request {
	return r.registryRequest(policiesDir+name, registry.MaxPackageFile, func(b []byte) error {
		_, err := r.trust.Policy(b, name)
		return err
	})
}

// tarballRequest asks for a release. The outer checksum is authoritative; the
// inner one is proven because clients still compare it.
func (r *repository) tarballRequest(name string, release registry.Release) fetch.Request {
	q := r.request(tarballFile(name, release.Version))
	q.MaxSize = maxTarball
	q.Absent = hidden
	if !release.OuterChecksum.IsZero() {
		q.Want = []digest.Digest{{Algorithm: digest.SHA256, Hex: release.OuterChecksum.String()}}
	}
	q.Proof = tarball.Proof(release.InnerChecksum)
	if len(q.Want) > 0 {
		q.Proof = unfitness(q.Proof)
	}
	return q
}

// unfitness makes what a proof finds an [unfit] error. It is for requests whose
// digests, which are compared before, come from the registry.
func unfitness(proof func(io.ReaderAt, int64) error) func(io.ReaderAt, int64) error {
	return func(body io.ReaderAt, size int64) error {
		err := proof(body, size)
		if errors.Is(err, tarball.ErrMalformed) || errors.Is(err, tarball.ErrChecksum) {
			return &unfit{err}
		}
		return err
	}
}

// unfit is the error about bytes that are the very ones which the registry signs,
// and yet no package. No other place will have better ones, and no later time:
// there is no such package, as if it were absent. Whoever may publish could
// otherwise keep a mirror from being published.
type unfit struct{ err error }

func (u *unfit) Error() string        { return "the registry signs these bytes, but " + u.err.Error() }
func (u *unfit) Unwrap() error        { return u.err }
func (u *unfit) Is(target error) bool { return target == fetch.ErrAbsent }

func (r *repository) docsRequest(name, version string) fetch.Request {
	q := r.request(docsFile(name, version))
	q.MaxSize = maxDocs
	q.Absent = hidden
	q.Proof = proveDocs
	return q
}

var errTooLarge = errors.New("larger than such a file can be")

// readAll reads a small object whole.
func readAll(body io.ReaderAt, size, limit int64) ([]byte, error) {
	if size > limit {
		return nil, errTooLarge
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(body, 0, size), data); err != nil {
		return nil, err
	}
	return data, nil
}
