// Package lockfile reads the lock files of the clients of Hex: mix.lock of
// Elixir's Mix, rebar.lock of rebar3 and manifest.toml of Gleam.
//
// [Parse] finds out which of them it has, by the file name or, where that tells
// nothing, by the content; so copies may have any name. It reads every format
// that these tools ever wrote:
//
//   - mix.lock: the map of today and the list of Elixir before 1.0; entries of
//     {:hex, …} with three to eight and more elements, and {:package, version};
//   - rebar.lock: the plain list of the first rebar3, and the versions "1.1.0"
//     and "1.2.0" with their inner and outer checksums; later ones as far as
//     they look alike;
//   - manifest.toml with any of the sources hex, git and local.
//
// mix.lock and rebar.lock are programs to Elixir and Erlang. Here they are data:
// literals are read, nothing is ever evaluated. Lock files come from anywhere,
// so everything in them is checked: what is returned is fit to be a part of a
// path ([Entry.Package], [Entry.Version], [Entry.Repository]) and checksums are
// what they claim to be. A file that breaks a rule is refused as a whole, by an
// [*Error] that names the line and what to do, because a lock that is half read
// makes a mirror that is half there.
//
// What a lock names but Hex does not hold, such as git dependencies, is listed in
// [Lock.Outside], so that somebody can be told.
package lockfile
