// Package gitrepo mirrors git repositories with the git program, for ecosystems
// whose sources or indexes are kept in git.
//
// A [Store] is a folder of bare repositories, HOST/PATH.git, named after the URL
// under which others know them ([Name]). [Store.Update] brings one up to date from the first
// candidate that works; [Repo] answers questions about what is in it; [Repo.Objects]
// reads objects by id; [Handler] serves the folder to git clients, read only. [Repo.Export] turns
// a repository into plain files, which can be part of a snapshot like any others, and [Serve]
// serves those, of the published snapshot and of older ones. [Repo.ExportPinned] does so for clients
// that look commits up by branches, which upstream may have rewritten.
//
// # What is kept
//
// Everything that was ever fetched. All refs are mirrored, none is pruned: a branch that
// upstream deletes stays. Where upstream rewrites history or moves a tag, what the ref
// named before stays reachable as refs/keep/ID. Nothing is ever
// collected, so a commit that some lock file names is still there when upstream has
// long forgotten it.
//
// An update is visible all at once: objects first, then the refs, moved in a
// transaction. A first clone that fails leaves nothing behind.
//
// # How git is called
//
// As a tool for hostile surroundings. The configuration of the machine and of the user is not read
// (GIT_CONFIG_NOSYSTEM, an empty GIT_CONFIG_GLOBAL); the caller's settings ([Options]) hold for
// each call, and are passed in the environment, so that secrets among them do not
// show in a list of processes. No hook runs, nobody is asked for a password, no transport but
// http, https, ssh and git is allowed, and local files only where the caller says so, since URLs
// may come from indexes that somebody else wrote. Credentials follow no redirect. Time, output and growth are bounded, and
// a call that is given up takes its child processes with it. Errors are one line, without
// credentials.
//
// Values of this package may be used by several goroutines unless they say otherwise.
package gitrepo
