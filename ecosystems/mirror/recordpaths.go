package mirror

import (
	"bytes"
	"encoding/json"
	"os"
	"path"
	"slices"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// A snapshot says which lock file it was made with, but not in which folder of which person, as it
// travels to others. The root remembers that: ROOT/state/options/ECOSYSTEM.json has the
// newest options with their paths, and goes into no bundle.
const (
	optionsDir  = "state/options"
	keptOptions = 16 // for snapshots of other options, which a repair asks about
	maxOptions  = 16 << 20
)

// withoutFolders returns options in which files of this machine have short names.
func withoutFolders(exact json.RawMessage) (json.RawMessage, error) {
	decode := func() (v any, err error) {
		d := json.NewDecoder(bytes.NewReader(exact))
		d.UseNumber()
		return v, d.Decode(&v)
	}
	tree, err := decode()
	if err != nil {
		return nil, err
	}
	var texts []string
	eachText(tree, func(text string) string { texts = append(texts, text); return text })
	short := ecosystems.ShortPaths(texts)
	return json.Marshal(eachText(tree, func(text string) string {
		if name, ok := short[text]; ok {
			return name
		}
		return text
	}))
}

// rememberOptions keeps options with their paths, if they have any, for runs here that have no
// configuration.
func rememberOptions(root *os.Root, ecosystem string, recorded, exact json.RawMessage) error {
	if bytes.Equal(recorded, exact) {
		return nil
	}
	kept := loadOptions(root, ecosystem)
	if len(kept) > 0 && bytes.Equal(kept[0], exact) {
		return nil
	}
	kept = slices.DeleteFunc(kept, func(o json.RawMessage) bool { return bytes.Equal(o, exact) })
	kept = append([]json.RawMessage{exact}, kept...)
	data, err := json.Marshal(kept[:min(len(kept), keptOptions)])
	if err != nil {
		return err
	}
	return layout.WriteFile(root, optionsFile(ecosystem), append(data, '\n'), 0o600)
}

// exactOptions returns recorded options with the paths that this root knows them by; those that came
// from elsewhere, or that were recorded with their paths, as they are.
func exactOptions(root *os.Root, ecosystem string, recorded json.RawMessage) json.RawMessage {
	for _, exact := range loadOptions(root, ecosystem) {
		if short, err := withoutFolders(exact); err == nil && bytes.Equal(short, recorded) {
			return exact
		}
	}
	return recorded
}

// loadOptions returns what is remembered, newest first. What cannot be read is none: the paths are then
// to be named again.
func loadOptions(root *os.Root, ecosystem string) (kept []json.RawMessage) {
	data, err := store.ReadRegular(root, optionsFile(ecosystem), maxOptions)
	if err != nil || json.Unmarshal(data, &kept) != nil {
		return nil
	}
	return kept
}

func optionsFile(ecosystem string) string { return path.Join(optionsDir, ecosystem+".json") }

// Recall sets the options that a snapshot of an ecosystem records, as [RecalledOptions] does, with the
// paths of files on this machine if the snapshot was made in this root.
func (m *Mirror) Recall(ecosystem string, recorded json.RawMessage, options any) error {
	return RecalledOptions(exactOptions(m.root, ecosystem, recorded), options)
}
