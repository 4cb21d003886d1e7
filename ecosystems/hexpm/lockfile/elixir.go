package lockfile

import "strings"

// parseElixir reads one Elixir literal: the whole file. An empty file is an
// empty map, as it is for Mix.
func parseElixir(name, src string) (t term, err error) {
	defer guard(&err)
	p := elixir{scanner{name: name, comment: '#', src: src, line: 1}}
	if p.peek() == 0 && p.pos == len(src) {
		return term{kind: mapping, line: 1}, nil
	}
	t = p.value()
	if p.peek(); p.pos < len(src) {
		p.fail(p.line, "%s behind the end of the lock; lock the project again", p.found())
	}
	return t, nil
}

type elixir struct{ scanner }

func (p *elixir) value() term {
	c, line := p.peek(), p.line
	switch {
	case c == '"' || c == '\'':
		p.pos++
		return term{kind: text, text: p.quoted(c, p.escape), line: line}
	case c == ':':
		p.pos++
		return p.atom(line)
	case c == '[':
		p.pos++
		items, keywords := p.elements("]")
		return term{kind: list, items: append(items, keywords...), line: line}
	case c == '{':
		p.pos++
		items, keywords := p.elements("}")
		if keywords != nil { // the brackets of a last list may be left out
			items = append(items, term{kind: list, items: keywords, line: line})
		}
		return term{kind: tuple, items: items, line: line}
	case p.accept("%{"):
		return p.mapping(line)
	case p.accept("<<"): // how Elixir writes strings that cannot be printed
		return p.bytes(line, func() string {
			p.pos++
			return p.quoted('"', p.escape)
		})
	case p.accept(`~c"`): // how Elixir writes charlists since 1.15
		return term{kind: text, text: p.quoted('"', p.escape), line: line}
	case c >= 'A' && c <= 'Z': // a module, which is an atom
		return term{kind: atom, text: p.run(func(c byte) bool { return isWordByte(c) || c == '.' }), line: line}
	case c >= '0' && c <= '9', c == '-', c == '+':
		return p.number()
	case isWordByte(c):
		start := p.pos
		switch word := p.run(isWordByte); word {
		case "true", "false", "nil":
			return term{kind: atom, text: word, line: line}
		}
		p.pos = start
	}
	p.fail(line, "%s, which is not a literal; a lock holds strings, atoms, lists, tuples and maps only", p.found())
	return term{}
}

func (p *elixir) atom(line int) term {
	if p.pos < len(p.src) {
		if c := p.src[p.pos]; c == '"' || c == '\'' {
			p.pos++
			return term{kind: atom, text: p.quoted(c, p.escape), line: line}
		}
	}
	word := p.name()
	if word == "" {
		p.fail(line, "has \":\" without the name of an atom; lock the project again")
	}
	return term{kind: atom, text: word, line: line}
}

// name reads an unquoted atom or key, which may end in "?" or "!".
func (p *elixir) name() string {
	start := p.pos
	if p.run(isWordByte) != "" && p.pos < len(p.src) && strings.IndexByte("?!", p.src[p.pos]) >= 0 {
		p.pos++
	}
	return p.src[start:p.pos]
}

// elements reads what is between brackets. Keywords come last and become pairs.
func (p *elixir) elements(end string) (items, keywords []term) {
	p.sequence(end, func() {
		if key, found := p.key(); found {
			keywords = append(keywords, term{kind: tuple, items: []term{key, p.value()}, line: key.line})
			return
		}
		if keywords != nil {
			p.fail(p.line, "%s behind keywords, which must be last; lock the project again", p.found())
		}
		items = append(items, p.value())
	})
	return items, keywords
}

// key reads "name: " or "\"name\": " if it comes next.
func (p *elixir) key() (t term, found bool) {
	c := p.peek()
	before := p.scanner
	t = term{kind: atom, line: p.line}
	switch {
	case c == '"' || c == '\'':
		p.pos++
		t.text = p.quoted(c, p.escape)
	case isWordByte(c):
		t.text = p.name()
	default:
		return term{}, false
	}
	if p.acceptNow(':') && !strings.HasPrefix(p.src[p.pos:], ":") {
		return t, true
	}
	p.scanner = before
	return term{}, false
}

func (p *elixir) mapping(line int) term {
	t := term{kind: mapping, line: line}
	p.sequence("}", func() {
		key, found := p.key()
		if !found {
			key = p.value()
			p.expect("=>", "behind the key of a map; lock the project again")
		}
		t.items = append(t.items, key, p.value())
	})
	return t
}

// escape reads what follows a backslash in a string or quoted atom.
func (p *elixir) escape(b *strings.Builder, c byte) {
	switch {
	case c == 'x':
		p.hexEscape(b, 2, false)
	case c == 'u':
		p.hexEscape(b, 4, true)
	case c == '\n': // continues the line
		p.line++
	case c == '0':
		b.WriteByte(0)
	case c == 'a':
		b.WriteByte('\a')
	case simpleEscapes[c] != 0:
		b.WriteByte(simpleEscapes[c])
	default:
		b.WriteByte(c)
	}
}
