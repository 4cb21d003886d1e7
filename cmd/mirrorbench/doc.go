// Mirrorbench measures offmirror beside the tools that one would otherwise
// use, in one run and on one machine, and prints ratios.
//
//	mirrorbench [FLAGS]
//
// It builds a Hex repository in memory, serves it from a process of its own
// (the same binary, so that its CPU time is accounted apart) and waits before
// each answer as a distant server would. Then it runs the sections that
// --section selects, all by default:
//
//	cold       N tarballs from an upstream with latency. The bound is
//	           N × latency ÷ concurrency: no client with that many requests in
//	           flight can be faster. wget, curl, rclone and aria2c fetch the
//	           tarballs without any proof, and once more with sha256sum and
//	           sync behind it; offmirror syncs the whole repository, with
//	           signatures, checksums, durability and publication.
//	loopback   the same without latency, beside the rates of the disk itself:
//	           the same bytes written to one file and fsynced, and the same
//	           files made durable one by one and in large groups.
//	unchanged  a second sync over many tarballs: requests as the upstream
//	           counts them, CPU seconds and peak memory as the kernel does.
//	growth     a sync after k releases were published, for several k.
//	serve      offmirror serve, nginx and python -m http.server under wrk.
//	julia-hash tree hashes of tarballs, as packages and artifacts of Julia are
//	           proven, beside gunzip and SHA-1 alone, on one processor and on all.
//	julia-plan a plan of everything that a package server of Julia has, before there
//	           is a mirror, and of a mirror after one version was published.
//	julia-unchanged, julia-growth
//	           as the sections of Hex, over packages and artifacts.
//	justmr     64 archives and the git repositories of 16 commits: a first sync, one
//	           without changes, and curl and git without any proof.
//
// Contenders run interleaved, --repeat times each, and the median counts. The
// conditions are the same for all: everything written before is synced before
// the clock starts, and takes no more room; with --drop-caches (root only) the
// page cache is dropped as well. A contender whose program is missing is listed as
// missing and is not an error.
//
// Times depend on the machine and on what else it does; only ratios within one
// run mean anything. The table goes to stdout, remarks to stderr; --json prints
// one JSON object a line instead, each with a "type".
package main
