package mirror

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
)

// recordedOptions is the driver's configuration as a snapshot records it: what
// was asked for, under the keys of the configuration, without the secrets that a
// URL or the settings of git may carry. Snapshots travel, so files of this machine
// are in it without their folders; exact is the same with them, for the memory of the root.
func recordedOptions(options any) (recorded, exact json.RawMessage, err error) {
	tree, err := harmless(options)
	if err != nil {
		return nil, nil, fmt.Errorf("recording the options: %w", err)
	}
	if exact, err = json.Marshal(tree); err != nil {
		return nil, nil, err
	}
	recorded, err = withoutFolders(exact)
	return recorded, exact, err
}

// harmless returns options as a tree of plain values, without secrets.
func harmless(options any) (any, error) {
	if p, ok := options.(ecosystems.Portable); ok {
		var err error
		if options, err = p.Portable(); err != nil {
			return nil, err
		}
	}
	text, err := toml.Marshal(options)
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	if err := without(tree, isGitConfig, 0); err != nil {
		return nil, err
	}
	return redacted(tree), nil
}

// isGitConfig tells settings of git by their key: they often hold credentials, such as
// http.extraHeader, and some are commands to be run.
func isGitConfig(key string) bool { return key == "gitconfig" }

// namesEnvironment tells options that name environment variables by their keys.
func namesEnvironment(key string) bool { return strings.HasSuffix(key, "env") }

// RecalledOptions sets the options that a snapshot records (see [Mirror.Recall] for one of this mirror), which is how a mirror
// without a configuration knows what it holds. Options that this version does not
// know are passed over, and so are those that name environment variables and the settings of git: a
// mirror from elsewhere must not choose which secrets of this machine its upstream is sent, nor
// which commands run here.
func RecalledOptions(recorded json.RawMessage, options any) error {
	var tree map[string]any
	decoder := json.NewDecoder(bytes.NewReader(recorded))
	decoder.UseNumber()
	if err := decoder.Decode(&tree); err != nil {
		return err
	}
	unwanted := func(key string) bool { return namesEnvironment(key) || isGitConfig(key) }
	if err := without(tree, unwanted, 0); err != nil {
		return err
	}
	text, err := toml.Marshal(plain(tree))
	if err != nil {
		return err
	}
	return toml.Unmarshal(text, options)
}

// maxNesting is beyond the options of any ecosystem. The time that TOML takes
// grows with the cube of the depth.
const maxNesting = 16

// without drops options from a decoded value, by their keys in lower case and without underscores.
func without(v any, unwanted func(key string) bool, depth int) (err error) {
	if depth > maxNesting {
		return fmt.Errorf("they nest more than %d deep", maxNesting)
	}
	switch v := v.(type) {
	case []any:
		for _, inner := range v {
			if err == nil {
				err = without(inner, unwanted, depth+1)
			}
		}
	case []map[string]any:
		for _, inner := range v {
			if err == nil {
				err = without(inner, unwanted, depth+1)
			}
		}
	case map[string]any:
		for k, inner := range v {
			// The decoder that comes next does not mind the case of keys.
			if unwanted(strings.ToLower(strings.ReplaceAll(k, "_", ""))) {
				delete(v, k)
			} else if err == nil {
				err = without(inner, unwanted, depth+1)
			}
		}
	}
	return err
}

// plain gives the numbers of a decoded JSON value the types that TOML tells
// apart, and drops nulls, which it does not have.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			if v[k] = plain(v[k]); v[k] == nil {
				delete(v, k)
			}
		}
	}
	return v
}

// redacted replaces every URL in a decoded value by its harmless form.
func redacted(v any) any {
	return eachText(v, func(text string) string {
		if strings.Contains(text, "://") {
			return fetch.Redact(text)
		}
		return text
	})
}

// eachText replaces every text in a decoded value, keys aside.
func eachText(v any, change func(string) string) any {
	switch v := v.(type) {
	case string:
		return change(v)
	case []any:
		for i := range v {
			v[i] = eachText(v[i], change)
		}
	case []map[string]any:
		for i := range v {
			eachText(v[i], change)
		}
	case map[string]any:
		for k := range v {
			v[k] = eachText(v[k], change)
		}
	}
	return v
}
