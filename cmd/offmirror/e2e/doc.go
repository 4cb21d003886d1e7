// Package e2e proves offmirror with the programs that people use it for: the
// real julia, mix with Hex, rebar3, just-mr, nginx, git and Python's file server, each in a
// Debian system of its own (see clients/build-chroots), against the built
// offmirror binary. The package holds tests only, behind the build tag e2e.
//
// # Running
//
//	make e2e                          everything, as root: builds what is missing, then tests
//	.ci/e2e -test.run TestMix/M4      arguments go to the test binary
//
// .ci/e2e compiles first and then runs the tests in a network namespace that
// holds nothing but the loopback device: what a client gets, it got from the
// mirror. The tests refuse to run with any other network in reach, and a missing
// client is a failure, not a skip.
//
// # How a test is made
//
// The packages of packages_test.go are built by `mix hex.build` and signed by
// `mix hex.registry build`, Hex's own tools ([publish]); a small server hands
// them out as hex.pm does ([upstream]). A [mirror] is a root folder that
// `offmirror sync` filled; its server is reached through a [tap], which records
// the bytes of both directions as they cross the wire, so that a test can
// say what the client asked and what it was told. A [home] is one user with a clean home
// folder in one system; [mixProject] and [rebarProject] are that user's project.
//
// For Julia, git makes the registries and packages of julia_packages_test.go, tar
// the tarballs of a package server, and Julia itself the hashes of artifacts; git's
// hashes of packages and Julia's are compared ([juliaWorld]). What packages say of
// where they come from means nothing here; a [juliaSite] has it in truth, and
// mirrors are told so. A [juliaUser] has an empty depot, and no name server but a
// [resolver]: a client that looks for something elsewhere is seen there.
//
// For just-mr, ecosystems/justmr/justmrtest makes archives and git repositories, and the
// hosts that have them ([justmrSite]). A [justmrUser] sets a project up with an empty local build
// root; the ids of the git trees that come out are compared with those of upstream.
//
// The page for people is looked at with Chromium ([browser]), by the WebDriver protocol. OFFMIRROR_SCREENSHOTS
// names a folder for what it looked like, page.png and page-dark.png, as they are below docs.
//
// Names of subtests are those of the acceptance lists that the drivers were built
// against: R1 to R7 for rebar3, M1 to M12 for mix, J1 to J17 for Julia, 1 to 15 for
// just-mr. Debian's
// Julia is 1.5: it neither proves registries nor keeps them packed, and knows
// no zstd; what later ones do is replayed by ecosystems/julia/juliatest/pkgclient.
// J0 is about the tests themselves.
package e2e
