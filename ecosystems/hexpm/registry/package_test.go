package registry

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/encoding/protowire"
)

// ignoreRaw compares what was understood, not the bytes it came from.
var ignoreRaw = cmp.Options{
	cmpopts.IgnoreFields(Release{}, "Raw"),
	cmpopts.IgnoreFields(Advisory{}, "Raw"),
	cmpopts.IgnoreFields(NamedPackage{}, "Raw"),
	cmpopts.IgnoreFields(VersionedPackage{}, "Raw"),
	cmpopts.IgnoreFields(Policy{}, "Raw"),
	cmpopts.EquateEmpty(),
}

func TestPackageRoundTrip(t *testing.T) {
	want := samplePackage()
	payload := want.Marshal()
	got, err := UnmarshalPackage(payload)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, ignoreRaw); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	if !bytes.Equal(got.Marshal(), payload) {
		t.Error("written again, the bytes differ")
	}
}

// Everything that a later hex.pm may add has to come through a filter.
func TestUnknownFieldsSurviveFiltering(t *testing.T) {
	p := samplePackage()
	for i := range p.Releases {
		p.Releases[i].Raw = append(p.Releases[i].marshal(), futureFields()...)
	}
	for i := range p.Advisories {
		p.Advisories[i].Raw = append(p.Advisories[i].marshal(), futureFields()...)
	}
	p.Unknown = futureFields()
	payload := p.Marshal()

	read, err := UnmarshalPackage(payload)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read.Marshal(), payload) {
		t.Error("an unfiltered package differs from what was read")
	}
	kept := read.Keep(func(r Release) bool { return r.Version != "1.1.0" })
	again, err := UnmarshalPackage(kept.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if len(read.Releases) != 3 {
		t.Errorf("filtering changed its source: %d releases", len(read.Releases))
	}
	if len(again.Releases) != 2 || !bytes.Equal(again.Releases[0].Raw, p.Releases[0].Raw) || !bytes.Equal(again.Releases[1].Raw, p.Releases[2].Raw) {
		t.Error("kept releases are not byte-identical to the original ones")
	}
	if !bytes.Equal(again.Unknown, p.Unknown) {
		t.Error("unknown fields of the package are lost")
	}
	for i, a := range again.Advisories {
		if !bytes.Equal(a.Raw, p.Advisories[i].Raw) {
			t.Errorf("advisory %d is not byte-identical", i)
		}
	}
}

func TestKeepLeavesAdvisoryIndexesRight(t *testing.T) {
	p := samplePackage().Keep(func(r Release) bool { return r.Version == "2.0.0-rc.1" })
	var ids []string
	for _, a := range p.AdvisoriesOf(p.Releases[0]) {
		ids = append(ids, a.ID)
	}
	if want := []string{"CVE-2026-0001", "GHSA-c"}; !slices.Equal(ids, want) {
		t.Errorf("advisories %q, want %q", ids, want)
	}
}

func TestAdvisoryIndexesOutOfRange(t *testing.T) {
	p := samplePackage()
	p.Releases[0].AdvisoryIndexes = []uint32{2, 1, 1<<32 - 1}
	p.Releases[2].AdvisoryIndexes = []uint32{7}
	read, err := UnmarshalPackage(p.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if got := read.AdvisoriesOf(read.Releases[0]); len(got) != 1 || got[0].ID != "GHSA-c" {
		t.Errorf("advisories %v, want GHSA-c only", got)
	}
	if got := read.IndexEntry(nil).WithAdvisories; !slices.Equal(got, []uint32{0}) {
		t.Errorf("with_advisories %v, want [0]", got)
	}
}

func TestRelease(t *testing.T) {
	p := samplePackage()
	if r, ok := p.Release("1.1.0"); !ok || r.OuterChecksum != sum(4) {
		t.Errorf("found %v, %v", r, ok)
	}
	if _, ok := p.Release("9.9.9"); ok {
		t.Error("found a version that is not there")
	}
}

// Other writers pack what hex.pm does not, and the other way round.
func TestPackedAndUnpackedAreRead(t *testing.T) {
	r := samplePackage().Releases[0]
	r.AdvisoryIndexes = nil
	raw := appendPacked(r.marshal(), 6, []uint32{0, 1})
	raw = appendNumber(raw, 6, 1)
	p := samplePackage()
	p.Releases = []Release{{Raw: raw}}
	read, err := UnmarshalPackage(p.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := read.Releases[0].AdvisoryIndexes, []uint32{0, 1, 1}; !slices.Equal(got, want) {
		t.Errorf("advisory indexes %v, want %v", got, want)
	}
}

func TestUnmarshalPackageRefuses(t *testing.T) {
	valid := samplePackage().Marshal()
	release := func(raw []byte) []byte {
		return (&Package{Repository: "hexpm", Name: "plug", Releases: []Release{{Raw: raw}}}).Marshal()
	}
	good := Release{Version: "1.0.0", InnerChecksum: sum(1)}.marshal()
	for _, c := range []struct {
		name    string
		payload []byte
	}{
		{"empty", nil},
		{"truncated", valid[:len(valid)-3]},
		{"no name", appendText(nil, 3, "hexpm")},
		{"no repository", appendText(nil, 2, "plug")},
		{"two names", appendText(bytes.Clone(valid), 2, "other")},
		{"name is a path", appendText(appendText(nil, 3, "hexpm"), 2, "../../etc/passwd")},
		{"name is a number", appendNumber(appendText(nil, 3, "hexpm"), 2, 1)},
		{"name is not UTF-8", appendText(appendText(nil, 3, "hexpm"), 2, "\xff")},
		{"name is endless", appendText(appendText(nil, 3, "hexpm"), 2, string(make([]byte, MaxString+1)))},
		{"release is a number", appendNumber(bytes.Clone(valid), 1, 1)},
		{"release is broken", release([]byte{0xff})},
		{"release without version", release(appendBytes(nil, 2, make([]byte, 32)))},
		{"release without checksum", release(appendText(nil, 1, "1.0.0"))},
		{"short checksum", release(appendBytes(bytes.Clone(good), 5, make([]byte, 31)))},
		{"two outer checksums", release(appendBytes(appendBytes(bytes.Clone(good), 5, make([]byte, 32)), 5, make([]byte, 32)))},
		{"version is a path", release(appendBytes(appendText(nil, 1, "1/../../x"), 2, make([]byte, 32)))},
		{"dependency without requirement", release(appendBytes(bytes.Clone(good), 3, appendText(nil, 1, "mime")))},
		{"dependency is a path", release(appendBytes(bytes.Clone(good), 3, appendText(appendText(nil, 1, ".."), 2, ">= 0.0.0")))},
		{"retired without reason", release(appendBytes(bytes.Clone(good), 4, nil))},
		{"retired twice", release(appendBytes(appendBytes(bytes.Clone(good), 4, []byte{8, 1}), 4, []byte{8, 2}))},
		{"time without nanoseconds", release(appendBytes(bytes.Clone(good), 7, appendNumber(nil, 1, 1)))},
		{"torn packed list", release(appendBytes(bytes.Clone(good), 6, []byte{0x80}))},
		{"version twice", (&Package{Repository: "hexpm", Name: "plug", Releases: []Release{{Version: "1.0.0"}, {Version: "1.0.0"}}}).Marshal()},
		{"advisory without summary", (&Package{Repository: "hexpm", Name: "plug", Advisories: []Advisory{{Raw: appendText(nil, 1, "CVE")}}}).Marshal()},
		{"too many releases", append(bytes.Repeat([]byte{0x0a, 0}, MaxReleases+1), valid...)},
		{"too many dependencies", release(append(bytes.Clone(good), bytes.Repeat(appendBytes(nil, 3, Dependency{Package: "a"}.marshal()), MaxDependencies+1)...))},
		{"too many advisory indexes", release(append(bytes.Clone(good), bytes.Repeat([]byte{0x30, 1}, MaxNumbers+1)...))},
		{"unclosed group", protowire.AppendTag(bytes.Clone(valid), 60, protowire.StartGroupType)},
		{"field number 0", append(bytes.Clone(valid), 0x00, 0x00)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := UnmarshalPackage(c.payload); !errors.Is(err, ErrMalformed) {
				t.Errorf("error %v, want ErrMalformed", err)
			}
		})
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		RetiredOther.String(): "other", RetiredRenamed.String(): "renamed",
		RetirementReason(9).String(): "reason 9", RetirementReason(-1).String(): "reason -1",
		SeverityNone.String(): "none", SeverityCritical.String(): "critical", Severity(7).String(): "severity 7",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
