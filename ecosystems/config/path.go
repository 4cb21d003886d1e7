package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// ResolvePath makes a path of the configuration usable from anywhere: "~/" is
// the home folder, and a relative path is taken from base. URLs, "-", which means
// a standard stream, and the empty string, which means "not set", stay as they are.
func ResolvePath(path, base string) string {
	switch {
	case path == "", path == "-", filepath.IsAbs(path), strings.Contains(path, "://"):
		return path
	case path == "~", strings.HasPrefix(path, "~/"):
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, path[1:])
		}
	}
	return filepath.Join(base, path)
}

// resolvePaths resolves every path among fields, those of nested tables included.
func resolvePaths(fields []Field, base string) {
	for _, f := range fields {
		if f.Path {
			resolveValue(f.value, base)
		} else {
			resolveTable(f.value, base)
		}
	}
}

func resolveValue(v reflect.Value, base string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(ResolvePath(v.String(), base))
	case reflect.Slice:
		for i := range v.Len() {
			resolveValue(v.Index(i), base)
		}
	}
}

func resolveTable(v reflect.Value, base string) {
	switch {
	case v.Kind() == reflect.Struct && kindOf(v.Type()) == Table:
		resolvePaths(structFields(v), base)
	case v.Kind() == reflect.Slice && kindOf(v.Type()) == Tables:
		for i := range v.Len() {
			resolveTable(v.Index(i), base)
		}
	case v.Kind() == reflect.Map && v.Type().Elem().Kind() == reflect.Struct:
		for _, key := range v.MapKeys() { // values of a map are not addressable
			entry := reflect.New(v.Type().Elem()).Elem()
			entry.Set(v.MapIndex(key))
			resolveTable(entry, base)
			v.SetMapIndex(key, entry)
		}
	}
}
