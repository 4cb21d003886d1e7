package lockfile

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// parseErlang reads Erlang literals, each of them ended by a dot: a whole file,
// as file:consult/1 does.
func parseErlang(name, src string) (terms []term, err error) {
	defer guard(&err)
	p := erlang{scanner{name: name, comment: '%', src: src, line: 1}}
	for p.peek(); p.pos < len(src); p.peek() {
		terms = append(terms, p.value())
		p.expect(".", "at the end of a term; lock the project again")
		if len(terms) > 16 {
			p.fail(p.line, "has more than 16 terms; is it a lock file?")
		}
	}
	return terms, nil
}

type erlang struct{ scanner }

func (p *erlang) value() term {
	c, line := p.peek(), p.line
	switch {
	case p.accept("<<"):
		return p.binary(line)
	case c == '"':
		return term{kind: text, text: p.strings(), line: line}
	case c == '\'':
		p.pos++
		return term{kind: atom, text: p.quoted(c, p.escape), line: line}
	case c == '[':
		p.pos++
		return term{kind: list, items: p.elements("]"), line: line}
	case c == '{':
		p.pos++
		return term{kind: tuple, items: p.elements("}"), line: line}
	case p.accept("#{"):
		return p.mapping(line)
	case c >= '0' && c <= '9', c == '-', c == '+':
		return p.number()
	case c == '$':
		return p.character(line)
	case c >= 'a' && c <= 'z', c >= utf8.RuneSelf:
		return term{kind: atom, text: p.run(isWordByte), line: line}
	}
	p.fail(line, "%s, which is not a literal; a lock holds binaries, strings, atoms, lists, tuples and maps only", p.found())
	return term{}
}

// character reads $x, which is a number.
func (p *erlang) character(line int) term {
	p.pos++
	r, size := utf8.DecodeRuneInString(p.src[p.pos:])
	p.pos += size
	if r == '\\' && p.pos < len(p.src) {
		var b strings.Builder
		p.pos++
		p.escape(&b, p.src[p.pos-1])
		r, _ = utf8.DecodeRuneInString(b.String())
	}
	return term{kind: number, text: strconv.Itoa(int(r)), line: line}
}

func (p *erlang) elements(end string) []term {
	var items []term
	p.sequence(end, func() { items = append(items, p.value()) })
	return items
}

func (p *erlang) mapping(line int) term {
	t := term{kind: mapping, line: line}
	p.sequence("}", func() {
		key := p.value()
		p.expect("=>", "behind the key of a map; lock the project again")
		t.items = append(t.items, key, p.value())
	})
	return t
}

// strings reads string literals that stand side by side, as the pretty printer
// breaks long ones, and joins them.
func (p *erlang) strings() string {
	var b strings.Builder
	for p.accept(`"`) {
		b.WriteString(p.quoted('"', p.escape))
	}
	return b.String()
}

// binary reads the rest of <<"text">>, <<"text"/utf8>> or <<116,101>>.
func (p *erlang) binary(line int) term {
	return p.bytes(line, func() string {
		s := p.strings()
		if !p.accept("/utf8") {
			s = latin1(s)
		}
		return s
	})
}

// latin1 is what a binary without "/utf8" means: one byte for each character.
// Characters beyond that are kept, as there is no better reading.
func latin1(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r > 0xff || r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			b.WriteByte(byte(r))
		}
	}
	return b.String()
}

// escape reads what follows a backslash in a string or quoted atom.
func (p *erlang) escape(b *strings.Builder, c byte) {
	switch {
	case c == 'x':
		p.hexEscape(b, 2, true)
	case c >= '0' && c <= '7':
		p.octalEscape(b, c)
	case c == '^':
		if p.pos < len(p.src) {
			b.WriteByte(p.src[p.pos] & 0x1f)
			p.pos++
		}
	case c == '\n':
		p.line++
		b.WriteByte(c)
	case simpleEscapes[c] != 0:
		b.WriteByte(simpleEscapes[c])
	default:
		b.WriteByte(c)
	}
}

// octalEscape reads up to three octal digits, of which c is the first.
func (p *erlang) octalEscape(b *strings.Builder, c byte) {
	value := rune(c - '0')
	for range 2 {
		if p.pos == len(p.src) || p.src[p.pos] < '0' || p.src[p.pos] > '7' {
			break
		}
		value = value<<3 | rune(p.src[p.pos]-'0')
		p.pos++
	}
	b.WriteRune(value)
}
