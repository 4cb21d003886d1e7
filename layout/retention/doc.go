// Package retention decides which snapshots a mirror keeps, and takes back the
// space of objects that nothing needs any more.
//
// # Which snapshots are kept
//
// [Keep] applies the rules of a [Config]: the newest N snapshots, the newest of each of the
// last N days and of each of the last N weeks that have one, per ecosystem, in UTC. The
// published snapshot, tagged ones, those that a bundle builds on and those from the
// future are kept whatever the rules say. Without a rule everything is kept.
//
// # Which objects are removed
//
// [Collect] removes an object in two phases. One run condemns it: nothing that is kept
// refers to it, and that is written down with the time. A later run removes it if it
// has been condemned for as long as the grace, nothing has come to refer to it, and its
// file is older than the grace too, so that what a run or a bundle has just brought is never
// touched. A grace of zero does both in one run.
//
// What is kept are the objects of
//
//   - every snapshot that is kept, of every ecosystem, whether this program knows the ecosystem
//     or not;
//   - the memories of drivers, ROOT/state/drivers/*.json: whatever looks like an object's
//     name in there;
//   - a local package server that has this root, ROOT/state/objects, in the same way;
//   - bundles that are being applied, ROOT/state/bundles/applying/*.json, in the same way, and
//     what the lists among those objects name; as long as a list has not come, whatever has been
//     written since the first volume came;
//   - the last bundles that were made here, ROOT/state/bundles/kept.json (see [Needed]);
//   - a sync that has not come to its end yet: what has arrived since it first began (see
//     [Begin]).
//
// Whatever cannot be read is an error, and then nothing is forgotten and nothing removed: a
// snapshot that is damaged may name anything.
//
// # Clocks
//
// Times are compared with care, because clocks of machines without a network are often
// wrong. A time in the future proves nothing, so what was condemned then is condemned anew, and a
// snapshot from the future is kept. Where the system counts the time since it was started,
// a clock that was put forward meanwhile is noticed, and the difference is not counted.
//
// # Interruptions
//
// A run may die anywhere. Snapshots are forgotten only after everything that is
// kept has been read, and objects removed only after the snapshots that named them are gone.
// The list of what is condemned is replaced in one step; a full disk, on which it cannot be written, does not
// keep what was condemned before from being removed.
package retention
