package registry

import (
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

func sum(b byte) (c Checksum) {
	for i := range c {
		c[i] = b
	}
	return c
}

// samplePackage uses every field.
func samplePackage() *Package {
	return &Package{
		Repository: "hexpm",
		Name:       "plug",
		Releases: []Release{
			{Version: "1.0.0", InnerChecksum: sum(1), OuterChecksum: sum(2), Retired: &Retirement{Reason: RetiredSecurity, Message: "use 1.1"}, AdvisoryIndexes: []uint32{1}},
			{Version: "1.1.0", InnerChecksum: sum(3), OuterChecksum: sum(4), Dependencies: []Dependency{
				{Package: "mime", Requirement: "~> 1.0"},
				{Package: "cowboy", Requirement: ">= 0.0.0", Optional: true, App: "cow", Repository: "acme"},
			}, PublishedAt: time.Date(2026, 5, 18, 10, 11, 12, 345678000, time.UTC)},
			{Version: "2.0.0-rc.1", InnerChecksum: sum(5), OuterChecksum: sum(6), Retired: &Retirement{Reason: RetiredOther}, AdvisoryIndexes: []uint32{0, 1}},
		},
		Advisories: []Advisory{
			{ID: "CVE-2026-0001", Summary: "first", HTMLURL: "https://osv.dev/vulnerability/CVE-2026-0001", APIURL: "https://api.osv.dev/v1/vulns/CVE-2026-0001", Severity: SeverityHigh, HasSeverity: true, CVSSScore: 7.5, Aliases: []string{"GHSA-a", "GHSA-b"}},
			{ID: "GHSA-c", Summary: "second", HTMLURL: "h", APIURL: "a"},
		},
	}
}

// futureFields are fields that no version of the format has yet: one of each wire type.
func futureFields() []byte {
	b := protowire.AppendVarint(protowire.AppendTag(nil, 90, protowire.VarintType), 1<<40)
	b = protowire.AppendString(protowire.AppendTag(b, 91, protowire.BytesType), "new")
	b = protowire.AppendFixed32(protowire.AppendTag(b, 92, protowire.Fixed32Type), 32)
	b = protowire.AppendFixed64(protowire.AppendTag(b, 93, protowire.Fixed64Type), 64)
	b = protowire.AppendTag(b, 94, protowire.StartGroupType)
	b = appendText(b, 1, "in a group")
	return protowire.AppendTag(b, 94, protowire.EndGroupType)
}
