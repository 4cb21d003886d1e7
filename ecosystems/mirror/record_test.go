package mirror

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRecordedOptionsUseTheKeysOfTheConfigurationAndHoldNoSecrets(t *testing.T) {
	type repository struct {
		Upstream string `toml:"upstream"`
	}
	got, err := recordedOptions(&struct {
		Mirrors      []string      `toml:"mirrors"`
		DeepEvery    time.Duration `toml:"deep_every"`
		Repositories []repository  `toml:"repositories"`
	}{
		[]string{"https://u:p@a.test/x?token=t"}, time.Hour, []repository{{"https://u:p@b.test/"}},
	})
	want := `{"deep_every":"1h0m0s","mirrors":["https://a.test/x?token=REDACTED"],"repositories":[{"upstream":"https://b.test/"}]}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
}

func TestOptionsAreRecalledAsTheyWereRecorded(t *testing.T) {
	type options struct {
		Names []string          `toml:"names"`
		Flag  bool              `toml:"flag"`
		Count int64             `toml:"count"`
		Ratio float64           `toml:"ratio"`
		Every time.Duration     `toml:"every"`
		Sub   []struct{ N int } `toml:"sub"`
	}
	want := options{[]string{"a", "b"}, true, 1 << 60, 0.5, time.Minute, []struct{ N int }{{1}, {2}}}
	recorded, err := recordedOptions(&want)
	if err != nil {
		t.Fatal(err)
	}
	got := options{Flag: false, Names: []string{"default"}}
	if err := RecalledOptions(recorded, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := RecalledOptions([]byte(`{"unknown":1,"names":null,"flag":true}`), &got); err != nil {
		t.Errorf("of a newer version: %v", err)
	}
	for _, bad := range []string{``, `[]`, `{"count":"x"}`, `{"names":[[1]]}`} {
		if err := RecalledOptions([]byte(bad), &got); err == nil {
			t.Errorf("%s accepted", bad)
		}
	}
}
