package julia

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliaup"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// Caps on what is read of juliaup, in bytes.
const (
	maxNumber   = 4 << 10 // of a file with a version
	maxDatabase = 16 << 20
	maxProgram  = 1 << 30
	maxScript   = 1 << 20
)

// juliaupAnswers is what upstream says about juliaup.
type juliaupAnswers struct {
	database version.Version     // of upstream's databases
	program  version.Version     // of juliaup
	text     ecosystems.Document // that says so; not there if upstream has no juliaup
}

// juliaupMemory is what is remembered of juliaup.
type juliaupMemory struct {
	Database string `json:"database,omitempty"` // version of upstream's databases
	Program  string `json:"program,omitempty"`  // version of juliaup
	Version  string `json:"version,omitempty"`  // of the databases that were published last
	Content  string `json:"content,omitempty"`  // a digest of what they say
}

// askJuliaup asks for the two versions that tell whether something is new.
func (j *julias) askJuliaup() (bool, error) {
	if !j.p.options.Juliaup {
		return true, nil
	}
	j.juliaup = &juliaupAnswers{}
	_, number, err := j.askNumber(juliaup.VersionPath)
	if err != nil {
		return false, fmt.Errorf("juliaup: %w", err)
	}
	j.juliaup.database = number
	doc, number, err := j.askNumber(juliaup.ProgramVersionPath)
	if err != nil && !errors.Is(err, fetch.ErrAbsent) {
		return false, fmt.Errorf("juliaup: %w", err)
	}
	j.next.Juliaup.Database = j.juliaup.database.String()
	if err == nil {
		j.juliaup.program, j.juliaup.text = number, doc
		j.next.Juliaup.Program = number.String()
	}
	now, before := j.next.Juliaup, j.old.Juliaup
	return now.Database == before.Database && now.Program == before.Program, nil
}

func (j *julias) askNumber(path string) (ecosystems.Document, version.Version, error) {
	r := j.request(path, maxNumber)
	r.Proof = func(body io.ReaderAt, size int64) error {
		data, err := readAll(body, size)
		if err == nil {
			_, err = parseNumber(data)
		}
		return err
	}
	doc, err := j.p.in.Upstream.Document(j.p.ctx, r)
	if err != nil {
		return doc, version.Version{}, err
	}
	number, err := parseNumber(doc.Data)
	return doc, number, err
}

// parseNumber reads a version as juliaup reads it. It becomes part of paths.
func parseNumber(data []byte) (version.Version, error) {
	text := strings.TrimSpace(string(data))
	v, err := version.Parse(text)
	if err == nil && v.String() != text {
		err = fmt.Errorf("%.80q is no version such as 1.0.91", text)
	}
	return v, err
}

// emitJuliaup yields the databases, and juliaup itself.
func (j *julias) emitJuliaup() error {
	if err := j.emitNightlyList(); err != nil || j.juliaup == nil {
		return err
	}
	if len(j.here) == 0 {
		j.p.notice("juliaup-empty", "", "juliaup will find nothing to install: name releases")
	}
	if err := j.emitDatabases(); err != nil {
		return err
	}
	return j.emitPrograms()
}

// emitDatabases yields the database of each target, and the version that leads to them.
func (j *julias) emitDatabases() error {
	databases, err := j.readDatabases()
	if err != nil || len(databases) == 0 {
		return err
	}
	content := sha256.New()
	for i, d := range databases {
		databases[i].Database = d.Filter(version.Version{}, func(b juliaup.Build) bool { return j.here[b.Path] })
		data, err := databases[i].Encode()
		if err != nil {
			return err
		}
		fmt.Fprintf(content, "%s %d\n%s", d.target, len(data), data)
	}
	j.next.Juliaup.Content = hex.EncodeToString(content.Sum(nil))
	number, err := j.databaseVersion()
	if err != nil {
		return err
	}
	j.next.Juliaup.Version = number.String()
	everything := func(juliaup.Build) bool { return true }
	for _, d := range databases {
		data, err := d.Filter(number, everything).Encode()
		if err != nil {
			return err
		}
		err = j.p.emit(ecosystems.Item{
			Path: juliaup.DatabasePath(number, d.target), Stage: layout.Index, Name: "juliaup's database for " + d.target, Package: "juliaup",
			Reason: "lists the releases that are here", Source: ecosystems.Made{Bytes: data},
		})
		if err != nil {
			return err
		}
	}
	for _, path := range append([]string{juliaup.VersionPath}, juliaup.PreviewVersionPaths...) {
		err := j.p.emit(ecosystems.Item{
			Path: path, Stage: layout.EntryPoint, Name: "version of juliaup's database", Package: "juliaup", Reason: "leads to the database",
			Source: ecosystems.Made{Bytes: []byte(number.String())},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// targetDatabase is what juliaup as it is built for a target can install.
type targetDatabase struct {
	*juliaup.Database
	target string
}

// readDatabases gets upstream's databases, in the order of their targets.
func (j *julias) readDatabases() ([]targetDatabase, error) {
	requests := make([]fetch.Request, len(juliaup.Targets))
	for i, target := range juliaup.Targets {
		requests[i] = j.request(juliaup.DatabasePath(j.juliaup.database, target), maxDatabase)
		requests[i].Proof = proveDatabase
	}
	answers := make([]*juliaup.Database, len(requests))
	failed := make([]error, len(requests))
	for doc, err := range j.p.in.Upstream.Documents(j.p.ctx, requests) {
		if j.p.ctx.Err() != nil || fetch.IsLocal(err) {
			return nil, cmp.Or(j.p.ctx.Err(), err)
		}
		if err == nil {
			answers[doc.Index], err = juliaup.Parse(doc.Data)
		}
		failed[doc.Index] = err
	}
	var list []targetDatabase
	for i, target := range juliaup.Targets {
		if failed[i] == nil {
			list = append(list, targetDatabase{answers[i], target})
			continue
		}
		err := j.p.emit(ecosystems.Item{
			Path: juliaup.DatabasePath(j.juliaup.database, target), Stage: layout.Index, Name: "juliaup's database for " + target, Package: "juliaup",
			Reason: "juliaup", Source: ecosystems.Failed{Err: failed[i]},
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

func proveDatabase(body io.ReaderAt, size int64) error {
	data, err := readAll(body, size)
	if err == nil {
		_, err = juliaup.Parse(data)
	}
	return err
}

// databaseVersion chooses the version of the databases. juliaup takes one only if its
// version is higher than that of the one it has, so it grows with each change, and does not
// change without one. What the current snapshot says counts if the memory is lost.
func (j *julias) databaseVersion() (version.Version, error) {
	last, published := j.lastDatabase()
	number, err := juliaup.Raise(j.juliaup.database, 0)
	if err != nil {
		// Upstream is a mirror of a mirror that has raised it far enough already.
		number = j.juliaup.database.Release()
		if number.Patch++; number.Patch == 0 {
			return number, err
		}
	}
	if !published {
		return number, nil
	}
	same := j.old.Juliaup.Content == j.next.Juliaup.Content
	if same && last.Major == number.Major && last.Minor == number.Minor {
		return last, nil
	}
	if number.Compare(last) <= 0 {
		number = last
		number.Patch++
	}
	return number, nil
}

// lastDatabase returns the version of the databases that were published last.
func (j *julias) lastDatabase() (last version.Version, ok bool) {
	last, err := version.Parse(j.old.Juliaup.Version)
	ok = err == nil
	if o, here := j.p.previous(juliaup.VersionPath); here && o.Size <= maxNumber {
		if v, err := j.publishedNumber(o); err == nil && (!ok || v.Compare(last) > 0) {
			last, ok = v, true
		}
	}
	return last, ok
}

func (j *julias) publishedNumber(o fetch.Object) (version.Version, error) {
	f, err := j.p.in.Workshop.Open(o)
	if err != nil {
		return version.Version{}, err
	}
	defer f.Close()
	data, err := readAll(f, o.Size)
	if err != nil {
		return version.Version{}, err
	}
	return parseNumber(data)
}
