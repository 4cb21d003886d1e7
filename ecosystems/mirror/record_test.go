package mirror

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRecordedOptionsUseTheKeysOfTheConfigurationAndHoldNoSecrets(t *testing.T) {
	type repository struct {
		Upstream string `toml:"upstream"`
	}
	got, _, err := recordedOptions(&struct {
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
	recorded, _, err := recordedOptions(&want)
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
	got, _, err := recordedOptions(&options{secret, []registry{{"https://git.corp/R.git", secret}}})
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

// Snapshots go to other networks, whose readers have no business with the folders of this one. Here
// the options come back whole.
func TestSnapshotsNameFilesWithoutTheirFolders(t *testing.T) {
	type registry struct {
		URL string `toml:"url"`
	}
	type options struct {
		Locks    []string   `toml:"locks"`
		Key      string     `toml:"key"`
		Text     string     `toml:"text"`
		Registry []registry `toml:"registry"`
	}
	first := options{
		Locks:    []string{"/home/alice/project-x/mix.lock", "/home/alice/project-y/mix.lock", "relative/mix.lock"},
		Key:      "/etc/offmirror/secret-place/hex.pem",
		Text:     "-----BEGIN PUBLIC KEY-----\n/abc/def=\n",
		Registry: []registry{{"/srv/git/Internal.git"}, {"file:///srv/git/Other.git"}, {"https://git.corp/R.git"}},
	}
	second := options{Locks: []string{"/home/bob/one.lock"}}
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	m := &Mirror{root: root}
	var headers []json.RawMessage
	for _, o := range []options{first, second, first} {
		recorded, exact, err := recordedOptions(&o)
		if err != nil {
			t.Fatal(err)
		}
		if err := rememberOptions(root, "toy", recorded, exact); err != nil {
			t.Fatal(err)
		}
		headers = append(headers, recorded)
	}
	want := `{"key":"hex.pem","locks":["project-x/mix.lock","project-y/mix.lock","relative/mix.lock"],` +
		`"registry":[{"url":"Internal.git"},{"url":"Other.git"},{"url":"https://git.corp/R.git"}],"text":"-----BEGIN PUBLIC KEY-----\n/abc/def=\n"}`
	if string(headers[0]) != want {
		t.Errorf("recorded %s\nwant     %s", headers[0], want)
	}
	for i, want := range []options{first, second, first} {
		var got options
		if err := m.Recall("toy", headers[i], &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("recalled in its own root:\n%s", diff)
		}
	}
	var got options
	if err := m.Recall("other", headers[1], &got); err != nil || len(got.Locks) != 1 || got.Locks[0] != "one.lock" {
		t.Errorf("recalled elsewhere: %v, %v", got, err)
	}
	old := json.RawMessage(`{"locks":["/home/carol/mix.lock"]}`) // as earlier versions recorded it
	if err := m.Recall("toy", old, &got); err != nil || len(got.Locks) != 1 || got.Locks[0] != "/home/carol/mix.lock" {
		t.Errorf("an old record: %v, %v", got, err)
	}
	if err := root.WriteFile("state/options/toy.json", []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.Recall("toy", headers[1], &got); err != nil || got.Locks[0] != "one.lock" {
		t.Errorf("with a damaged memory: %v, %v", got, err)
	}
}

// Options are remembered for some snapshots, not for as many as there may ever be.
func TestRememberedOptionsAreFew(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for i := range 3 * keptOptions {
		recorded, exact, err := recordedOptions(&struct{ Locks []string }{[]string{fmt.Sprintf("/a/%d.lock", i)}})
		if err == nil {
			err = rememberOptions(root, "toy", recorded, exact)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	kept := loadOptions(root, "toy")
	if len(kept) != keptOptions || !strings.Contains(string(kept[0]), fmt.Sprintf("/a/%d.lock", 3*keptOptions-1)) {
		t.Errorf("%d kept, first %s", len(kept), kept[0])
	}
}
