package registry

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNamesRoundTrip(t *testing.T) {
	want := &Names{Repository: "hexpm", Packages: []NamedPackage{
		{Name: "jason", UpdatedAt: time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC)},
		{Name: "plug"},
	}, Unknown: futureFields()}
	payload := want.Marshal()
	got, err := UnmarshalNames(payload)
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

func TestNamesKeep(t *testing.T) {
	raw := append(NamedPackage{Name: "plug"}.marshal(), futureFields()...)
	n := &Names{Repository: "hexpm", Packages: []NamedPackage{{Name: "plug", Raw: raw}, {Name: "jason"}, {Name: "mime"}}, Unknown: futureFields()}
	kept := n.Keep(func(name string) bool { return name != "mime" })
	kept.Sort()
	got, err := UnmarshalNames(kept.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if len(n.Packages) != 3 || n.Packages[0].Name != "plug" {
		t.Error("filtering or sorting changed its source")
	}
	if len(got.Packages) != 2 || got.Packages[0].Name != "jason" || !bytes.Equal(got.Packages[1].Raw, raw) {
		t.Errorf("kept %+v, want jason, and plug as it came", got.Packages)
	}
	if !bytes.Equal(got.Unknown, n.Unknown) {
		t.Error("unknown fields are lost")
	}
}

func TestVersionsRoundTrip(t *testing.T) {
	want := &Versions{Repository: "hexpm", Packages: []VersionedPackage{
		{Name: "jason", Versions: []string{"1.0.0", "1.1.0"}, Retired: []uint32{0}, WithAdvisories: []uint32{0, 1}},
		{Name: "plug", Versions: []string{"0.1.0"}},
	}, Unknown: futureFields()}
	payload := want.Marshal()
	got, err := UnmarshalVersions(payload)
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

func TestVersionsAcceptsUnpacked(t *testing.T) {
	raw := appendText(appendText(nil, 1, "plug"), 2, "1.0.0")
	raw = appendNumber(appendNumber(raw, 3, 0), 5, 0)
	v := &Versions{Repository: "hexpm", Packages: []VersionedPackage{{Raw: raw}}}
	got, err := UnmarshalVersions(v.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	p := got.Packages[0]
	if !slices.Equal(p.Retired, []uint32{0}) || !slices.Equal(p.WithAdvisories, []uint32{0}) {
		t.Errorf("retired %v, with advisories %v; want [0] both", p.Retired, p.WithAdvisories)
	}
}

func TestIndexEntryCountsAnew(t *testing.T) {
	p := samplePackage()
	want := VersionedPackage{Name: "plug", Versions: []string{"1.0.0", "1.1.0", "2.0.0-rc.1"}, Retired: []uint32{0, 2}, WithAdvisories: []uint32{0, 2}}
	if diff := cmp.Diff(want, p.IndexEntry(nil)); diff != "" {
		t.Errorf("whole package (-want +got):\n%s", diff)
	}
	kept := p.Keep(func(r Release) bool { return r.Version != "1.0.0" })
	want = VersionedPackage{Name: "plug", Versions: []string{"1.1.0", "2.0.0-rc.1"}, Retired: []uint32{1}, WithAdvisories: []uint32{1}}
	if diff := cmp.Diff(want, kept.IndexEntry(nil)); diff != "" {
		t.Errorf("filtered package (-want +got):\n%s", diff)
	}
}

func TestIndexEntryReusesUpstreams(t *testing.T) {
	p := samplePackage()
	upstream := p.IndexEntry(nil)
	upstream.Raw = append(upstream.marshal(), futureFields()...)
	if got := p.IndexEntry(&upstream); !bytes.Equal(got.Raw, upstream.Raw) {
		t.Error("an entry that says the same is written anew")
	}
	kept := p.Keep(func(r Release) bool { return r.Version == "1.1.0" })
	if got := kept.IndexEntry(&upstream); got.Raw != nil {
		t.Error("an entry with other versions keeps upstream's bytes")
	}
}

func TestVersionsSort(t *testing.T) {
	v := &Versions{Packages: []VersionedPackage{{Name: "b"}, {Name: "a_b"}, {Name: "a"}}}
	v.Sort()
	if v.Packages[0].Name != "a" || v.Packages[1].Name != "a_b" || v.Packages[2].Name != "b" {
		t.Errorf("order %v", v.Packages)
	}
}

func TestUnmarshalIndexesRefuse(t *testing.T) {
	// The two formats share the shape that matters here.
	entry := func(raw []byte) []byte { return appendText(appendBytes(nil, 1, raw), 2, "hexpm") }
	plug := appendText(nil, 1, "plug")
	for _, c := range []struct {
		name    string
		payload []byte
	}{
		{"empty", nil},
		{"no repository", appendBytes(nil, 1, plug)},
		{"repository is a path", appendText(nil, 2, "../x")},
		{"entry without name", entry(nil)},
		{"entry is a number", appendNumber(appendText(nil, 2, "hexpm"), 1, 1)},
		{"name is a path", entry(appendText(nil, 1, "a/b"))},
		{"name twice", appendBytes(entry(plug), 1, plug)},
		{"truncated", entry(plug)[:4]},
		{"too many", append(bytes.Repeat([]byte{0x0a, 0x00}, 3), entry(plug)...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := UnmarshalNames(c.payload); !errors.Is(err, ErrMalformed) {
				t.Errorf("names: error %v, want ErrMalformed", err)
			}
			if _, err := UnmarshalVersions(c.payload); !errors.Is(err, ErrMalformed) {
				t.Errorf("versions: error %v, want ErrMalformed", err)
			}
		})
	}
	hostile := entry(appendText(bytes.Clone(plug), 2, "../../1.0.0"))
	if _, err := UnmarshalVersions(hostile); !errors.Is(err, ErrMalformed) {
		t.Errorf("a version that is a path: error %v, want ErrMalformed", err)
	}
}
