package julia

import (
	"errors"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// nightliesPath is the list of nightly builds that newer versions of juliaup read. Servers
// need not have it.
const nightliesPath = "bin/nightlies.json"

// emitNightlyList yields upstream's list, reduced to the builds that are here. Its URLs are those of
// base_url. Without that they stay upstream's, as in versions.json; `offmirror serve` hands
// out its own in any case.
func (j *julias) emitNightlyList() error {
	if len(j.nightlies) == 0 {
		return nil
	}
	it := ecosystems.Item{
		Path: nightliesPath, Stage: layout.Index, Name: "list of the nightly builds of Julia", Package: "julia", Reason: "lists the nightly builds that are here", Optional: true,
	}
	if why, ok := j.p.absentBefore(it.Path); ok {
		it.Source = ecosystems.Failed{Err: why}
		return j.p.emit(it)
	}
	r := j.request(nightliesPath, maxVersions)
	r.Proof = proveJSON
	doc, err := j.p.in.Upstream.Document(j.p.ctx, r)
	if err == nil {
		it.Source, err = j.reducedNightlies(doc.Data)
	}
	if err != nil {
		if j.p.ctx.Err() != nil || fetch.IsLocal(err) {
			return err
		}
		it.Source = ecosystems.Failed{Err: err}
		if !errors.Is(err, fetch.ErrAbsent) {
			it.Optional = false
		}
	}
	return j.p.emit(it)
}

func (j *julias) reducedNightlies(data []byte) (ecosystems.Source, error) {
	data, err := releases.RewriteNightlies(data, j.p.baseURL, func(path string) bool { return j.here[path] })
	return ecosystems.Made{Bytes: data}, err
}
