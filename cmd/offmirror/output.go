package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// output is stdout: results, for people or for programs.
type output struct {
	writer io.Writer
	json   bool
	err    error // of the first write that failed
}

// printf writes a line for people, without what a terminal would obey: names may
// come from anybody. In JSON mode it writes nothing.
func (o *output) printf(format string, a ...any) {
	if !o.json {
		o.write([]byte(harmless(fmt.Sprintf(format, a...), "\n\t") + "\n"))
	}
}

// object writes v, which must encode as a JSON object that is not empty, with its type in front;
// outside of JSON mode it writes nothing. The types are listed in docs/json.md.
func (o *output) object(kind string, v any) {
	if !o.json {
		return
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"type":%q,`, kind)
	head := b.Len()
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // requirements hold a ">"
	if err := encoder.Encode(v); err != nil {
		panic("result of type " + kind + " cannot be encoded: " + err.Error())
	}
	line := b.Bytes()
	o.write(append(line[:head], line[head+1:]...)) // without the brace that opens v
}

func (o *output) write(line []byte) {
	if _, err := o.writer.Write(line); err != nil && o.err == nil {
		o.err = fmt.Errorf("writing results: %w", err)
	}
}
