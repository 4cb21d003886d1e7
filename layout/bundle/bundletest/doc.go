// Package bundletest makes bundles for tests, sound ones and hostile ones: whatever
// its caller says goes into volumes, indices and manifests, and is signed with
// correct digests. Real bundles are made by package create.
package bundletest
