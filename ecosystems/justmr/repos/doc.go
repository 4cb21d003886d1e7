// Package repos reads repos.json, the multi-repository configuration of just-mr.
//
// Each repository of a configuration has a root: something to be fetched, a folder of the
// workspace, or the name of another repository whose root it shares. Other repositories
// may lend it their files as layers (target_root and so on), and it binds names of its own
// to further ones.
//
// # What is read, and how strictly
//
// As just-mr reads it: unknown keys are passed over, some values of a wrong type too, and
// others are fatal. What just-mr would stumble over is a [Problem] of that repository,
// which names it and the key; the others remain usable. Only a file that is no such
// configuration at all is an error.
//
// Names of repositories are any text, the empty one included.
//
// # What a main repository needs
//
// [Config.Needed] follows "just-mr setup": bindings, the targets of computed roots, and the
// layers of all that. Members of distdirs come in addition, since setup fetches them.
// just-mr itself never ends on some cycles of references; here they are problems.
package repos
