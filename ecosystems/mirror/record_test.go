package mirror

import (
	"testing"
	"time"
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
