// Package apply takes a bundle into a mirror root.
//
// The volumes are read where they lie, each byte once, and nothing is believed that
// the signed manifest does not lead to. A payload is hashed while it is written into
// the store; so the store holds whole objects or none, and whatever stops an apply,
// the next one goes on with what is missing. Nothing else has to be remembered,
// except what lies in pieces.
//
// # Order
//
//  1. Whose bundle is it (package trust), and would it lead back in time?
//  2. The lists of the snapshots: proven, kept as objects meanwhile.
//  3. Is every object of every list here or in a volume? If not, the bundle was made
//     for another mirror, or for another state of this one.
//  4. Is there room?
//  5. The payloads, of all volumes that are here. What is damaged is named, all of it,
//     with its volume.
//  6. If everything is here: the lists become snapshots, the spare tree of each ecosystem is
//     made ready, and then all of them are published, one swap of a link each.
//
// Volumes may come one after the other, in any order, by as many calls: until the last one
// everything is kept, and nothing is published.
//
// # Replays
//
// ROOT/state/bundles/applied.json remembers for each ecosystem how new the snapshot was
// that the last bundle brought, by the sender's clock. An older one is refused, unless
// it is asked for. The clock of this machine decides nothing.
//
// # Crashes
//
// Data is durable before what refers to it. The memory of what was applied is written just before
// the links are swapped, so that a crash between two of them leaves a bundle that may be
// applied again, and is then finished; and so does the next bundle before it is applied
// itself.
package apply
