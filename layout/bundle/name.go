package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"

	"github.com/offmirror/offmirror/fetch/store"
)

const (
	// ManifestSuffix ends the name of a manifest's file.
	ManifestSuffix = ".manifest"
	// SignatureSuffix ends the name of a signature's file, after that of what is signed.
	SignatureSuffix = ".minisig"
	// EncryptedSuffix ends the name of a volume that is inside an age file.
	EncryptedSuffix = ".age"
)

// MaxVolumes is how many volumes a bundle may have.
const MaxVolumes = 9999

const nameTime = "20060102T150405Z"

var (
	namePattern   = regexp.MustCompile(`^offmirror-[0-9]{8}T[0-9]{6}Z-[0-9a-f]{12}$`)
	volumePattern = regexp.MustCompile(`^(offmirror-[0-9]{8}T[0-9]{6}Z-[0-9a-f]{12})\.([0-9]{3,4})\.tar(\.age)?$`)
)

// DeriveName returns the name that a manifest's bundle must have. It is made from what
// is known before the first byte is written: the time, the snapshots with their bases,
// and the volume size.
func (m *Manifest) DeriveName() string {
	about, _ := json.Marshal([]any{Format, m.VolumeSize, m.Created, m.Ecosystems}) // strings, numbers and times
	sum := sha256.Sum256(about)
	return "offmirror-" + m.Created.Format(nameTime) + "-" + hex.EncodeToString(sum[:6])
}

// VolumeFile returns the name of the file of volume number n, counted from 1.
func VolumeFile(name string, n int) string { return fmt.Sprintf("%s.%03d.tar", name, n) }

// ParseVolumeFile is the inverse of [VolumeFile], of encrypted volumes too.
func ParseVolumeFile(file string) (name string, n int, encrypted, ok bool) {
	match := volumePattern.FindStringSubmatch(file)
	if match == nil {
		return "", 0, false, false
	}
	n, _ = strconv.Atoi(match[2])
	encrypted = match[3] != ""
	return match[1], n, encrypted, n > 0 && VolumeFile(match[1], n) == match[1]+"."+match[2]+".tar"
}

// ObjectMember returns the name of an object in a volume.
func ObjectMember(id store.ID) string {
	digits := id.String()
	return "objects/" + digits[:2] + "/" + digits
}

// ListMember returns the name of a snapshot's list in a volume.
func ListMember(ecosystem, snapshot string) string { return "snapshots/" + ecosystem + "/" + snapshot }

// PieceMember returns the name of a piece of a member, counted from 1: cat puts them
// together in the order in which ls lists them.
func PieceMember(member string, n int) string { return fmt.Sprintf("%s.part-%04d", member, n) }

// IndexMember returns the name of the index in volume number n.
func IndexMember(name string, n int) string { return fmt.Sprintf("%s.%03d.index.zst", name, n) }
