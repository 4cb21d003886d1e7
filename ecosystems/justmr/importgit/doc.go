// Package importgit imports a git repository, with all that it depends on, into a
// multi-repository configuration, as just-import-git of justbuild does: the same
// options, the same result byte for byte, and the same remarks while it works.
//
// # What an import is
//
// The repository is looked at as its branch stands, and its configuration is read. From one
// repository of that, the entry, all that can be reached is taken over under names that
// begin with the name of the import: over bindings and what computed roots are computed
// from, as they are; over layers and shared roots only as a root, without bindings of
// their own. Where one of those is a folder of the imported repository, it becomes that
// folder of the git repository at the commit that was found.
//
// Nothing of the configuration that is imported into is lost: its keys stay where they are
// and as they are, and what is new comes behind.
//
// # Where the repository comes from
//
// [Clone] asks the URL with the git program. The URL and its credentials are the user's
// own, so git has the whole environment and configuration of the user: credential helpers, insteadOf,
// proxies, SSH. Of the repository, which is somebody else's, nothing is executed: it is
// not checked out, so there are no hooks, filters or submodules, and links in it do not
// lead out of it. [FromRoot] and [FromServer] take it from a mirror of offmirror instead, where
// the upstream's URL need not be reachable; it is the upstream's that is recorded.
//
// # Where it differs from the Python program
//
// A configuration that makes the original end with a traceback ends with one line here. Cycles of
// references, in which the original runs for ever, are errors. A configuration file that is
// produced by a filter of .gitattributes is read as it is committed.
package importgit
