// Package faults holds no code, only the tests of what the whole program does
// when the world around it fails. They run the offmirror that they build, from
// the outside:
//
//   - it is killed at random moments, and before each of its system calls that
//     change something;
//   - the file system is full, read-only, out of inodes, or answers with errors;
//   - what lies on the disk has been damaged;
//   - clocks and timestamps jump;
//   - the upstream lies, stalls, truncates, limits, and goes back in time.
//
// Each time the mirror that readers see must be whole, the exit code and the
// message must be right, and the next undisturbed run must come to what upstream has.
//
// `make test` takes a short walk through all of them, `make faults` a long one:
// OFFMIRROR_FAULT_ROUNDS says how many rounds random tests have. The short walk is the same each
// time; OFFMIRROR_FAULT_SEED makes it another one, or repeats the long one that logged it.
package faults
