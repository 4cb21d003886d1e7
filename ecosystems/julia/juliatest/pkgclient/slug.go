package pkgclient

import (
	"hash/crc32"
	"slices"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

const slugDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// slug is the name of the folder of a package's version: five digits of the CRC-32C of UUID and
// tree hash, the least significant first. The UUID goes in as a number of 128 bits of a machine whose
// numbers begin with their last byte.
func slug(id uuid.UUID, tree treehash.Hash) string {
	number := id[:]
	number = slices.Clone(number)
	slices.Reverse(number)
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Update(crc32.Update(0, table, number), table, tree[:])
	digits := make([]byte, 5)
	for i := range digits {
		digits[i] = slugDigits[sum%uint32(len(slugDigits))]
		sum /= uint32(len(slugDigits))
	}
	return string(digits)
}

// packagePath returns where a package's version is in the depot.
func packagePath(name string, id uuid.UUID, tree treehash.Hash) string {
	return "packages/" + name + "/" + slug(id, tree)
}
