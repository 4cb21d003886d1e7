// Package juliaup reads the database in which juliaup looks for versions of Julia, and writes
// one that names only what a mirror has.
//
// juliaup is given another server by JULIAUP_SERVER (https, but for the same machine). There
// it asks for the version of the database at [VersionPath], and for the database at
// [DatabasePath], one for each target that juliaup itself is built for: [Targets]. What it then
// downloads is the UrlPath of a version, below the same server.
//
// Two traps: the database is used only if its version is higher than that of the one inside the
// juliaup program, and than that of the one it has; so a database that was changed needs a
// version of its own, which [Raise] makes. And there are no checksums in it, nor does juliaup know any:
// it is the mirror that must prove the archives, by versions.json.
//
// [Database.Filter] leaves out versions that the mirror lacks. A channel, such as "release", "lts", "1" or
// "1.10~x64", that led to one of them is led to the newest version of the mirror that it can mean,
// or is left out too, so that everything that juliaup offers can be installed.
package juliaup
