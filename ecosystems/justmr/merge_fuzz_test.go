package justmr

import (
	"bytes"
	"encoding/json"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever the user's file is, it is refused, or afterwards JSON with the same other keys.
func FuzzMergeLocal(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"local mirrors":{}}`, ` {"a":1,"local mirrors" : { "x":["y"] } , "b":[{}]} `, `{"local mirrors":null}`, `{"a\u0062":1}`,
		`{"local mirrors":{"https://e.org:8080/r":["http://m/git/x"],"gone":["http://m/blob/x/y"]}}`, `{"local mirrors":{"gone":["http://m/blob/x/y"],"x":1}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, old []byte) {
		b := mustBase(t, "http://m")
		merged, err := someLocations.MergeLocal(old, b)
		if err != nil || len(bytes.TrimSpace(old)) == 0 {
			return
		}
		var before, after map[string]any
		if json.Unmarshal(old, &before) != nil {
			t.Fatalf("%q is no JSON, yet merged", old)
		}
		if err := json.Unmarshal(merged, &after); err != nil {
			t.Fatalf("%q became %q: %v", old, merged, err)
		}
		mirrors, _ := after[localMirrorsKey].(map[string]any)
		if mirrors["https://e.org:8080/r"] == nil {
			t.Fatalf("%q became %q", old, merged)
		}
		for _, m := range []map[string]any{before, after} {
			maps.DeleteFunc(m, func(key string, _ any) bool { return key == localMirrorsKey })
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Fatalf("%q became %q:\n%s", old, merged, diff)
		}
		again, err := someLocations.MergeLocal(merged, b)
		if err != nil || !bytes.Equal(again, merged) {
			t.Fatalf("a second merge of %q: %q, %v", merged, again, err)
		}
	})
}
