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
	return q
}

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
