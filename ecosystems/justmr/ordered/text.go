package ordered

import (
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string. What it is made of is mostly copied in one piece.
func (p *parser) text() (string, error) {
	p.at++
	var b strings.Builder
	begin := p.at
	for p.at < len(p.data) {
		switch c := p.data[p.at]; {
		case c == '"':
			b.Write(p.data[begin:p.at])
			p.at++
			return b.String(), nil
		case c == '\\':
			b.Write(p.data[begin:p.at])
			p.at++
			if err := p.escape(&b); err != nil {
				return "", err
			}
			begin = p.at
		case c < ' ':
			return "", errors.New("a control character in a string, where it has to be escaped")
		case c < utf8.RuneSelf:
			p.at++
		default:
			r, size := utf8.DecodeRune(p.data[p.at:])
			if r == utf8.RuneError && size == 1 {
				return "", errors.New("not UTF-8")
			}
			p.at += size
		}
	}
	return "", errors.New("a string without an end")
}

// simple are the escapes of one letter and what they stand for.
const simple = "\"\\/bfnrt"
const meaning = "\"\\/\b\f\n\r\t"

func (p *parser) escape(b *strings.Builder) error {
	c := p.next()
	if i := strings.IndexByte(simple, c); i >= 0 {
		p.at++
		b.WriteByte(meaning[i])
		return nil
	}
	r, ok := p.unit()
	if !ok {
		return errors.New("an escape that JSON does not have")
	}
	if !utf16.IsSurrogate(r) {
		b.WriteRune(r)
		return nil
	}
	if back := p.at; p.word(`\`) {
		if second, ok := p.unit(); ok {
			if whole := utf16.DecodeRune(r, second); whole != utf8.RuneError {
				b.WriteRune(whole)
				return nil
			}
		}
		p.at = back
	}
	b.WriteString(surrogate(r))
	return nil
}

// unit reads a u and four digits.
func (p *parser) unit() (rune, bool) {
	if p.next() != 'u' || len(p.data)-p.at < 5 {
		return 0, false
	}
	var r rune
	for _, c := range p.data[p.at+1 : p.at+5] {
		i := strings.IndexByte(hexDigits, c|0x20)
		if i < 0 || c < '0' || c > '9' && i < 10 {
			return 0, false
		}
		r = r<<4 | rune(i)
	}
	p.at += 5
	return r, true
}
