// Package registry reads Julia's package registries, such as General, and writes
// pruned ones.
//
// A registry is a tree of small TOML files: Registry.toml lists packages by UUID, and each
// has a folder with
//
//	Package.toml                      name, UUID, git repository, folder in it
//	Versions.toml                     git tree hash of each version, and whether it is yanked
//	Deps.toml, WeakDeps.toml          names and UUIDs of dependencies, by ranges of versions
//	Compat.toml, WeakCompat.toml      which versions of them, by ranges of versions
//
// of which only the first must exist. Folders are where Registry.toml says; several packages
// may have the same name.
//
// [Read] takes the tarball that a package server hands out and proves nothing; compare
// [Registry.Hash] with the hash that was asked for. [ReadFS] takes a
// directory. Only Registry.toml is parsed at once, files of packages when they are asked for, and
// nothing that was parsed is kept: a Registry costs the bytes of its files or, with a spool,
// only their names.
//
// Errors about content are [*FileError]s of one line with file and line. A
// package whose files are broken is of no use to any client, so its methods fail as a whole;
// all others remain usable.
//
// [Registry.WritePruned] writes the registry with fewer versions: the same UUID, the same
// packages, the same bytes in all files but Versions.toml. Ranges in the other files stay true
// when versions go, and names must stay, since clients look up every dependency of
// whatever they consider, mirrored or not.
package registry
