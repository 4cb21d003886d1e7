package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFieldsAndFlags(t *testing.T) {
	got := map[string]string{}
	for _, f := range Fields(&fruit{}) {
		got[f.Key] = string(f.Kind) + " --" + f.Flag
	}
	want := map[string]string{
		"upstream": "text --upstream", "apples": "list of text --apple", "cherries": "list of text --cherry",
		"mirrors": "list of text --mirror", "signing_key": "text --signing-key", "ripe": "switch --ripe",
		"count": "number --count", "weight": "number --weight", "wait": "duration --wait", "colour": "text --colour",
		"juice": "text --", "orchards": "table by name --", "hosts": "table by name --",
		"repositories": "array of tables --", "single": "table --",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSecondNamesOfFlags(t *testing.T) {
	type crate struct {
		Weight int    `toml:"weight" also:"mass"`
		Label  string `toml:"label"`
	}
	got := map[string]string{}
	for _, f := range Fields(&crate{}) {
		got[f.Flag] = f.Also + " | " + f.flags()
	}
	if diff := cmp.Diff(map[string]string{"weight": "mass | `--weight`, `--mass`", "label": " | `--label`"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFieldsOfEmbeddedStructs(t *testing.T) {
	type outer struct {
		host
		Extra string `toml:"extra"`
		Skip  int    `toml:"-"`
	}
	var keys []string
	for _, f := range Fields(&outer{}) {
		keys = append(keys, f.Key)
	}
	if diff := cmp.Diff([]string{"name", "ca", "extra"}, keys); diff != "" {
		t.Error(diff)
	}
}

func TestFieldsPanicsOnMistakesInTheProgram(t *testing.T) {
	for name, options := range map[string]any{
		"no pointer": fruit{},
		"no tag":     &struct{ A string }{},
		"key twice": &struct {
			A string `toml:"a"`
			B string `toml:"a"`
		}{},
		"channel": &struct {
			A chan int `toml:"a"`
		}{},
		"list of lists": &struct {
			A [][]string `toml:"a"`
		}{},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			Fields(options)
		})
	}
}
