package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// Override sets fields of options from command-line flags: what was given, in
// order, by flag name. Flags that options does not have are passed over, relative paths
// are taken from base, and lists are replaced, not extended. If one of the
// flags is a selection, every selection list of options is emptied first: who
// names a package on the command line does not want the configured ones as well.
func Override(options any, flags map[string][]string, base string) error {
	fields := Fields(options)
	for _, f := range fields {
		if _, given := flags[f.Flag]; given && f.Selection && f.Flag != "" {
			clearSelections(fields)
			break
		}
	}
	for _, f := range fields {
		values, given := flags[f.Flag]
		if !given || f.Flag == "" || len(values) == 0 {
			continue
		}
		if err := f.set(values); err != nil {
			return &Error{Key: "--" + f.Flag, Problem: err.Error()}
		}
		if f.Path {
			resolveValue(f.value, base)
		}
	}
	return nil
}

func clearSelections(fields []Field) {
	for _, f := range fields {
		if f.Selection {
			f.value.SetZero()
		}
	}
}

// set gives the field the values; one that is no list takes the last, as flags do.
func (f Field) set(values []string) error {
	if f.Kind != List {
		return setValue(f.value, values[len(values)-1])
	}
	list := reflect.MakeSlice(f.value.Type(), len(values), len(values))
	for i, text := range values {
		if err := setValue(list.Index(i), text); err != nil {
			return err
		}
	}
	f.value.Set(list)
	return nil
}

func setValue(v reflect.Value, text string) error {
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		return u.UnmarshalText([]byte(text))
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		d, err := ParseDuration(text)
		if err != nil {
			return err
		}
		v.SetInt(int64(d))
		return nil
	}
	var err error
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		var b bool
		if b, err = strconv.ParseBool(text); err == nil {
			v.SetBool(b)
		}
	case reflect.Int, reflect.Int64:
		var n int64
		if n, err = strconv.ParseInt(text, 10, v.Type().Bits()); err == nil {
			v.SetInt(n)
		}
	case reflect.Uint, reflect.Uint64:
		var n uint64
		if n, err = strconv.ParseUint(text, 10, v.Type().Bits()); err == nil {
			v.SetUint(n)
		}
	case reflect.Float64:
		var n float64
		if n, err = strconv.ParseFloat(text, 64); err == nil {
			v.SetFloat(n)
		}
	}
	if err != nil {
		return fmt.Errorf("want a %s, not %q", kindOf(v.Type()), text)
	}
	return nil
}
