package releases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// Rewrite returns a versions.json with the files for which keep is true, under
// the base URL of a mirror that has them at their paths. Versions without
// files are left out; all keys but url are as they were. The same input gives the same
// bytes.
func (ix *Index) Rewrite(base string, keep func(Release, File) bool) ([]byte, error) {
	base = strings.TrimSuffix(base, "/")
	top := map[string]map[string]json.RawMessage{}
	for _, r := range ix.Releases {
		var files []map[string]json.RawMessage
		for _, f := range r.Files {
			if !keep(r, f) {
				continue
			}
			object := maps.Clone(f.raw)
			link, err := encode(base + "/" + f.Path)
			if err != nil {
				return nil, err
			}
			object["url"] = link
			files = append(files, object)
		}
		if len(files) == 0 {
			continue
		}
		list, err := encode(files)
		if err != nil {
			return nil, err
		}
		object := maps.Clone(r.raw)
		object["files"] = list
		top[r.key] = object
	}
	return encode(top)
}

// encode leaves characters such as "&" readable.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write versions.json: %w", err)
	}
	return b.Bytes(), nil
}
