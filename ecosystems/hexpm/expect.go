package hexpm

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems"
)

// What a release takes in bytes where nothing better is known, rounded up: the tarballs of hex.pm
// came to some 78 kB each when their total was last published with their number, 700 MB for 9,000 of them.
// Documentation is about three times that.
const typicalTarball, typicalDocs = 80 << 10, 240 << 10

// enough is how many files of a mirror say more about its next ones than hex.pm as a whole.
const enough = 100

// expect announces that so many releases are to be fetched. No index tells their sizes.
func (p *planner) expect(releases int) error {
	if p.in.Expect == nil || releases == 0 {
		return nil
	}
	e := ecosystems.Expectation{Files: releases, Bytes: int64(releases) * p.typical(tarballsDir, typicalTarball), Estimated: true}
	if p.docs {
		e.Files, e.Bytes = 2*e.Files, e.Bytes+int64(releases)*p.typical(docsDir, typicalDocs)
		e.Instead = "docs = false, "
	}
	e.Instead += `versions = "latest:3", packages or locks`
	if err := p.in.Expect(e); err != nil {
		return fmt.Errorf("hex: %w", err)
	}
	return nil
}

// typical returns what a file of a folder takes, in the main repository and in others: the mean of those that the
// mirror shows and a quarter on top, as the next ones may be larger, or if those are few what is typical of hex.pm.
func (p *planner) typical(folder string, otherwise int64) int64 {
	var files, bytes int64
	for _, s := range p.shelves {
		for e := range p.entries(s.prefix + folder) {
			files++
			bytes += e.Size
		}
	}
	if files < enough {
		return otherwise
	}
	return bytes/files*5/4 + 1
}
