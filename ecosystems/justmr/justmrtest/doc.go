// Package justmrtest makes what multi-repository builds are fetched from, for tests, the demo and
// measurements: file servers and git repositories on several hosts of this machine, and the
// repos.json files that name them.
//
// # Servers
//
// [Start] listens on one address for each host, 127.0.0.1, 127.0.0.2 and so on, since just-mr tells
// hosts apart without their ports. A [Host] has files by their path and query, and git
// repositories, which are made by real git and served over smart HTTP. Everything is the
// same on each run but ports.
//
// Hosts can be made to misbehave as real ones do: they vanish ([Host.Down]), lose files
// ([Host.Remove]), answer with a page and status 200 ([Host.Page]), damage what they
// have ([Host.Tamper]), fail for a while ([Host.Fail]). A [Repository] may be rewritten by force,
// lose branches, and have its tags moved. All requests are in a log, whichever host they came to.
//
// # Configurations
//
// A [Config] is any repos.json, also one that no program could work with: its values are
// those of JSON. [Upstream.Public] makes one of the shape of those that are public, 64 archives and 16
// git repositories, with all that it names.
package justmrtest
