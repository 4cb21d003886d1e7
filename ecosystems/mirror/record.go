package mirror

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/offmirror/offmirror/fetch"
)

// recordedOptions is the driver's configuration as a snapshot records it: what
// was asked for, without the secrets that a URL may carry.
func recordedOptions(options any) (json.RawMessage, error) {
	data, err := json.Marshal(options)
	if err == nil {
		var tree any
		if err = json.Unmarshal(data, &tree); err == nil {
			data, err = json.Marshal(redacted(tree))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("recording the options: %w", err)
	}
	return data, nil
}

// redacted replaces every URL in a decoded JSON value by its harmless form.
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
	case map[string]any:
		for k := range v {
			v[k] = redacted(v[k])
		}
	}
	return v
}
