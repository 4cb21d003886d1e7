package mirror

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/offmirror/offmirror/fetch"
)

// recordedOptions is the driver's configuration as a snapshot records it: what
// was asked for, under the keys of the configuration, without the secrets that a
// URL may carry.
func recordedOptions(options any) (json.RawMessage, error) {
	text, err := toml.Marshal(options)
	if err != nil {
		return nil, fmt.Errorf("recording the options: %w", err)
	}
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		return nil, fmt.Errorf("recording the options: %w", err)
	}
	return json.Marshal(redacted(tree))
}

// redacted replaces every URL in a decoded value by its harmless form.
func redacted(v any) any {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, "://") {
			return fetch.Redact(v)
		}
	case []any:
		for i := range v {
			v[i] = redacted(v[i])
		}
	case []map[string]any:
		for i := range v {
			redacted(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = redacted(v[k])
		}
	}
	return v
}
