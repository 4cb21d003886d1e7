package julia

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliaup"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/layout"
)

// scriptPath is where the script is that installs juliaup: `curl … | sh`, with the mirror
// as JULIAUP_SERVER. Upstream has a host of its own for it.
const (
	scriptPath   = "install.sh"
	publicScript = "https://install.julialang.org"
)

// emitPrograms yields juliaup itself, its installers, and the script. Nobody publishes checksums of
// them: they are what upstream says by https, whole and of the right kind.
func (j *julias) emitPrograms() error {
	if err := j.emitScript(); err != nil {
		return err
	}
	if j.juliaup.text.ID.IsZero() {
		j.p.notice("no-juliaup", "", "%s: upstream has databases for juliaup, but not juliaup itself", j.request(juliaup.ProgramVersionPath, 0).URL)
		return j.p.settle()
	}
	var paths []string
	for _, target := range juliaup.TargetsFor(j.p.platforms) {
		program, installer := juliaup.ProgramPaths(j.juliaup.program, target)
		paths = append(paths, program, installer)
		if err := j.emitProgram(program, target, proveTarball); err != nil {
			return err
		}
		if err := j.emitProgram(installer, target, proveExecutable); err != nil {
			return err
		}
	}
	if err := j.p.settle(); err != nil {
		return err
	}
	for _, path := range paths {
		if !j.p.lost[path] {
			return j.p.emit(ecosystems.Item{
				Path: juliaup.ProgramVersionPath, Stage: layout.EntryPoint, Name: "version of juliaup", Package: "juliaup", Reason: "leads to juliaup",
				Source: ecosystems.Have{Object: j.juliaup.text.Object},
			})
		}
	}
	j.p.notice("no-juliaup", "", "juliaup %s is not there for any of the platforms", j.juliaup.program)
	return nil
}

// emitProgram yields a program. Its version is in its name, so once here it is only asked for
// again when everything is.
func (j *julias) emitProgram(path, target string, proof func(io.ReaderAt, int64) error) error {
	it := ecosystems.Item{
		Path: path, Stage: layout.Content, Name: "juliaup " + j.juliaup.program.String() + " for " + target, Package: "juliaup",
		Platform: target, Reason: "juliaup", Optional: true, // not every target has both
	}
	if why, ok := j.p.absentBefore(path); ok {
		it.Source = ecosystems.Failed{Err: why}
		return j.p.emit(it)
	}
	if o, ok := j.p.previous(path); ok && !j.p.deep {
		it.Source = ecosystems.Have{Object: o}
		return j.p.emit(it)
	}
	q := j.request(path, maxProgram)
	q.Proof = proof
	it.Source = ecosystems.Download{Request: q}
	return j.p.emit(it)
}

func (j *julias) emitScript() error {
	q := j.request(scriptPath, maxScript)
	if j.p.releasesUpstream == releases.Server {
		q.URL, q.Mirrors = publicScript, []string{publicScript + "/install.sh"}
	}
	q.Proof = proveScript
	it := ecosystems.Item{
		Path: scriptPath, Stage: layout.Content, Name: "script that installs juliaup", Package: "juliaup", Reason: "juliaup", Optional: true,
		Source: ecosystems.Download{Request: q},
	}
	if why, ok := j.p.absentBefore(scriptPath); ok {
		it.Source = ecosystems.Failed{Err: why}
	}
	return j.p.emit(it)
}

func proveScript(body io.ReaderAt, size int64) error {
	data, err := readAll(body, size)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(data, []byte("#!")) || bytes.IndexByte(data, 0) >= 0 {
		return errors.New("it is no script")
	}
	return nil
}

// executables are how programs begin: ELF, Mach-O of one or several architectures, Windows,
// scripts.
var executables = []string{"\x7fELF", "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xca\xfe\xba\xbe", "MZ", "#!"}

// proveExecutable tells a program from an error page.
func proveExecutable(body io.ReaderAt, _ int64) error {
	head := make([]byte, 4)
	n, err := body.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	for _, magic := range executables {
		if strings.HasPrefix(string(head[:n]), magic) {
			return nil
		}
	}
	return errors.New("it is no program")
}
