package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Kind is the shape of a key's value, in the words of the reference.
type Kind string

// The kinds of values.
const (
	Text     Kind = "text"
	Switch   Kind = "switch"
	Number   Kind = "number"
	Duration Kind = "duration"
	List     Kind = "list of text"
	Table    Kind = "table"           // fixed keys
	Map      Kind = "table by name"   // the user chooses the keys
	Tables   Kind = "array of tables" // [[section.key]]
)

// Field is one key of a section, as the options struct declares it.
type Field struct {
	Key       string // in the configuration
	Flag      string // on the command line; empty for none
	Also      string // another word for the flag; mostly empty
	Doc       string // one line
	Kind      Kind
	Path      bool // relative values are resolved against the config file
	Selection bool // a selection; see [Section.Replace]

	value reflect.Value // addressable
}

// Fields lists the keys of options, which must be a pointer to a struct, in the
// order of declaration. It panics if the struct holds a type that no
// configuration can express or if two fields share a key: both are mistakes in
// the program, found by any test that calls it.
func Fields(options any) []Field {
	v := reflect.ValueOf(options)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("config: options are a %T, want a pointer to a struct", options))
	}
	return structFields(v.Elem())
}

func structFields(v reflect.Value) []Field {
	var fields []Field
	seen := map[string]bool{}
	for sf, fv := range v.Fields() {
		key, _, _ := strings.Cut(sf.Tag.Get("toml"), ",")
		switch {
		case sf.Anonymous && key == "" && sf.Type.Kind() == reflect.Struct:
			fields = append(fields, structFields(fv)...)
			continue
		case !sf.IsExported() || key == "-":
			continue
		case key == "":
			panic(fmt.Sprintf("config: %s.%s has no toml tag", v.Type(), sf.Name))
		case seen[key]:
			panic(fmt.Sprintf("config: %s has two fields for the key %q", v.Type(), key))
		}
		seen[key] = true
		f := Field{
			Key:       key,
			Doc:       sf.Tag.Get("doc"),
			Kind:      kindOf(sf.Type),
			Path:      sf.Tag.Get("path") == "true",
			Selection: sf.Tag.Get("selection") == "true",
			value:     fv,
		}
		f.Flag, f.Also = flagName(f, sf.Tag), sf.Tag.Get("also")
		fields = append(fields, f)
	}
	return fields
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

func kindOf(t reflect.Type) Kind {
	if reflect.PointerTo(t).Implements(textUnmarshaler) {
		return Text
	}
	if t == reflect.TypeFor[time.Duration]() {
		return Duration
	}
	switch t.Kind() {
	case reflect.String:
		return Text
	case reflect.Bool:
		return Switch
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint64, reflect.Float64:
		return Number
	case reflect.Struct:
		return Table
	case reflect.Map:
		return Map
	case reflect.Slice:
		switch kindOf(t.Elem()) {
		case Text:
			return List
		case Table:
			return Tables
		}
	}
	panic(fmt.Sprintf("config: no kind of value for the type %s", t))
}

// flagName is the key in kebab-case, singular for lists; tables have no flag.
func flagName(f Field, tag reflect.StructTag) string {
	if name, ok := tag.Lookup("flag"); ok {
		return strings.TrimPrefix(name, "-")
	}
	name := strings.ReplaceAll(f.Key, "_", "-")
	switch {
	case f.isTable():
		return ""
	case f.Kind == List:
		return singular(name)
	}
	return name
}

func singular(plural string) string {
	if stem, ok := strings.CutSuffix(plural, "ies"); ok {
		return stem + "y"
	}
	return strings.TrimSuffix(plural, "s")
}

// children lists the keys below a table, whatever its kind; nil if f is no table
// with fixed keys.
func (f Field) children() []Field {
	if f.Kind == Table {
		return structFields(f.value) // with its defaults
	}
	t := f.value.Type()
	for t.Kind() == reflect.Map || t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if kindOf(t) != Table {
		return nil
	}
	return structFields(reflect.New(t).Elem())
}

func (f Field) isTable() bool { return f.Kind == Table || f.Kind == Map || f.Kind == Tables }

// header is the line that begins the table in a file, below a section.
func (f Field) header(section string) string {
	name := section + "." + f.Key
	switch {
	case f.Kind == Tables:
		return "[[" + name + "]]"
	case f.Kind == Map && f.children() != nil:
		return "[" + name + ".\"NAME\"]"
	}
	return "[" + name + "]"
}
