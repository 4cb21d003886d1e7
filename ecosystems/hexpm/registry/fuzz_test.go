package registry

import (
	"bytes"
	"testing"
)

// Whatever is read must be written back to something that reads the same.
func FuzzUnmarshalPackage(f *testing.F) {
	f.Add(samplePackage().Marshal())
	f.Add(append(samplePackage().Marshal(), futureFields()...))
	f.Fuzz(func(t *testing.T, payload []byte) {
		p, err := UnmarshalPackage(payload)
		if err != nil {
			return
		}
		first := p.Marshal()
		again, err := UnmarshalPackage(first)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if !bytes.Equal(again.Marshal(), first) {
			t.Fatal("writing is not stable")
		}
		for _, r := range p.Releases {
			p.AdvisoriesOf(r)
		}
		p.IndexEntry(nil)
	})
}

func FuzzUnmarshalIndexes(f *testing.F) {
	f.Add((&Names{Repository: "hexpm", Packages: []NamedPackage{{Name: "plug"}}}).Marshal())
	f.Add((&Versions{Repository: "hexpm", Packages: []VersionedPackage{samplePackage().IndexEntry(nil)}}).Marshal())
	f.Add(samplePolicy().Marshal())
	f.Fuzz(func(t *testing.T, payload []byte) {
		if n, err := UnmarshalNames(payload); err == nil {
			if _, err := UnmarshalNames(n.Marshal()); err != nil {
				t.Fatalf("names: what was written cannot be read: %v", err)
			}
		}
		if v, err := UnmarshalVersions(payload); err == nil {
			if _, err := UnmarshalVersions(v.Marshal()); err != nil {
				t.Fatalf("versions: what was written cannot be read: %v", err)
			}
		}
		if p, err := UnmarshalPolicy(payload); err == nil {
			p.Raw = nil
			if _, err := UnmarshalPolicy(p.Marshal()); err != nil {
				t.Fatalf("policy: what was written cannot be read: %v", err)
			}
		}
	})
}

func FuzzOpen(f *testing.F) {
	f.Add(seal(f, samplePackage().Marshal()))
	f.Add(gzipped(f, []byte("x")))
	f.Fuzz(func(t *testing.T, file []byte) {
		if s, err := Open(file, 1<<20); err == nil && len(s.Payload) > 1<<20 {
			t.Fatalf("payload of %d bytes passed the cap", len(s.Payload))
		}
	})
}
