package ecosystems

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/offmirror/offmirror/fetch"
)

// BaseURL checks the base URL of an upstream in a configuration and returns it without
// slashes at its end. The error begins with the key.
func BaseURL(key, text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return "", fmt.Errorf("%s: %.200q is no http or https URL", key, fetch.Redact(text))
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%s: %s must not have a query or fragment", key, fetch.Redact(text))
	}
	return strings.TrimRight(text, "/"), nil
}

// ReadFile reads a file that a configuration names, of at most limit bytes. It may be
// anything: a pipe, or a device that never ends.
func ReadFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("%s: larger than %d bytes", path, limit)
	}
	return data, nil
}
