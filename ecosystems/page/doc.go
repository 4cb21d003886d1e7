// Package page shows a mirror to people, as HTML at / and /ECOSYSTEM/, and to programs, as JSON
// below /api/v1/ (docs/api.md).
//
//	/                       what is mirrored, how fresh, how large; ?q= searches all of it
//	/ECOSYSTEM/             one ecosystem: set-up of clients, what changed, what is missing, growth, kept snapshots
//	/ECOSYSTEM/?q=          search in it
//	/ECOSYSTEM/?from=&to=   difference of two snapshots, &offset= pages on
//	/ECOSYSTEM/@REF/…       the same of a kept snapshot
//
// # What may be seen
//
// A page about an ecosystem has that ecosystem's path, and so has what the API tells of one, so whatever
// stands before the site lets in whom it lets in to the packages. Pages about all ecosystems show only those
// that are open to who asks: see [serve.Open].
//
// # Hostile input
//
// Names, reasons, URLs and licences come from upstream, and the host and the query from anybody. Everything is
// escaped for where it stands (html/template), stripped of characters that would turn text around,
// and cut to a length. The Content-Security-Policy allows the style sheet, script and icon of this package and
// nothing else, so that what gets through all the same runs nothing and loads nothing.
//
// # What a request may cost
//
// A page about the whole site reads the heads of the current snapshots, and remembers them for a moment. Searches and
// differences read lists; few are under way at a time, each has a deadline, and who comes while all are
// taken is told to come again. What a search has to know of a snapshot is made once (see
// [ecosystems.Searcher]) and kept for a few snapshots.
package page
