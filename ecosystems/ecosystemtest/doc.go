// Package ecosystemtest is the conformance suite of drivers: what every
// ecosystem has to keep so that plan, sync, verify, bundle and serve can treat all
// of them alike.
//
// A driver's package describes itself by a [Suite] and calls [Run]:
//
//	func TestConformance(t *testing.T) {
//		ecosystemtest.Run(t, ecosystemtest.Suite{
//			Ecosystem: toy.Ecosystem(),
//			Upstream:  startToy,
//		})
//	}
//
// Nothing is faked but the upstream: drivers run under ecosystems/mirror, with the
// real engine, store and snapshots in a temporary folder. [Root] is that mirror,
// for tests of a driver's own: it records what the driver yields.
//
// The promises, one subtest each:
//
//   - declaration: words, options with tags and defaults that make a driver;
//   - items: paths that are valid and claimed once, names and reasons for people,
//     content before the indexes that name it;
//   - unchanged: a second run finds nothing new and asks for indexes only;
//   - plan: planning downloads indexes and nothing else;
//   - order: two runs against the same upstream yield the same items in the same order;
//   - change: a changed upstream makes another snapshot, and then rests again;
//   - hostile: names that are no safe paths end the run, and nothing is published;
//   - cancellation: a cancelled or abandoned plan ends, and nothing is published;
//   - proof: what was published passes the driver's own proof;
//   - serving: every file is served as it is, but for those that name the mirror itself, and
//     anything else is a plain 404;
//   - clients: there is advice, and it names the mirror's URL;
//   - writes: nothing appears in the current folder.
package ecosystemtest
