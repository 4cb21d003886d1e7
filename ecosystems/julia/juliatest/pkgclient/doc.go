// Package pkgclient is a scripted Julia: a [Client] asks a package server for what some
// version of Pkg would ask for, in the same order and with the same headers, and
// refuses what that version would refuse. It is used by tests and by `offmirror demo`
// to show that a mirror serves versions of Julia that are not at hand.
//
//	c := pkgclient.New(pkgclient.Julia("1.12.6"), "http://127.0.0.1:8000/julia", dir)
//	report, err := c.Add(ctx, "Example", "JSON@0.21")
//
// # What is real
//
// The depot. Registries, packages and artifacts are unpacked into a folder laid out as Julia
// lays it out, and what is unpacked is hashed again by a second implementation of git tree hashes,
// which shares nothing with package treehash: a mistake there shows here. A new Client
// on the same folder is a new session of Julia with the same depot and the same environment.
//
// The checks, and their absence. Julia 1.4 to 1.6 believe any registry that has a
// Registry.toml with the four keys that they want; 1.7 and 1.8 believe any that can be read;
// 1.9 and later prove it. Registries that stay packed are read by the names that stand in the
// tarball, so that "./" before them makes a registry empty of files. A body that a web
// server compressed once more is not unwrapped twice.
//
// The rules about servers. From 1.8 packages, and from 1.13 artifacts, are asked for only
// if the server lists a registry that has the package. General is installed whether
// the server lists it or not, which means from where it is at home.
//
// # What is not
//
// Nothing but the server is ever dialled. Where Julia would go on to GitHub or to an artifact's
// own address, that is an [Escape] in the [Report], and the attempt counts as failed; where
// Julia stops at the first such failure, the client goes on to find the others, and the
// error at the end is [ErrEscape]. A redirect to another machine is an escape too,
// since a site behind an air gap cannot follow it.
//
// The resolver is simple: depth first, newest version first. It finds a solution if there is
// one and its budget lasts, not always the one that Julia prefers. What comes with Julia is not
// installed, and satisfies every compat entry. Code is not run: neither build
// scripts nor hooks that select artifacts, for which [Client.Augmented] stands in.
//
// Each command takes place a minute after the one before, whatever the clock says, so
// that the rules about registries that were just updated hold and tests need not wait;
// [Client.Wait] lets more time pass.
package pkgclient
