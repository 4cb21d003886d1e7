package julia

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// Caps on what is read of Julia itself, in bytes: far beyond what there is.
const (
	maxVersions  = 64 << 20 // of versions.json
	maxArchive   = 8 << 30
	maxChecksums = 1 << 20
	maxSignature = 64 << 10
)

// localVersionsPath is where the list of releases is that names what is here. It
// stands beside the original, which other mirrors and people want as it is.
const localVersionsPath = "bin/versions.local.json"

// juliasName is where the memory of [julias] is.
const juliasName = "releases"

// julias is the [part] of Julia itself: its releases, its nightly builds, and juliaup.
//
// A release is proven by the SHA-256 of versions.json, which comes by https from those
// who made it. The signatures beside the archives are for who has their key
// (3673DF529D9049477F76B37566E3C7DC03D6E495); they are handed on and not verified here.
type julias struct {
	p         *planner
	old, next juliasMemory
	claims    claims

	list      ecosystems.Document // versions.json; not there if no release is asked for
	index     *releases.Index
	nightlies []*nightly
	juliaup   *juliaupAnswers // nil: it is not mirrored

	here map[string]bool // paths of what people install, once it has arrived
}

// juliasMemory is what is remembered of the run that made the current snapshot.
type juliasMemory struct {
	List      string            `json:"list,omitempty"`      // the object that versions.json was
	Count     int               `json:"count,omitempty"`     // releases that it listed
	Newest    string            `json:"newest,omitempty"`    // the last stable one of them
	Nightlies map[string]string `json:"nightlies,omitempty"` // objects by path, "" for what is absent
	Juliaup   juliaupMemory     `json:"juliaup,omitzero"`
}

func (p *planner) newJulias() *julias {
	j := &julias{p: p, claims: newClaims(), here: map[string]bool{}}
	if p.old != nil {
		// A memory that cannot be read is none.
		if json.Unmarshal(p.old.Parts[juliasName], &j.old) != nil {
			j.old = juliasMemory{}
		}
		j.next.Juliaup.Version = j.old.Juliaup.Version // for good: see databaseVersion
	}
	return j
}

// name implements [part].
func (j *julias) name() string { return juliasName }

// ask implements [part].
func (j *julias) ask() (bool, error) {
	steps := []func() (bool, error){j.askList, j.askNightlies, j.askJuliaup}
	unchanged := true
	for _, step := range steps {
		same, err := step()
		if err != nil {
			return false, err
		}
		unchanged = unchanged && same
	}
	return unchanged, nil
}

// emit implements [part].
func (j *julias) emit() error {
	for _, step := range []func() error{j.emitReleases, j.emitNightlies, j.emitJuliaup} {
		if err := step(); err != nil {
			return err
		}
	}
	data, err := json.Marshal(j.next)
	if err != nil {
		return err
	}
	j.p.next.Parts[juliasName] = data
	return nil
}

// request asks the server of releases for a path.
func (j *julias) request(path string, most int64) fetch.Request {
	return fetch.Request{URL: j.p.releasesUpstream + "/" + path, MaxSize: most}
}

// wantsReleases reports whether a release is asked for, not only nightlies.
func (s *settings) wantsReleases() bool {
	return s.classicJulia() || slices.ContainsFunc(s.releases, func(sel releases.Selector) bool {
		_, nightly := sel.Nightly()
		return !nightly
	})
}

// askList asks for versions.json, and reads it if it is another one.
func (j *julias) askList() (bool, error) {
	if !j.p.wantsReleases() {
		return true, nil
	}
	r := j.request(releases.VersionsPath, maxVersions)
	r.Proof = proveJSON
	var err error
	if j.list, err = j.p.in.Upstream.Document(j.p.ctx, r); err != nil {
		return false, fmt.Errorf("releases: %w", err)
	}
	j.next.List = j.list.ID.String()
	same := j.next.List == j.old.List
	if same {
		return true, nil
	}
	return false, j.readList()
}

func (j *julias) readList() (err error) {
	if j.index != nil {
		return nil
	}
	if j.index, err = releases.Parse(j.list.Data); err != nil {
		return fmt.Errorf("%s: %w", j.request(releases.VersionsPath, 0).URL, err)
	}
	return j.guard()
}

// guard stops the run when the list went back in time or lost much of what it had.
func (j *julias) guard() error {
	j.next.Count = len(j.index.Releases)
	for _, r := range j.index.Releases {
		if r.Stable && len(r.Files) > 0 {
			j.next.Newest = r.Version.String()
		}
	}
	url := j.request(releases.VersionsPath, 0).URL
	if older(j.next.Newest, j.old.Newest) && !j.p.in.Selection.AllowRollback {
		return fmt.Errorf("%s: its newest release is %s, and it was %s before: wait for it to catch up, or run with --allow-rollback",
			url, cmp.Or(j.next.Newest, "none"), j.old.Newest)
	}
	if lost := j.old.Count - j.next.Count; lost > shrinkSlack && lost > j.old.Count/10 && !j.p.in.Selection.AllowShrink {
		return fmt.Errorf("%s: it lists %d releases, %d less than before: if that is right, run with --allow-shrink", url, j.next.Count, lost)
	}
	return nil
}

// proveJSON refuses what a captive portal or a broken cache answers instead of a list.
func proveJSON(body io.ReaderAt, size int64) error {
	data, err := readAll(body, size)
	if err != nil {
		return err
	}
	if !json.Valid(data) {
		return errors.New("it is no JSON")
	}
	return nil
}

// readAll reads a document whose size is capped.
func readAll(body io.ReaderAt, size int64) ([]byte, error) {
	data := make([]byte, size)
	if n, err := body.ReadAt(data, 0); err != nil && (n < len(data) || !errors.Is(err, io.EOF)) {
		return nil, err
	}
	return data, nil
}

// emitVersions yields the list of releases: as it is, and for the mirror.
func (j *julias) emitVersions() error {
	err := j.p.emit(ecosystems.Item{
		Path: releases.VersionsPath, Stage: layout.Index, Name: "list of the releases of Julia", Package: "julia", Reason: "lists the releases, all of them",
		Size: j.list.Size, Source: ecosystems.Have{Object: j.list.Object},
	})
	if err != nil || j.p.baseURL == "" {
		return err
	}
	data, err := j.index.Rewrite(j.p.baseURL, func(_ releases.Release, f releases.File) bool { return j.here[f.Path] })
	if err != nil {
		return err
	}
	return j.p.emit(ecosystems.Item{
		Path: localVersionsPath, Stage: layout.Index, Name: "list of the mirrored releases of Julia", Package: "julia", Reason: "lists the releases that are here, at base_url",
		Source: ecosystems.Made{Bytes: data},
	})
}

// older reports whether a version is lower than another; none is lower than any.
func older(a, b string) bool {
	before, err := version.Parse(b)
	if err != nil {
		return false
	}
	now, err := version.Parse(a)
	return err != nil || now.Compare(before) < 0
}
