package lockfile

// term is a literal of Elixir or Erlang. They share their kinds of data, so the
// two parsers make the same terms.
type term struct {
	kind  kind
	text  string // of atom, text and number
	items []term // of list and tuple; of mapping: key, value, key, value
	line  int
}

type kind uint8

const (
	atom    kind = iota
	text         // a string, charlist or binary
	number       // as written
	list         // keywords are pairs
	tuple        //
	mapping      //
)

func (k kind) String() string {
	return [...]string{"an atom", "a string", "a number", "a list", "a tuple", "a map"}[k]
}

// tagged reports whether t is a tuple whose first element is the atom tag.
func (t term) tagged(tag string) bool {
	return t.tag() == tag
}

// tag returns the atom that a tuple begins with.
func (t term) tag() string {
	if t.kind == tuple && len(t.items) > 0 && t.items[0].kind == atom {
		return t.items[0].text
	}
	return ""
}

// at returns the element i of a list or tuple; nil, as Elixir and Erlang would
// write it, if there are fewer.
func (t term) at(i int) term {
	if t.kind != tuple && t.kind != list || i >= len(t.items) {
		return term{kind: atom, text: "nil", line: t.line}
	}
	return t.items[i]
}

// word returns the text of an atom or string, and an empty one for what stands
// for nothing: nil and undefined.
func (t term) word() (s string, ok bool) {
	switch {
	case t.kind == text:
		return t.text, true
	case t.kind != atom:
		return "", false
	case t.text == "nil", t.text == "undefined":
		return "", true
	}
	return t.text, true
}

// string is word for places where anything else does not matter.
func (t term) string() string {
	s, _ := t.word()
	return s
}

// keyword returns the value of a key in a list of pairs.
func (t term) keyword(key string) (value term, found bool) {
	if t.kind != list {
		return term{}, false
	}
	for _, pair := range t.items {
		if pair.tagged(key) && len(pair.items) == 2 {
			return pair.items[1], true
		}
	}
	return term{}, false
}
