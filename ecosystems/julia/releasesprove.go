package julia

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // of the length of an old list of checksums, nothing more
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/juliaup"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/layout"
)

// proveReleases yields what is wrong with Julia itself in a snapshot, as
// [ecosystems.Prover] says:
//
//   - what versions.json lists is what it says, and everything else below bin/ goes with it
//     or is a nightly build, of which there is no proof;
//   - lists of checksums agree with versions.json, and signatures are its own;
//   - the lists for this mirror name only what is here;
//   - juliaup's databases have the version that leads to them and name only what is here;
//     its programs are whole.
func (d *driver) proveReleases(ctx context.Context, view layout.View) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		v := &julianProof{view: view, going: true}
		v.report = func(path string, err error) {
			if err != nil && v.going {
				v.going = yield(path, err)
			}
		}
		for _, step := range []func(){v.list, v.files, v.localVersions, v.localNightlies, v.juliaup} {
			if step(); !v.going || ctx.Err() != nil {
				return
			}
		}
	}
}

// julianProof is a proof under way.
type julianProof struct {
	view   layout.View
	report func(path string, err error)
	going  bool // somebody wants to hear more

	listed    map[string]releases.File // by path
	checksums map[string]releases.Release
}

// list reads versions.json.
func (v *julianProof) list() {
	v.listed, v.checksums = map[string]releases.File{}, map[string]releases.Release{}
	data, err := readEntry(v.view, releases.VersionsPath, maxVersions)
	if err != nil || data == nil {
		v.report(releases.VersionsPath, err)
		return
	}
	ix, err := releases.Parse(data)
	if err != nil {
		v.report(releases.VersionsPath, err)
		return
	}
	for _, r := range ix.Releases {
		for _, path := range r.Checksums() {
			v.checksums[path] = r
		}
		for _, f := range r.Files {
			v.listed[f.Path] = f
		}
	}
}

// files proves everything below bin/.
func (v *julianProof) files() {
	for e := range v.view.All("bin/") {
		if e.IsLink() || isJuliasList(e.Path) || isNightly(e.Path) {
			continue
		}
		if v.report(e.Path, v.file(e)); !v.going {
			return
		}
	}
}

func isJuliasList(path string) bool {
	return path == releases.VersionsPath || path == localVersionsPath || path == nightliesPath
}

func (v *julianProof) file(e layout.Entry) error {
	if r, ok := v.checksums[e.Path]; ok {
		return v.checksumList(e.Path, r)
	}
	if f, ok := v.listed[strings.TrimSuffix(e.Path, signatureSuffix)]; ok {
		if f.Path != e.Path {
			return v.signature(e.Path, f)
		}
		return proveListed(e, f)
	}
	return errors.New("versions.json does not list it, so nothing proves it")
}

func proveListed(e layout.Entry, f releases.File) error {
	if e.Object.String() != f.SHA256.Hex {
		return fmt.Errorf("its SHA-256 is %s, versions.json has %s", e.Object, f.SHA256.Hex)
	}
	if f.Size > 0 && e.Size != f.Size {
		return fmt.Errorf("it has %d bytes, versions.json says %d", e.Size, f.Size)
	}
	return nil
}

func (v *julianProof) checksumList(path string, r releases.Release) error {
	data, err := readEntry(v.view, path, maxChecksums)
	if err != nil {
		return err
	}
	if strings.HasSuffix(path, ".md5") {
		_, err = parseChecksums(data, md5.Size)
		return err
	}
	return agreeSHA256(data, r.Files)
}

func (v *julianProof) signature(path string, f releases.File) error {
	data, err := readEntry(v.view, path, maxSignature)
	if err != nil {
		return err
	}
	if f.Signature != "" && string(data) != f.Signature {
		return errors.New("it is not the signature of versions.json")
	}
	return nil
}

// localVersions proves the list for static web servers.
func (v *julianProof) localVersions() {
	data, err := readEntry(v.view, localVersionsPath, maxVersions)
	if err != nil || data == nil {
		v.report(localVersionsPath, err)
		return
	}
	ix, err := releases.Parse(data)
	if err != nil {
		v.report(localVersionsPath, err)
		return
	}
	for _, r := range ix.Releases {
		for _, f := range r.Files {
			e, ok := v.view.Lookup(f.Path)
			if !ok {
				err = fmt.Errorf("it lists %s, which is not here", f.Path)
			} else if bad := proveListed(e, f); bad != nil {
				err = fmt.Errorf("it lists %s: %w", f.Path, bad)
			}
			if err != nil {
				v.report(localVersionsPath, err)
				return
			}
		}
	}
}

// localNightlies proves that the list of nightly builds is one that leaves out nothing
// when it is reduced to what is here.
func (v *julianProof) localNightlies() {
	data, err := readEntry(v.view, nightliesPath, maxVersions)
	if err != nil || data == nil {
		v.report(nightliesPath, err)
		return
	}
	reduced, err := releases.RewriteNightlies(data, "", func(path string) bool {
		_, here := v.view.Lookup(path)
		return here
	})
	if err == nil && !bytes.Equal(reduced, data) {
		err = errors.New("it lists builds that are not here")
	}
	v.report(nightliesPath, err)
}

// juliaup proves databases and programs.
func (v *julianProof) juliaup() {
	numbers := append([]string{juliaup.VersionPath}, juliaup.PreviewVersionPaths...)
	leads := map[string]bool{} // paths of databases to which versions lead
	for _, path := range numbers {
		data, err := readEntry(v.view, path, maxNumber)
		if err != nil || data == nil {
			v.report(path, err)
			continue
		}
		number, err := parseNumber(data)
		found := false
		for _, target := range juliaup.Targets {
			database := juliaup.DatabasePath(number, target)
			if _, ok := v.view.Lookup(database); ok && err == nil {
				leads[database], found = true, true
			}
		}
		if err == nil && !found {
			err = fmt.Errorf("there is no database of version %s", number)
		}
		v.report(path, err)
	}
	for e := range v.view.All("juliaup/") {
		switch {
		case !v.going:
			return
		case strings.HasPrefix(e.Path, "juliaup/versiondb/"):
			v.report(e.Path, v.database(e.Path, leads[e.Path]))
		case strings.HasPrefix(e.Path, "juliaup/bin/"):
			v.report(e.Path, v.program(e))
		}
	}
}

func (v *julianProof) database(path string, led bool) error {
	data, err := readEntry(v.view, path, maxDatabase)
	if err != nil {
		return err
	}
	d, err := juliaup.Parse(data)
	if err != nil {
		return err
	}
	if !led || !strings.HasPrefix(path, strings.TrimSuffix(juliaup.DatabasePath(d.Version, ""), ".json")) {
		return fmt.Errorf("it says that it is version %s, to which nothing leads at this path", d.Version)
	}
	for _, b := range d.Builds {
		if _, ok := v.view.Lookup(b.Path); !ok {
			return fmt.Errorf("it names %s, which is not here", b.Path)
		}
	}
	return nil
}

func (v *julianProof) program(e layout.Entry) error {
	f, err := v.view.Open(e)
	if err != nil {
		return err
	}
	defer f.Close()
	if strings.HasSuffix(e.Path, ".tar.gz") {
		return proveTarball(f, e.Size)
	}
	return proveExecutable(f, e.Size)
}
