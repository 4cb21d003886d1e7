package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestOverride(t *testing.T) {
	base := func() *fruit {
		return &fruit{Apples: []string{"old"}, Cherries: []string{"/old"}, Mirrors: []string{"m"}, Ripe: true}
	}
	for name, tc := range map[string]struct {
		flags map[string][]string
		want  func(*fruit)
	}{
		"nothing": {nil, func(*fruit) {}},
		"a selection replaces all selections": {
			map[string][]string{"apple": {"a", "b, c"}},
			func(f *fruit) { f.Apples, f.Cherries = []string{"a", "b, c"}, nil },
		},
		"paths are from the current folder": {
			map[string][]string{"cherry": {"x.lock", "/y.lock"}, "signing-key": {"k.pem"}},
			func(f *fruit) {
				f.Apples, f.Cherries, f.SigningKey = nil, []string{"/cwd/x.lock", "/y.lock"}, "/cwd/k.pem"
			},
		},
		"other lists are replaced alone": {
			map[string][]string{"mirror": {"n"}},
			func(f *fruit) { f.Mirrors = []string{"n"} },
		},
		"scalars, the last one counts": {
			map[string][]string{"ripe": {"false"}, "count": {"1", "2"}, "weight": {"0.5"}, "wait": {"2m"}, "colour": {"green"}},
			func(f *fruit) { f.Ripe, f.Count, f.Weight, f.Wait, f.Colour = false, 2, 0.5, 2*time.Minute, "green" },
		},
		"flags of others and keys without a flag": {
			map[string][]string{"juice": {"x"}, "": {"x"}, "orchards": {"x"}, "foo": {"x"}},
			func(*fruit) {},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, want := base(), base()
			tc.want(want)
			if err := Override(got, tc.flags, "/cwd"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(fruit{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOverrideRefuses(t *testing.T) {
	for flag, tc := range map[string]struct{ value, want string }{
		"count":  {"many", `--count: want a number, not "many"`},
		"ripe":   {"perhaps", `--ripe: want a switch, not "perhaps"`},
		"weight": {"x", `--weight: want a number, not "x"`},
		"wait":   {"x", `--wait: want a duration such as 30s, 36h or 7d, not "x"`},
		"colour": {"x", `--colour: want red or green, not "x"`},
	} {
		err := Override(&fruit{}, map[string][]string{flag: {tc.value}}, "/")
		if err == nil || err.Error() != tc.want {
			t.Errorf("error %v, want %s", err, tc.want)
		}
	}
}
