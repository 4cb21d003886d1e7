// Package installs reads the lists by which `mix local.hex`, `mix local.rebar` and
// setup-beam find what to install: the CSV files below /installs with their
// .signed companions, and the builds.txt files below /builds.
//
// # Installers
//
// There are two families of CSV files. The newer one names an OTP release per
// row and is read by Elixir 1.18.4 and later; the older one lists any number of
// Elixir versions per row. [Lists] has all five files. A [List] knows its columns,
// the paths of what it names, and which rows clients pick:
//
//	rows, err := list.Parse(csv)
//	for _, a := range list.Latest(rows) { … a.Path, a.Proof() … }
//
// Clients walk the rows from the end and take the first that is not too new for
// their Elixir and OTP. [List.Latest] computes which archives that can be for any
// Elixir and OTP at all, so a mirror of the latest ones serves every client.
// Lists are signed and always mirrored whole.
//
// A list is proven together with its signature by [Verify], with Elixir's own key
// ([ElixirKey]), not the registry's. The two are separate files upstream. A pair
// that was torn by an upload in between fails; fetch both again.
//
// # Builds
//
// A builds.txt names precompiled Elixirs or OTPs, by version or branch, mostly
// with a SHA-256. [ParseSelector] reads what a configuration wants of them.
//
// # Hostile input
//
// Sizes and counts are capped, and every column that becomes part of a path is
// checked before it does.
package installs
