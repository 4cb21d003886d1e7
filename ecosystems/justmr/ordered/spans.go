package ordered

// Span is where something is in a document: the bytes from Begin up to End.
type Span struct {
	Begin, End int
	Elements   []Span // of a list
}

// Member is where a member of an object is.
type Member struct{ Key, Value Span }

// Spans tell where members of objects are in the document that they were read from. Of a
// key that is given twice it is the last one.
type Spans struct{ members map[*Object]map[string]Member }

// Member returns where a member of an object is.
func (s Spans) Member(o *Object, key string) (Member, bool) {
	m, ok := s.members[o][key]
	return m, ok
}

// ParseSpans is [Parse] for those who want to edit the text.
func ParseSpans(data []byte) (any, Spans, error) {
	p := &parser{data: data, members: map[*Object]map[string]Member{}}
	v, err := p.parse()
	return v, Spans{p.members}, err
}

// note takes down where a member is whose value was read last.
func (p *parser) note(o *Object, name string, key Span) {
	if p.members == nil {
		return
	}
	if p.members[o] == nil {
		p.members[o] = map[string]Member{}
	}
	p.members[o][name] = Member{key, p.last}
}
