package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// document is a file that is well-formed TOML.
type document struct {
	file   string
	raw    map[string]any
	parts  map[string]toml.Primitive
	meta   toml.MetaData
	source string
}

func newDocument(file string, data []byte) (*document, error) {
	d := &document{file: file, source: string(data)}
	meta, err := toml.Decode(d.source, &d.parts)
	if err != nil {
		problem := syntaxError(file, err)
		if advice := durationAdvice(d.source, problem.Line); advice != "" {
			problem.Problem = advice
		}
		return nil, problem
	}
	d.meta = meta
	if _, err := toml.Decode(d.source, &d.raw); err != nil {
		return nil, syntaxError(file, err)
	}
	return d, nil
}

// keys returns the top-level keys in the order of the file.
func (d *document) keys() []string {
	var keys []string
	for _, k := range d.meta.Keys() {
		if !slices.Contains(keys, k[0]) {
			keys = append(keys, k[0])
		}
	}
	return keys
}

// decode fills the struct that options points to from the section called key.
func (d *document) decode(key string, options any, base string) error {
	fields := Fields(options)
	table, ok := d.raw[key].(map[string]any)
	if !ok {
		return d.errorAt([]string{key}, "is a section: write ["+key+"]")
	}
	if err := d.check([]string{key}, table, fields); err != nil {
		return err
	}
	changed, err := d.withDurations([]string{key}, table, fields)
	if err == nil && changed {
		err = d.reread()
	}
	if err != nil {
		return err
	}
	if err := d.meta.PrimitiveDecode(d.parts[key], options); err != nil {
		return d.valueError(key, err)
	}
	resolvePaths(fields, base)
	return nil
}

// reread takes over what was changed in raw.
func (d *document) reread() error {
	text, err := toml.Marshal(d.raw)
	if err != nil {
		return syntaxError(d.file, err)
	}
	d.parts = nil
	if d.meta, err = toml.Decode(string(text), &d.parts); err != nil {
		return syntaxError(d.file, err)
	}
	return nil
}

// decodeTop fills the struct that options points to from the keys outside of sections.
func (d *document) decodeTop(options any) error {
	for _, f := range Fields(options) {
		v, ok := d.raw[f.Key]
		if !ok {
			continue
		}
		if err := d.checkValue([]string{f.Key}, v, f.value.Type()); err != nil {
			return err
		}
		if err := d.meta.PrimitiveDecode(d.parts[f.Key], f.value.Addr().Interface()); err != nil {
			return d.valueError(f.Key, err)
		}
	}
	return nil
}

// check compares a table's keys and the kinds of their values with fields.
func (d *document) check(path []string, table map[string]any, fields []Field) error {
	for _, key := range sortedKeys(table) {
		at := append(slices.Clip(path), key)
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Key == key })
		if i < 0 {
			return d.unknown(at, keysOf(fields))
		}
		if err := d.checkValue(at, table[key], fields[i].value.Type()); err != nil {
			return err
		}
	}
	return nil
}

// checkValue compares the kind of one value with the type that will hold it.
func (d *document) checkValue(path []string, value any, t reflect.Type) error {
	if reflect.PointerTo(t).Implements(textUnmarshaler) {
		return nil // what reads itself from text decides for itself
	}
	kind := kindOf(t)
	wanted := "a " + string(kind)
	if kind == Duration {
		wanted += ` such as "30s", "36h" or "7d"`
	}
	mismatch := d.errorAt(path, "want "+wanted+", not "+describe(value))
	switch v := value.(type) {
	case string:
		return unlessKind(mismatch, kind, Text, Duration)
	case bool:
		return unlessKind(mismatch, kind, Switch)
	case int64:
		return unlessKind(mismatch, kind, Number)
	case float64:
		if t.Kind() != reflect.Float64 {
			return mismatch
		}
	case map[string]any:
		switch kind {
		case Table:
			return d.check(path, v, structFields(reflect.New(t).Elem()))
		case Map:
			for _, key := range sortedKeys(v) {
				if err := d.checkValue(append(slices.Clip(path), key), v[key], t.Elem()); err != nil {
					return err
				}
			}
		default:
			return mismatch
		}
	case []map[string]any:
		return checkElements(d, path, v, t, mismatch)
	case []any:
		return checkElements(d, path, v, t, mismatch)
	default:
		return mismatch
	}
	return nil
}

func checkElements[E any](d *document, path []string, list []E, t reflect.Type, mismatch error) error {
	if t.Kind() != reflect.Slice {
		return mismatch
	}
	for _, e := range list {
		if err := d.checkValue(path, e, t.Elem()); err != nil {
			return err
		}
	}
	return nil
}

func unlessKind(mismatch error, kind Kind, allowed ...Kind) error {
	if slices.Contains(allowed, kind) {
		return nil
	}
	return mismatch
}

func describe(value any) string {
	switch v := value.(type) {
	case string:
		return "text"
	case bool:
		return fmt.Sprint(v)
	case int64, float64:
		return fmt.Sprintf("the number %v", v)
	case map[string]any:
		return "a table"
	case []any, []map[string]any:
		return "a list"
	}
	return "a date"
}

func (d *document) unknown(path []string, known []string) error {
	problem := "unknown key"
	if _, ok := d.raw[path[0]].(map[string]any); ok && len(path) == 1 {
		problem = "unknown section"
	}
	if near := Nearest(path[len(path)-1], known); near != "" {
		problem += fmt.Sprintf("; did you mean %q?", near)
	} else {
		problem += "; known are " + strings.Join(known, ", ")
	}
	return d.errorAt(path, problem)
}

func (d *document) errorAt(path []string, problem string) error {
	return &Error{File: d.file, Line: lineOf(d.source, path), Key: strings.Join(path, "."), Problem: problem}
}

// valueError reports a value that its own type refused.
func (d *document) valueError(section string, err error) error {
	e := syntaxError(d.file, err)
	key := strings.Split(section, ".")
	if e.Key != "" {
		key = strings.Split(e.Key, ".")
	}
	return d.errorAt(key, e.Problem)
}

// blame finds the place for an error whose text begins with a key.
func (d *document) blame(err error) error {
	key, _, _ := strings.Cut(err.Error(), " ")
	key = strings.TrimSuffix(key, ":")
	return &Error{File: d.file, Line: lineOf(d.source, strings.Split(key, ".")), Problem: err.Error()}
}

func keysOf(fields []Field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.Key
	}
	return keys
}

func sortedKeys(table map[string]any) []string {
	keys := make([]string, 0, len(table))
	for key := range table {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
