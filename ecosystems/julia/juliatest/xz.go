package juliatest

import (
	"encoding/binary"
	"hash/crc32"
	"hash/crc64"
)

// packXZ writes an .xz file of one block whose LZMA2 chunks are not compressed.
func packXZ(data []byte) []byte {
	const (
		crc64Check = 4
		dictionary = 22 // 8 MiB, as the default preset says
		most       = 1 << 16
	)
	out := []byte{0xfd, '7', 'z', 'X', 'Z', 0}
	flags := []byte{0, crc64Check}
	out = append(out, flags...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(flags))

	// A block header of 12 bytes: one filter, LZMA2, with one byte of properties.
	start := len(out)
	header := []byte{2, 0, 0x21, 1, dictionary, 0, 0, 0}
	out = append(out, header...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(header))
	for i := 0; i < len(data); i += most {
		chunk := data[i:min(len(data), i+most)]
		kind := byte(2)
		if i == 0 {
			kind = 1 // resets the dictionary
		}
		out = append(out, kind, byte((len(chunk)-1)>>8), byte(len(chunk)-1))
		out = append(out, chunk...)
	}
	out = append(out, 0)
	unpadded := len(out) - start + 8
	for (len(out)-start)%4 != 0 {
		out = append(out, 0)
	}
	out = binary.LittleEndian.AppendUint64(out, crc64.Checksum(data, crc64.MakeTable(crc64.ECMA)))

	index := []byte{0, 1}
	index = binary.AppendUvarint(index, uint64(unpadded))
	index = binary.AppendUvarint(index, uint64(len(data)))
	for len(index)%4 != 0 {
		index = append(index, 0)
	}
	index = binary.LittleEndian.AppendUint32(index, crc32.ChecksumIEEE(index))
	out = append(out, index...)

	footer := binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1))
	footer = append(footer, flags...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(footer))
	out = append(out, footer...)
	return append(out, 'Y', 'Z')
}
