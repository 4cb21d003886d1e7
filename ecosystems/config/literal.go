package config

import (
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
)

// Literal returns the field's value as TOML: the default, in a struct that
// holds the defaults. Tables have none.
func (f Field) Literal() string {
	switch {
	case f.isTable():
		return ""
	case f.Kind == List && f.value.Len() == 0:
		return "[]"
	}
	return literal(f.value)
}

func literal(v reflect.Value) string {
	text, err := toml.Marshal(map[string]any{"k": v.Interface()})
	if err != nil {
		panic("config: a default that is no TOML: " + err.Error())
	}
	return strings.TrimSpace(strings.TrimPrefix(string(text), "k = "))
}
