package fetch

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// justLocal is the part of a just-mr checkout-locations file that says where
// URLs may be had.
type justLocal struct {
	localMirrors map[string][]string
	preferred    []string
}

const maxJustLocal = 64 << 20

// readJustLocal reads a checkout-locations file with just-mr's leniency: a file
// that cannot be read or is no JSON object is an error; below that, a value of
// the wrong type has no effect. A list of mirrors that holds anything but
// strings counts as none, and so does such a list of preferred hostnames.
func readJustLocal(name string) (justLocal, error) {
	name, err := expandHome(name)
	if err != nil {
		return justLocal{}, err
	}
	f, err := os.Open(name)
	if err != nil {
		return justLocal{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxJustLocal+1))
	if err != nil {
		return justLocal{}, err
	}
	if len(data) > maxJustLocal {
		return justLocal{}, fmt.Errorf("%s: larger than %d bytes", name, maxJustLocal)
	}
	var root map[string]json.RawMessage
	if err := json.Unmarshal(data, &root); err != nil || root == nil {
		return justLocal{}, fmt.Errorf("%s: want a JSON object with \"local mirrors\" or \"preferred hostnames\"", name)
	}
	out := justLocal{localMirrors: map[string][]string{}, preferred: stringList(root["preferred hostnames"])}
	var mirrors map[string]json.RawMessage
	if json.Unmarshal(root["local mirrors"], &mirrors) == nil {
		for key, value := range mirrors {
			if list := stringList(value); len(list) > 0 {
				out.localMirrors[key] = list
			}
		}
	}
	return out, nil
}

// stringList returns the strings of a JSON array of strings, else nothing. (A
// null inside would decode as an empty string.)
func stringList(raw json.RawMessage) []string {
	var list []any
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	out := make([]string, 0, len(list))
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			return nil
		}
		out = append(out, s)
	}
	return out
}

// expandHome replaces a leading "~/" by the home folder.
func expandHome(name string) (string, error) {
	rest, ok := strings.CutPrefix(name, "~/")
	if !ok {
		return name, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return filepath.Join(home, rest), nil
}
