// Package audit writes down where every source of a mirror comes from and what it is: as
// JSON, as CSV for spreadsheets, and as a CycloneDX bill of materials.
//
// The bytes depend on the entries alone, and dates in them are days, so a run that learns
// nothing new writes what the one before wrote. Entries are sorted by type and content.
//
// # CSV
//
// The first line names the columns. Several values of one cell are separated by line
// feeds. A cell that a spreadsheet would take for a formula begins with an apostrophe, as
// spreadsheets have it for text.
//
// # CycloneDX
//
// The form is version 1.6. The serial number is made of the content, and there is no
// timestamp. Files are named by their SHA-256, SHA-512 and as swh:1:cnt:… (SWHID), which is the
// content id of just-mr; git repositories by one component for each pinned commit.
package audit
