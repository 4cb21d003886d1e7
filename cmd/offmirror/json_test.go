package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/mirror"
)

// results are the objects of --json, by type.
var results = map[string]any{
	"bundle":              bundleObject{},
	"bundle-file":         bundleFileObject{},
	"applied":             appliedObject{},
	"bundle-damage":       bundleDamageObject{},
	"bundle-inspection":   bundleInspectionObject{},
	"bundle-verification": bundleVerificationObject{},
	"change":              changeObject{},
	"client":              clientObject{},
	"damage":              damageObject{},
	"diff":                diffObject{},
	"error":               errorObject{},
	"failure":             failureObject{},
	"file":                fileObject{},
	"forgotten":           forgottenObject{},
	"gc":                  gcObject{},
	"new-key":             generatedObject{},
	"gc-object":           gcObjectObject{},
	"init":                initObject{},
	"key":                 keyObject{},
	"leftover":            leftoverObject{},
	"merged":              mergedObject{},
	"mirrors":             addedMirrorsObject{},
	"plan":                planObject{},
	"plan-group":          planGroupObject{},
	"plan-item":           planItemObject{},
	"published":           publishedObject{},
	"receipt":             receiptObject{},
	"repair":              repairObject{},
	"report":              mirror.Report{},
	"retained":            retainedObject{},
	"serving":             servingObject{},
	"snapshot":            snapshotObject{},
	"status":              mirror.Status{},
	"step":                demoStep{},
	"tag":                 tagObject{},
	"verification":        verificationObject{},
	"version":             versionObject{},
}

func TestEveryResultIsListed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "object" {
				kind, err := strconv.Unquote(call.Args[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Error(err)
				}
				written[kind] = true
			}
			return true
		})
	}
	for kind := range written {
		if _, ok := results[kind]; !ok {
			t.Errorf("type %q is written, but not in the list above", kind)
		}
	}
	for kind := range results {
		if !written[kind] {
			t.Errorf("type %q is in the list above, but never written", kind)
		}
	}
}

func TestEveryResultIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, part := range strings.Split(string(text), "\n### ")[1:] {
		title, body, _ := strings.Cut(part, "\n")
		body, _, _ = strings.Cut(body, "\n## ")
		sections[strings.Trim(title, "`")] = body
	}
	for kind, v := range results {
		body, ok := sections[kind]
		if !ok {
			t.Errorf("docs/json.md has no section about %q", kind)
		}
		documented := map[string]bool{}
		for _, row := range regexp.MustCompile("(?m)^\\| (`.*?) \\|").FindAllStringSubmatch(body, -1) {
			for key := range strings.SplitSeq(row[1], ", ") {
				documented[strings.Trim(key, "`")] = true
			}
		}
		for _, key := range jsonKeys(reflect.TypeOf(v)) {
			if !documented[key] {
				t.Errorf("docs/json.md: %q lacks the key %q", kind, key)
			}
			delete(documented, key)
		}
		for key := range documented {
			t.Errorf("docs/json.md: %q has no key %q", kind, key)
		}
		delete(sections, kind)
	}
	for kind := range sections {
		t.Errorf("docs/json.md documents %q, which there is not", kind)
	}
}

func jsonKeys(t reflect.Type) []string {
	var keys []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			keys = append(keys, jsonKeys(f.Type)...)
		case name != "-":
			keys = append(keys, name)
		}
	}
	return keys
}
