package mirror

import (
	"strings"
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
	deep := `{"x":` + strings.Repeat(`[{"x":`, 4000) + "1" + strings.Repeat("}]", 4000) + "}"
	for _, bad := range []string{``, `[]`, `{"count":"x"}`, `{"names":[[1]]}`, deep} {
		if err := RecalledOptions([]byte(bad), &got); err == nil {
			t.Errorf("%.100s accepted", bad)
		}
	}
}

// Who hands over a mirror could otherwise have any secret of the environment sent
// to an upstream of his choice.
func TestNoSnapshotChoosesWhichSecretsAreSent(t *testing.T) {
	type options struct {
		Upstream     string                      `toml:"upstream"`
		TokenEnv     string                      `toml:"token_env"`
		Repositories []struct{ TokenEnv string } `toml:"repositories"`
	}
	for _, recorded := range []string{
		`{"upstream":"https://evil.test","token_env":"AWS_SECRET_ACCESS_KEY"}`,
		`{"upstream":"https://evil.test","Token_Env":"AWS_SECRET_ACCESS_KEY"}`,
		`{"upstream":"https://evil.test","TokenEnv":"AWS_SECRET_ACCESS_KEY"}`,
		`{"upstream":"https://evil.test","repositories":[{"TOKENENV":"AWS_SECRET_ACCESS_KEY"}]}`,
		`{"upstream":"https://evil.test","REPOSITORIES":[{"tokenenv":"AWS_SECRET_ACCESS_KEY"}]}`,
	} {
		var got options
		if err := RecalledOptions([]byte(recorded), &got); err != nil {
			t.Fatal(err)
		}
		if got.Upstream == "" || got.TokenEnv != "" || len(got.Repositories) > 0 && got.Repositories[0].TokenEnv != "" {
			t.Errorf("%s recalled as %+v", recorded, got)
		}
	}
}

// Settings of git hold credentials and commands: none leaves this machine, and none comes
// with a mirror from elsewhere.
func TestSettingsOfGitAreNeitherRecordedNorRecalled(t *testing.T) {
	type registry struct {
		URL       string            `toml:"url"`
		GitConfig map[string]string `toml:"gitconfig"`
	}
	type options struct {
		GitConfig map[string]string `toml:"gitconfig"`
		Registry  []registry        `toml:"registry"`
	}
	secret := map[string]string{"http.https://git.corp/.extraHeader": "Authorization: Bearer t0psecret"}
	got, err := recordedOptions(&options{secret, []registry{{"https://git.corp/R.git", secret}}})
	if want := `{"registry":[{"url":"https://git.corp/R.git"}]}`; err != nil || string(got) != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
	for _, recorded := range []string{
		`{"gitconfig":{"core.sshCommand":"evil"},"registry":[{"url":"ssh://a/b","gitconfig":{"core.sshCommand":"evil"}}]}`,
		`{"Git_Config":{"core.sshCommand":"evil"},"registry":[{"url":"ssh://a/b","GitConfig":{"core.sshCommand":"evil"}}]}`,
	} {
		var o options
		if err := RecalledOptions([]byte(recorded), &o); err != nil {
			t.Fatal(err)
		}
		if len(o.GitConfig) > 0 || len(o.Registry) != 1 || o.Registry[0].URL == "" || len(o.Registry[0].GitConfig) > 0 {
			t.Errorf("%s became %+v", recorded, o)
		}
	}
}
