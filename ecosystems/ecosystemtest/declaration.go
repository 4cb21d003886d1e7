package ecosystemtest

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
)

var (
	word = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	key  = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

func checkDeclaration(t *testing.T, s Suite) {
	e := s.Ecosystem
	seen := map[string]bool{}
	for _, w := range append([]string{e.Name}, e.Aliases...) {
		if !word.MatchString(w) || seen[w] {
			t.Errorf("%q is no word for the command line, or is given twice", w)
		}
		seen[w] = true
	}
	if e.Summary == "" || strings.Contains(e.Summary, "\n") || strings.HasSuffix(e.Summary, ".") {
		t.Errorf("summary %q: want one line without a full stop", e.Summary)
	}
	checkOptions(t, e)
	if _, err := e.New(e.Options()); err != nil {
		t.Errorf("the default options make no driver: %v", err)
	}
	if _, err := e.New(struct{}{}); err == nil {
		t.Error("options of another type make a driver")
	}
}

func checkOptions(t *testing.T, e ecosystems.Ecosystem) {
	first, second := e.Options(), e.Options()
	v := reflect.ValueOf(first)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		t.Fatalf("Options returns a %T, want a pointer to a struct", first)
	}
	if first == second {
		t.Error("Options returns the same struct twice: one user's changes would be another's defaults")
	}
	checkTags(t, v.Elem().Type(), map[reflect.Type]bool{})
}

func checkTags(t *testing.T, st reflect.Type, seen map[reflect.Type]bool) {
	if seen[st] {
		return
	}
	seen[st] = true
	for f := range st.Fields() {
		if !f.IsExported() || f.Tag.Get("toml") == "-" {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if !key.MatchString(name) {
			t.Errorf("%s.%s: %q is no key", st, f.Name, name)
		}
		doc := f.Tag.Get("doc")
		if doc == "" || strings.Contains(doc, "\n") {
			t.Errorf("%s.%s: doc %q, want one line", st, f.Name, doc)
		}
		element := f.Type
		for element.Kind() == reflect.Slice || element.Kind() == reflect.Map || element.Kind() == reflect.Pointer {
			element = element.Elem()
		}
		if element.Kind() == reflect.Struct {
			checkTags(t, element, seen)
		}
	}
}
