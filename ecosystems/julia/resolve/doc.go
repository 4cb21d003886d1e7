// Package resolve works out which versions of which packages a mirror must hold.
//
// It is no resolver that finds one solution: it finds the set of versions among which
// clients will look for theirs. Beginning with roots and lock files, each version that is kept is
// followed: what its dependencies' compat entries admit is kept too, until
// nothing is added. Only versions that can be used with one of the given
// versions of Julia count, and yanked ones only where a manifest pins them, or where
// all versions of everything are kept.
//
// # Which versions
//
// A [Policy] chooses among the versions that a root or a compat entry admits, for each
// of the given versions of Julia on its own:
//
//	all          every one
//	latest:N     the newest N; for a compat entry that spans several classes, also the newest of each
//	compatible   the newest of each class
//	locked       none: only what manifests pin
//
// A class is what Julia takes for compatible: 1.x, 0.3.x, 0.0.3. Newest versions alone would not
// do, since a third package may exclude them; with one of each class resolvers find a
// solution, except in cases that only a manifest can settle.
//
// # Which packages
//
//   - Weak dependencies are not followed by themselves. If the package is kept for
//     another reason, what weak dependencies admit is kept too.
//   - A dependency that is in no registry comes with Julia, and is listed in
//     [Result.Unregistered].
//   - A package may be in several registries; its versions are taken from all of
//     them.
//   - A name may belong to several packages. A root with such a name means all.
//   - What a manifest pins is not followed to packages that the manifest mentions itself.
//   - A version that is denied is never kept.
package resolve
