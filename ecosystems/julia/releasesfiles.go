package julia

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/layout"
)

const signatureSuffix = ".asc"

// wantedRelease is a release with the files of it that are mirrored.
type wantedRelease struct {
	releases.Release
	wanted []releases.File
}

// emitReleases yields the chosen releases, then what goes with those that arrived.
func (j *julias) emitReleases() error {
	if !j.p.wantsReleases() {
		return nil
	}
	if err := j.readList(); err != nil {
		return err
	}
	for _, problem := range j.index.Problems {
		j.p.notice("broken-release", releases.VersionsPath, "%v; it is not mirrored", problem)
	}
	chosen, err := j.choose()
	if err != nil {
		return err
	}
	if err := j.expectFiles(chosen); err != nil {
		return err
	}
	for _, r := range chosen {
		for _, f := range r.wanted {
			if err := j.emitFile(r, f); err != nil {
				return err
			}
		}
	}
	if err := j.p.settle(); err != nil {
		return err
	}
	for i := range chosen {
		if err := j.emitCompanions(&chosen[i]); err != nil {
			return err
		}
	}
	if err := j.settleCompanions(); err != nil {
		return err
	}
	return j.emitVersions()
}

// choose works out which files of which releases are wanted.
func (j *julias) choose() ([]wantedRelease, error) {
	picked, missing, err := j.index.Select(j.p.releases, releases.Options{LTS: j.p.options.LTS})
	if err != nil {
		return nil, fmt.Errorf("julia.lts: %w", err)
	}
	if j.p.classicJulia() {
		picked = newestOfEach(j.index)
	}
	for _, sel := range missing {
		err := j.p.emit(ecosystems.Item{
			Path: "bin/missing/" + sel.String(), Stage: layout.Content, Name: "Julia " + sel.String(), Package: "julia", Reason: "selected by releases",
			Source: ecosystems.Failed{Err: fmt.Errorf("%w: no release of %s is that", fetch.ErrAbsent, j.request(releases.VersionsPath, 0).URL)},
		})
		if err != nil {
			return nil, err
		}
	}
	chosen := make([]wantedRelease, 0, len(picked))
	for _, r := range picked {
		w := wantedRelease{Release: r}
		for _, f := range r.Files {
			if !f.For(j.p.platforms) {
				continue
			}
			err := j.claims.release(f.Path)
			if err == nil && f.Size > maxArchive {
				err = fmt.Errorf("%s has %d bytes, and %d are allowed", f.Path, f.Size, int64(maxArchive))
			}
			if err != nil {
				j.p.notice("broken-release", releases.VersionsPath, "versions.json: %s: %v; it is not mirrored", r.Version, err)
				continue
			}
			w.wanted = append(w.wanted, f)
		}
		chosen = append(chosen, w)
	}
	for _, platform := range j.p.platforms {
		j.lament(chosen, platform)
	}
	return chosen, nil
}

// lament says for which releases there is nothing for a platform that is asked for.
func (j *julias) lament(chosen []wantedRelease, platform artifacts.Platform) {
	var without []string
	for _, r := range chosen {
		has := false
		for _, f := range r.wanted {
			has = has || f.For([]artifacts.Platform{platform})
		}
		if !has {
			without = append(without, r.Version.String())
		}
	}
	if len(without) == 0 {
		return
	}
	names := strings.Join(without[:min(len(without), 8)], ", ")
	if len(without) > 8 {
		names += ", …"
	}
	j.p.notice("no-release", "", "there is no Julia for %s among the files of %d of %d chosen releases: %s", platform, len(without), len(chosen), names)
}

// emitFile yields an archive or installer. What the current snapshot has is carried
// over if it is still what the list says: published files have been replaced.
func (j *julias) emitFile(r wantedRelease, f releases.File) error {
	it := ecosystems.Item{
		Path: f.Path, Stage: layout.Content, Size: f.Size, Name: fmt.Sprintf("Julia %s for %s (%s)", r.Version, f.Triplet, f.Extension),
		Package: "julia", Platform: platformName(f.Triplet), Reason: "selected by releases",
	}
	if o, ok := j.carried(f); ok {
		it.Source = ecosystems.Have{Object: o}
		return j.p.emit(it)
	}
	q := j.fileRequest(f)
	it.Source = ecosystems.Prepared{First: q, Make: func(ctx context.Context, w ecosystems.Workshop) (fetch.Object, error) {
		return j.p.release(ctx, w, f.Path, q)
	}}
	return j.p.emit(it)
}

// carried returns the file of the current snapshot, if it is the one that is listed.
func (j *julias) carried(f releases.File) (fetch.Object, bool) {
	o, ok := j.p.previous(f.Path)
	return o, ok && o.ID.String() == f.SHA256.Hex
}

func (j *julias) fileRequest(f releases.File) fetch.Request {
	q := j.request(f.Path, maxArchive)
	q.Want, q.Size = []digest.Digest{f.SHA256}, f.Size
	return q
}

// expectFiles says how much is to be fetched.
func (j *julias) expectFiles(chosen []wantedRelease) error {
	if j.p.in.Planning {
		return nil
	}
	var missing []fetch.Request
	for _, r := range chosen {
		for _, f := range r.wanted {
			if _, ok := j.carried(f); ok {
				continue
			}
			q := j.fileRequest(f)
			if _, held := j.p.in.Workshop.Held(q); !held {
				missing = append(missing, q)
			}
		}
	}
	return j.p.expect(missing, "fewer releases, or platforms")
}

// platformName is what plan sums up by: as artifacts call the platform.
func platformName(triplet string) string {
	if p, err := artifacts.ParsePlatform(triplet); err == nil {
		return p.String()
	}
	return triplet
}

// release gets a file that the list names. The servers sometimes say that there is no
// such file, or a cache of theirs does, and have it again later.
func (p *planner) release(ctx context.Context, w ecosystems.Workshop, path string, q fetch.Request) (fetch.Object, error) {
	if len(p.options.Adopt) > 0 {
		q.Proof = proveDigest(q)
	}
	o, err := p.adopted(ctx, w, path, q)
	if errors.Is(err, fetch.ErrAbsent) {
		q.Fresh = true
		o, err = w.Fetch(ctx, q)
	}
	if errors.Is(err, fetch.ErrAbsent) {
		err = errors.New(err.Error() + "; but versions.json lists it, so it should come back")
	}
	return o, err
}

// proveDigest is for files that no engine has looked at.
func proveDigest(q fetch.Request) func(io.ReaderAt, int64) error {
	return func(body io.ReaderAt, size int64) error {
		if q.Size > 0 && size != q.Size {
			return fmt.Errorf("it has %d bytes instead of %d", size, q.Size)
		}
		sum, err := sumSHA256(io.NewSectionReader(body, 0, size))
		if err == nil && sum != q.Want[0].Hex {
			err = fmt.Errorf("its SHA-256 is %s, not %s", sum, q.Want[0].Hex)
		}
		return err
	}
}

// emitCompanions yields signatures and checksums of what arrived of a release.
func (j *julias) emitCompanions(r *wantedRelease) error {
	var arrived []releases.File
	for _, f := range r.wanted {
		if j.p.lost[f.Path] {
			continue
		}
		arrived = append(arrived, f)
		j.here[f.Path] = true
		if err := j.emitSignature(*r, f); err != nil {
			return err
		}
	}
	if r.wanted = arrived; len(arrived) == 0 {
		return nil
	}
	for _, path := range r.Checksums() {
		if err := j.emitChecksums(*r, path); err != nil {
			return err
		}
	}
	return nil
}

// emitSignature yields the signature of a file. Most are in the list; without, the
// server may have one for what it signs, which is the archives for Linux and FreeBSD.
func (j *julias) emitSignature(r wantedRelease, f releases.File) error {
	it := ecosystems.Item{
		Path: f.Path + signatureSuffix, Stage: layout.Content, Size: int64(len(f.Signature)), Name: "signature of Julia " + r.Version.String(),
		Package: "julia", Platform: platformName(f.Triplet), Reason: "belongs to a release", Optional: true,
	}
	if f.Signature != "" {
		it.Source = ecosystems.Made{Bytes: []byte(f.Signature)}
		return j.p.emit(it)
	}
	if f.Kind != "archive" || !strings.Contains(f.Triplet, "linux") && !strings.Contains(f.Triplet, "freebsd") {
		return nil
	}
	if why, ok := j.p.absentBefore(it.Path); ok {
		it.Source = ecosystems.Failed{Err: why}
		return j.p.emit(it)
	}
	q := j.request(it.Path, maxSignature)
	q.Key, q.Proof = j.companionKey(q.URL, f.SHA256.Hex), proveSignature
	it.Source = ecosystems.Download{Request: q}
	return j.p.emit(it)
}

// proveSignature tells an armored signature from an error page.
func proveSignature(body io.ReaderAt, size int64) error {
	data, err := readAll(body, size)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(data), "-----BEGIN PGP SIGNATURE-----") {
		return errors.New("it is no signature")
	}
	return nil
}
