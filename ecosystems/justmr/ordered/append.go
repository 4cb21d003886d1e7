package ordered

import (
	"fmt"
	"unicode/utf8"
)

// Append appends v as JSON in one line, without a line feed. It panics on types that are
// none of this package's values.
func Append(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return fmt.Append(dst, v)
	case string:
		return appendText(dst, v)
	case Number:
		return append(dst, v...)
	case []any:
		dst = append(dst, '[')
		for i, element := range v {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = Append(dst, element)
		}
		return append(dst, ']')
	case *Object:
		dst = append(dst, '{')
		first := true
		for key, value := range v.All() {
			if !first {
				dst = append(dst, ", "...)
			}
			first = false
			dst = append(appendText(dst, key), ": "...)
			dst = Append(dst, value)
		}
		return append(dst, '}')
	}
	panic(fmt.Sprintf("ordered: a %T is no JSON value", v))
}

const hexDigits = "0123456789abcdef"

func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for len(s) > 0 {
		r, size := decode(s)
		s = s[size:]
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r >= ' ' && r <= '~':
			dst = append(dst, byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r == '\f':
			dst = append(dst, `\f`...)
		case r == '\b':
			dst = append(dst, `\b`...)
		case r > 0xffff:
			r -= 0x10000
			dst = appendEscape(appendEscape(dst, 0xd800+r>>10), 0xdc00+r&0x3ff)
		default:
			dst = appendEscape(dst, r)
		}
	}
	return append(dst, '"')
}

func appendEscape(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// decode returns the first code point of a text, which may be a lone surrogate.
func decode(s string) (r rune, size int) {
	r, size = utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size == 1 && len(s) >= 3 && s[0] == 0xed {
		return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), 3
	}
	return r, size
}

// surrogate returns a lone surrogate as a text.
func surrogate(r rune) string {
	return string([]byte{0xed, 0x80 | byte(r>>6&0x3f), 0x80 | byte(r&0x3f)})
}

// Runes calls f for each code point of a text, lone surrogates as what they are.
func Runes(s string, f func(r rune)) {
	for len(s) > 0 {
		r, size := decode(s)
		f(r)
		s = s[size:]
	}
}
