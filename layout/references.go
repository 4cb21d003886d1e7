package layout

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

const shortestPrefix = 4 // digits of an id that may stand for it

// Resolve returns the id of the snapshot that ref means: "current", a tag, a day as
// in "2026-11-20" for the newest that is not younger (by [Header].Time, in UTC), a
// whole id, or at least four first digits of one that no other begins with. If
// nothing is meant the error matches [fs.ErrNotExist], if several are, [ErrAmbiguous].
func (h *History) Resolve(ref string) (string, error) {
	if ref == "current" {
		id, err := h.CurrentID()
		if err == nil && id == "" {
			err = fmt.Errorf("%s has not been published yet; run sync first: %w", h.ecosystem, fs.ErrNotExist)
		}
		return id, err
	}
	if checkTag(ref) == nil {
		if id, ok := h.tagged(ref); ok {
			return id, nil
		}
	}
	if end, ok := parseDay(ref); ok {
		return h.onDay(ref, end)
	}
	if len(ref) < shortestPrefix || len(ref) > snapshotDigits || !isLowerHex(ref) {
		return "", noSnapshotError{h.ecosystem, fmt.Sprintf("%.80q", ref)}
	}
	entries, err := readFolder(h.root, h.folder())
	if err != nil {
		return "", err
	}
	found := ""
	for _, e := range entries {
		if !validSnapshotID(e.Name()) || !strings.HasPrefix(e.Name(), ref) {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("%s has %w %s…: %s and %s; give more digits", h.ecosystem, ErrAmbiguous, ref, found, e.Name())
		}
		found = e.Name()
	}
	if found == "" {
		return "", noSnapshotError{h.ecosystem, ref}
	}
	return found, nil
}

// ErrAmbiguous is matched by the error of a reference that means more than one snapshot.
var ErrAmbiguous = errors.New("several snapshots")

// noSnapshotError matches [fs.ErrNotExist] without saying so: no file was named.
type noSnapshotError struct{ ecosystem, ref string }

func (e noSnapshotError) Error() string {
	return e.ecosystem + " has no snapshot " + e.ref + "; snapshot list shows those that are kept"
}

func (e noSnapshotError) Is(target error) bool { return target == fs.ErrNotExist }

// Tag is a name that somebody gave a snapshot. A tagged snapshot is kept.
type Tag struct{ Name, ID string }

// Tags returns all tags, sorted by name.
func (h *History) Tags() ([]Tag, error) {
	entries, err := readFolder(h.root, h.folder()+"/tags")
	if err != nil {
		return nil, err
	}
	var tags []Tag
	for _, e := range entries {
		if checkTag(e.Name()) != nil {
			continue
		}
		if id, ok := h.tagged(e.Name()); ok {
			tags = append(tags, Tag{e.Name(), id})
		}
	}
	return tags, nil
}

// tagged returns the id that a tag stands for. A link that leads elsewhere, as one
// in a mirror from elsewhere may, is no tag: ids become paths.
func (h *History) tagged(name string) (id string, ok bool) {
	target, err := h.root.Readlink(h.tagPath(name))
	id = strings.TrimPrefix(target, "../")
	return id, err == nil && validSnapshotID(id)
}

// Tag gives a snapshot a name, which may have been another's before.
func (h *History) Tag(name, ref string) error {
	if err := checkTag(name); err != nil {
		return err
	}
	id, err := h.Resolve(ref)
	if err != nil {
		return err
	}
	if _, err := h.readHeader(id); err != nil {
		return err
	}
	if err := makeFolder(h.root, h.folder()+"/tags"); err != nil {
		return err
	}
	return pointLink(h.root, "../"+id, h.tagPath(name))
}

// Untag takes a name back. Without such a name the error matches [fs.ErrNotExist].
func (h *History) Untag(name string) error {
	err := checkTag(name)
	if err == nil {
		_, err = h.root.Lstat(h.tagPath(name))
	}
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s has no tag %q: %w", h.ecosystem, name, fs.ErrNotExist)
	}
	if err != nil {
		return err
	}
	return removeFile(h.root, h.tagPath(name))
}

func (h *History) tagPath(name string) string { return h.folder() + "/tags/" + name }

func checkTag(name string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
	if name == "" || len(name) > 64 || name[0] == '.' || name[0] == '-' || strings.Trim(name, allowed) != "" || CheckPath(name) != nil {
		return fmt.Errorf("tag %.80q: want 1 to 64 letters, digits, hyphens, underscores and dots, a letter or digit first", name)
	}
	if name == "current" || validSnapshotID(name) {
		return fmt.Errorf("tag %q: means something else already", name)
	}
	return nil
}

// Forget removes a snapshot. Its objects stay until they are collected. The
// current one and tagged ones are refused.
func (h *History) Forget(ref string) error {
	id, err := h.Forgettable(ref)
	if err != nil {
		return err
	}
	return removeFile(h.root, h.snapshotPath(id))
}

// Forgettable returns the id of the snapshot that ref means, and why [History.Forget]
// would refuse it.
func (h *History) Forgettable(ref string) (id string, err error) {
	if id, err = h.Resolve(ref); err != nil {
		return "", err
	}
	current, err := h.CurrentID()
	if err != nil {
		return id, err
	}
	linked, err := h.linkedID()
	if err != nil {
		return id, err
	}
	if id == current || id == linked {
		return id, fmt.Errorf("snapshot %s of %s is the current one; roll back or sync first", id, h.ecosystem)
	}
	tags, err := h.Tags()
	if err != nil {
		return id, err
	}
	for _, tag := range tags {
		if tag.ID == id {
			return id, fmt.Errorf("snapshot %s of %s is tagged %s; remove the tag first", id, h.ecosystem, tag.Name)
		}
	}
	if _, err := h.root.Lstat(h.snapshotPath(id)); err != nil {
		return id, h.readError(id, err)
	}
	return id, nil
}
