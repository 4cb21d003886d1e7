package hexpm

import (
	"cmp"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/installs"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// planInstalls yields what `mix local.hex` and `mix local.rebar` install. Each
// list is published together with the signature that it was proven by, or not at
// all; the archives are proven by the list.
func (p *planner) planInstalls() error {
	found := false
	for _, list := range p.lists.pairs {
		csv, signed := p.lists.files[list.Path()], p.lists.files[list.SignaturePath()]
		if csv.absent() && signed.absent() {
			p.next.Lists[csv.path], p.next.Lists[signed.path] = [32]byte{}, [32]byte{}
			continue
		}
		found = true
		if err := p.planList(list, csv, signed); err != nil {
			return err
		}
	}
	if !found && len(p.lists.pairs) > 0 && p.sweep() {
		p.notice("no-installs", "", "%s has no installers for mix local.hex and mix local.rebar; installs = %q says so", p.buildsAt(""), installsNone)
	}
	return nil
}

func (p *planner) planList(list installs.List, csv, signed *listFile) error {
	cause := p.provePair(csv, signed)
	if cause != nil && worthRefetching(csv, signed) {
		again := []question{p.lists.question(csv), p.lists.question(signed)}
		for i := range again {
			again[i].Fresh = true
		}
		if err := p.ask(again); err != nil {
			return err
		}
		cause = p.provePair(csv, signed)
	}
	if cause != nil {
		return p.keepPair(list, csv, signed, cause)
	}
	return p.publishPair(list, csv.doc.Data, csv.doc.Object, signed.doc.Object)
}

func (p *planner) provePair(csv, signed *listFile) error {
	if err := cmp.Or(csv.err, signed.err); err != nil {
		return err
	}
	if err := installs.Verify(csv.doc.Data, signed.doc.Data, p.elixirKey); err != nil {
		return fmt.Errorf("%s: %w", p.buildsAt(csv.path), err)
	}
	return nil
}

// worthRefetching reports whether a pair may be torn: both halves answered, or
// one of them is not there (yet).
func worthRefetching(csv, signed *listFile) bool {
	for _, f := range []*listFile{csv, signed} {
		if f.err != nil && !f.absent() {
			return false
		}
	}
	return true
}

// keepPair keeps the pair of the current snapshot, which belongs together, when
// upstream's does not.
func (p *planner) keepPair(list installs.List, csv, signed *listFile, cause error) error {
	here, isHere := p.previous(csv.path)
	signature, isSigned := p.previous(signed.path)
	if !isHere || !isSigned || !worthRefetching(csv, signed) && !p.in.Selection.AllowPartial {
		if err := p.lists.fail(csv.path, cause); err != nil {
			return err
		}
		return p.lists.fail(signed.path, cause)
	}
	data, err := p.readObject(csv.path)
	if err != nil {
		return err
	}
	p.notice("torn-pair", csv.path, "%v; the list of the current snapshot is kept", cause)
	p.next.Recheck = append(p.next.Recheck, csv.path)
	return p.publishPair(list, data, here, signature)
}

func (p *planner) publishPair(list installs.List, data []byte, csv, signed fetch.Object) error {
	rows, err := list.Parse(data)
	if err != nil {
		return p.lists.fail(list.Path(), fmt.Errorf("%s: %w", p.buildsAt(list.Path()), err))
	}
	archives := list.Latest(rows)
	if p.installs == installsAll {
		archives = list.All(rows)
	}
	known := p.knownArchives(list)
	for _, a := range archives {
		if o, ok := p.previous(a.Path); ok && slices.Equal(known[a.Path].SHA512, a.SHA512) {
			if err := p.emit(have(a.Path, o, layout.Content)); err != nil {
				return err
			}
			continue
		}
		q := p.buildsRequest(a.Path)
		q.Want, q.Proof, q.MaxSize = a.Want(), a.Proof(), installs.MaxArchive
		if err := p.emit(ecosystems.Item{
			Path: a.Path, Stage: layout.Content, Source: ecosystems.Download{Request: q},
			Name: a.Tool + " " + a.Version, Reason: "installs: " + p.installs,
		}); err != nil {
			return err
		}
	}
	p.lists.keep(list.Path(), csv)
	p.lists.keep(list.SignaturePath(), signed)
	return nil
}

// knownArchives returns what the list of the current snapshot says, by path: an
// archive that it names with the same checksums has been proven by them.
func (p *planner) knownArchives(list installs.List) map[string]installs.Archive {
	if _, ok := p.previous(list.Path()); !ok {
		return nil
	}
	data, err := p.readObject(list.Path())
	if err != nil {
		return nil
	}
	rows, err := list.Parse(data)
	if err != nil {
		return nil
	}
	known := map[string]installs.Archive{}
	for _, a := range list.All(rows) {
		known[a.Path] = a
	}
	return known
}

// proveArchive checks an archive's SHA-512.
func proveArchive(a installs.Archive, body io.ReaderAt, size int64) error {
	if proof := a.Proof(); proof != nil {
		return proof(body, size)
	}
	h := sha512.New()
	if _, err := io.Copy(h, io.NewSectionReader(body, 0, size)); err != nil {
		return err
	}
	if sum := hex.EncodeToString(h.Sum(nil)); sum != a.SHA512[0].Hex {
		return fmt.Errorf("its SHA-512 is %s, the list has %s", sum, a.SHA512[0].Hex)
	}
	return nil
}
