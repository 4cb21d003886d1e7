package releases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
)

// RewriteNightlies returns bin/nightlies.json, the list of nightly builds by channel, with
// the files for which keep is true of their path, under the base URL of a mirror; with an empty
// one the URLs stay as they are. Channels without files are left out, and so are signatures
// that are not kept. What is not known is as it was. The same input gives the same bytes.
func RewriteNightlies(data []byte, base string, keep func(path string) bool) ([]byte, error) {
	if len(data) > maxSize {
		return nil, fmt.Errorf("nightlies.json has %d bytes, and %d are allowed", len(data), maxSize)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var channels map[string]any
	if err := d.Decode(&channels); err != nil || channels == nil {
		return nil, fmt.Errorf("nightlies.json is not an object of JSON")
	}
	w := rewriting{strings.TrimSuffix(base, "/"), keep}
	for name, channel := range channels {
		if r := w.value(channel); r.files > 0 {
			channels[name] = r.kept
		} else {
			delete(channels, name)
		}
	}
	return encode(channels)
}

type rewriting struct {
	base string
	keep func(path string) bool
}

// rewritten is what became of a value. A file is an object with a url, wherever it is.
type rewritten struct {
	kept  any
	files int // kept in it
	had   int // in it before
}

// gone reports whether nothing is left of a value that was about files.
func (r rewritten) gone() bool { return r.had > 0 && r.files == 0 }

func (w rewriting) value(v any) rewritten {
	r := rewritten{kept: v}
	switch v := v.(type) {
	case map[string]any:
		return w.object(v)
	case []any:
		list := make([]any, 0, len(v))
		for _, element := range v {
			inner := w.value(element)
			r.files, r.had = r.files+inner.files, r.had+inner.had
			if !inner.gone() {
				list = append(list, inner.kept)
			}
		}
		r.kept = list
	}
	return r
}

func (w rewriting) object(v map[string]any) rewritten {
	r := rewritten{kept: v}
	if link, ok := v["url"].(string); ok {
		own, ok := w.link(link)
		if !ok {
			return rewritten{had: 1}
		}
		v["url"], r.files, r.had = own, 1, 1
	}
	if link, ok := v["asc-url"].(string); ok {
		if own, ok := w.link(link); ok {
			v["asc-url"] = own
		} else {
			delete(v, "asc-url")
		}
	}
	for key, value := range v {
		inner := w.value(value)
		r.files, r.had = r.files+inner.files, r.had+inner.had
		if v[key] = inner.kept; inner.kept == nil && inner.gone() {
			delete(v, key)
		}
	}
	return r
}

func (w rewriting) link(text string) (string, bool) {
	path, reason := pathOf(text)
	if reason != "" || !w.keep(path) {
		return "", false
	}
	if w.base == "" {
		return text, true
	}
	return w.base + "/" + path, true
}

// Platforms returns all platforms that Julia has been built for.
func Platforms() []artifacts.Platform {
	var list []artifacts.Platform
	for _, triplet := range []string{
		"aarch64-apple-darwin", "aarch64-linux-gnu", "armv7l-linux-gnueabihf", "i686-linux-gnu", "i686-w64-mingw32", "powerpc64le-linux-gnu",
		"x86_64-apple-darwin", "x86_64-linux-gnu", "x86_64-linux-musl", "x86_64-unknown-freebsd", "x86_64-w64-mingw32",
	} {
		p, err := artifacts.ParsePlatform(triplet)
		if err != nil {
			panic(err) // a mistake in the list above
		}
		list = append(list, p)
	}
	return list
}
