// Package justmr mirrors the sources of multi-repository builds: the archives and git
// repositories that repos.json files of just-mr name.
//
// # The ecosystem
//
// A configuration names each source by an id of its content: a file by its git blob id, a
// git repository by a commit. Where it is to be had is a list of URLs, of which any may be
// dead; so a mirror needs no index, and a source that is here costs no request any more.
//
// # What is written
//
//	distdir/NAME  distdir-2/…     files by the names that just-mr looks for in distdirs
//	blob/CONTENT/NAME             files by their content, for URLs
//	by-host/HOST/…                the same, to be browsed by where they came from
//	git/HOST/PATH.git             bare repositories with full history
//	just-local.json  rc.json      what just-mr has to be told; gitconfig for git itself
//	audit.json  audit.csv         where everything came from, and what it is
//
// # Proof
//
// Files are proven by their content id, which is a SHA-1, and by the SHA-256 and SHA-512
// that the configuration gives; all three are recorded. Wrong content from one place leads
// to the next, where just-mr itself would give up. Commits are proven by git.
//
// # What stays
//
// Nothing that was mirrored is taken away by upstream: a branch that is deleted or
// rewritten stays reachable, and a branch that clients look a pinned commit up by reaches
// it for ever. What no configuration names any more leaves with the next snapshot.
package justmr
