package classic

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Time writes a time as the layout has it: local time without a zone, to the second.
func Time(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

// document writes JSON as the script did: keys sorted, four spaces a level, ASCII, nothing behind it.
// The same v gives the same bytes.
func document(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "    ")
	if err := enc.Encode(v); err != nil {
		panic(err) // maps, lists and texts only
	}
	return escape(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// escape writes what is not ASCII as an escape, \u and four digits. In JSON, that is only within texts.
func escape(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r < utf8.RuneSelf:
			out = append(out, text[0])
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		text = text[n:]
	}
	return out
}
