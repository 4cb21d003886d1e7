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
//	by-host/HOST/…  by-host.html  the same, to be browsed by where they came from
//	git/HOST/PATH.git             bare repositories with full history
//	git/HOST+PORT                 link to git/HOST:PORT, since libgit2 takes a path with a colon for a host
//	git/trees/ID.git              git trees that a command made
//	locations.json                where each of these is, and what it was asked for by ([Locations])
//	just-local.json  rc.json      what just-mr has to be told; gitconfig for git itself
//	audit.json  audit.csv         where everything came from, and what it is
//
// Files for clients are made from locations.json for the base URL that the client sees: in the
// tree for its folder, or for base_url; over HTTP for the host that was asked; by "offmirror
// justmr local" for any other. Clients look up exact URLs, so every spelling that a
// configuration has leads to the one repository. Where two contents have one URL, it is left
// out: clients would take either for the other. They are found in distdirs.
//
// # Git trees
//
// just-mr knows no mirrors of git trees. One that a mirrored repository holds is part of it, and
// has the ref refs/offmirror/tree/ID there. One that only a command makes is reported, and with
// run_commands the command is run, in an empty folder with the variables that the configuration sets or
// names, and the tree becomes git/trees/ID.git. Either way a client takes it over with
//
//	git -C LBR/repositories/generation-0/git fetch BASE/PATH refs/offmirror/tree/ID
//
// where LBR is the local build root and PATH as locations.json says; just-mr then finds it there
// and does not run the command.
//
// # Proof
//
// Files are proven by their content id, which is a SHA-1, and by the SHA-256 and SHA-512
// that the configuration gives; all three are recorded. Wrong content from one place leads
// to the next, where just-mr itself would give up. Commits are proven by git.
//
// # Where things are looked for
//
// In the order of just-mr: local mirrors of the primary URL, then the primary URL and its
// mirrors, those on preferred hosts first. Where several repositories name one content, or
// one git repository, their URLs follow each other in the order of the configurations. How each URL
// was found is remembered; a primary URL that is dead behind a working mirror is told of
// when people ask for the status. URLs that nothing had to be fetched from are asked whether they are
// there, once, and again every deep_every.
//
// # What stays
//
// Nothing that was mirrored is taken away by upstream: a branch that is deleted or
// rewritten stays reachable, and a branch that clients look a pinned commit up by reaches
// it for ever. What no configuration names any more leaves with the next snapshot.
package justmr
