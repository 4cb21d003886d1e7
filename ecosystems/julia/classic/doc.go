// Package classic knows the layout that julia-mirror wrote, and that PkgMirrors.jl and
// sites built on it still read: names of files, the two JSON documents, and tarballs that
// have everything in one folder.
//
//	status.json                                   what is here and since when: [Status]
//	releases/releaseinfo.json                     Julia itself: [ReleaseInfo]
//	releases/vX.Y/, releases/latest/              the newest patch of each series, nightly builds
//	metadata/METADATA.jl, METADATA.jl.git         the packages of Julia before 0.7
//	registries/list.txt                           a name in each line
//	registries/NAME, NAME.git                     the files of the registry, and its git repository
//	packages/PKG/NAME/PKG-TREE.tar.gz[.sha256]    a package by its git tree hash, see [PackageFile]
//	packages/PKG/NAME/PKG-VERSION.tar.gz[.sha256] a relative link to it
//	packages/PKG/NAME/PKG-latest.tar.gz[.sha256]  the newest commit
//	packages/PKG/NAME/PKG                         a link to the package's folder in the registry
//	registries/NAME/L/PKG/releases                a link back
//	PkgMirrors.jl.git                             the client
//
// Package tarballs look like those that GitHub makes of a tree: there is a folder
// OWNER-REPO-1234567 around everything, which clients strip. Such a tarball is proven
// ([Proof]) by the git tree hash of what is in the folder. [Wrap] makes one from the
// tarball of a package server, [Unwrap] goes the other way, so that an old mirror can be
// taken over. What GitHub made need not pass: it leaves out what attributes tell it to.
//
// Nothing here touches a network or a disk.
package classic
