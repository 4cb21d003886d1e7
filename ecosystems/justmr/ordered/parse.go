package ordered

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxDepth is how deep lists and objects may be in each other.
const MaxDepth = 900

// Parse reads one JSON document. The error says where it ends to make sense, in lines and
// columns that begin with one. Memory grows with data, of which the caller bounds the size.
func Parse(data []byte) (any, error) {
	return (&parser{data: data}).parse()
}

type parser struct {
	data  []byte
	at    int
	depth int

	members map[*Object]map[string]Member // nil: nobody wants to know
	last    Span                          // of the value that was read last
}

func (p *parser) parse() (any, error) {
	v, err := p.document()
	if err != nil {
		line := 1 + bytes.Count(p.data[:p.at], []byte("\n"))
		column := 1 + utf8.RuneCount(p.data[bytes.LastIndexByte(p.data[:p.at], '\n')+1:p.at])
		return nil, fmt.Errorf("line %d, column %d: %w", line, column, err)
	}
	return v, nil
}

func (p *parser) document() (any, error) {
	if bytes.HasPrefix(p.data, []byte("\ufeff")) {
		return nil, errors.New("begins with a byte order mark, which JSON has not")
	}
	p.blank()
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	if p.blank(); p.at < len(p.data) {
		return nil, errors.New("more behind the end")
	}
	return v, nil
}

func (p *parser) blank() {
	for p.at < len(p.data) && strings.IndexByte(" \t\n\r", p.data[p.at]) >= 0 {
		p.at++
	}
}

// next returns the byte that follows, or 0 at the end.
func (p *parser) next() byte {
	if p.at < len(p.data) {
		return p.data[p.at]
	}
	return 0
}

func (p *parser) word(w string) bool {
	if bytes.HasPrefix(p.data[p.at:], []byte(w)) {
		p.at += len(w)
		return true
	}
	return false
}

func (p *parser) value() (any, error) {
	begin := p.at
	p.last.Elements = nil
	v, err := p.any()
	p.last.Begin, p.last.End = begin, p.at
	return v, err
}

func (p *parser) any() (any, error) {
	switch c := p.next(); {
	case c == '{':
		return p.object()
	case c == '[':
		return p.list()
	case c == '"':
		return p.text()
	case p.word("null"):
		return nil, nil
	case p.word("true"):
		return true, nil
	case p.word("false"):
		return false, nil
	case p.word("NaN"):
		return Number("NaN"), nil
	case p.word("Infinity"):
		return Number("Infinity"), nil
	case p.word("-Infinity"):
		return Number("-Infinity"), nil
	case c == '-' || isDigit(c):
		return p.number()
	}
	return nil, errors.New("want a value")
}

// enter notes that a list or object begins.
func (p *parser) enter() error {
	if p.depth++; p.depth > MaxDepth {
		return fmt.Errorf("deeper than %d lists and objects in each other", MaxDepth)
	}
	p.at++
	p.blank()
	return nil
}

// more tells whether another element follows, or the end of the list or object.
func (p *parser) more(end byte) (bool, error) {
	p.blank()
	switch p.next() {
	case end:
		p.depth--
		p.at++
		return false, nil
	case ',':
		p.at++
		p.blank()
		return true, nil
	}
	return false, fmt.Errorf("want a comma or %q", end)
}

func (p *parser) list() (any, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	list := []any{}
	if p.next() == ']' {
		_, err := p.more(']')
		return list, err
	}
	var elements []Span
	for {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if p.members != nil {
			elements = append(elements, p.last)
		}
		if more, err := p.more(']'); err != nil || !more {
			p.last.Elements = elements
			return list, err
		}
	}
}

func (p *parser) object() (any, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	o := &Object{}
	if p.next() == '}' {
		_, err := p.more('}')
		return o, err
	}
	for {
		if p.next() != '"' {
			return nil, errors.New("want a key in double quotes")
		}
		begin := p.at
		key, err := p.text()
		if err != nil {
			return nil, err
		}
		span := Span{Begin: begin, End: p.at}
		if p.blank(); p.next() != ':' {
			return nil, errors.New("want a colon")
		}
		p.at++
		p.blank()
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		o.Set(key, v)
		p.note(o, key, span)
		if more, err := p.more('}'); err != nil || !more {
			p.last.Elements = nil
			return o, err
		}
	}
}
