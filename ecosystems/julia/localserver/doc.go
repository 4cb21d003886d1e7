// Package localserver is the package server of a site: private registries in git, and a public Pkg
// server behind it, while clients ask. It does what LocalPackageServer.jl does, and reads the
// same configuration, see [Config].
//
//	s, err := localserver.Open(ctx, localserver.Options{Config: c, Fetch: fetch.DefaultConfig()})
//	http.Serve(listener, s)
//
// # What is served
//
//	/registries, /registries.conservative, /registries.eager    the lists, merged
//	/registry/UUID/HASH, /package/UUID/HASH, /artifact/HASH     tarballs, by git tree hash
//	/meta                                                       how things stand, as JSON
//
// By GET and HEAD, with Content-Length, ETag and ranges once an object is here. So it is a storage server for
// PkgServer.jl, too.
//
// # When others are asked
//
// Only when a client asks. For a list, each source is asked again if the last time is longer ago
// than min_time_between_registry_updates. A client that there is an older answer for waits a few seconds
// for the newer one, no longer. For an object that is not here, the git registries come first, if one of them
// has the package, then the Pkg server.
//
// A list names what is here: the tarball of a registry is fetched, or made, and proven before the list
// names it. If a source cannot be had, what it had last stays listed, also over restarts, and /meta says so.
//
// # Objects
//
// An object is fetched once, however many clients ask, and they read it while it arrives (package
// fetch/stream). Each is proven by its git tree hash before it is kept, and before anybody gets the end of it.
// Tarballs of git trees are made of git's own objects, so no attribute of a repository changes them, in a
// normal form: the same tree gives the same bytes wherever it is made. Artifacts of private packages are fetched
// from the places that their Artifacts.toml names. An object is read again and compared with its name the
// first time that a process serves it; one that has rotted is fetched anew.
//
// # On disk
//
//	cache_dir/store            the objects
//	cache_dir/state            what they are, the state of each source, the memory of the fetch engine
//	git_clones_dir/git         bare repositories, HOST/PATH.git
//
// Both folders are locked while a server works on them. Everything survives kill -9 at any point.
package localserver
