// Package manifest reads Julia's lock files: Manifest.toml of every format.
//
// A manifest names, for one environment, the exact content of each package by its git
// tree hash, so it is the most exact way to say what a mirror must hold.
//
//	format 1.0    Julia 1.0 to 1.6    [[Name]] at the top
//	format 2.0    Julia 1.7 to 1.12   [[deps.Name]], julia_version
//	format 2.1    Julia 1.13          also [registries.ID] and registries of each package
//
// Formats 2.x that are newer are read like 2.1; a higher number before the point is
// refused.
//
// An [Entry] is of one of four kinds. Only [Registered] ones are found in
// registries. [Stdlib] ones come with Julia; [Local] ones are folders of whoever
// wrote the manifest; [Repository] ones come straight from git: neither of the last two can be
// asked of a package server, and [Manifest.OutOfScope] lists them.
//
// Projects may have several manifests for several versions of Julia, such as
// Manifest-v1.11.toml; see [Names] and [Find].
package manifest
