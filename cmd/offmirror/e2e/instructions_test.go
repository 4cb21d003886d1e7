//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A setup is what `offmirror clients --json` says about one client.
type setup struct {
	Client string
	Steps  []struct{ Text, File, Code string }
}

// TestInstructions does what `offmirror clients` prints, word for word, as
// somebody would who pastes it.
func TestInstructions(t *testing.T) {
	t.Parallel()
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r)
	config := filepath.Join(filepath.Dir(m.root), "offmirror.toml")
	writeFile(t, config, fmt.Sprintf(
		"[hex]\nupstream = %q\npublic_key = %q\nindex = \"filtered\"\npackages = [\"tree ~> 1.0\"]\ninstalls = \"none\"\n", m.sync[1], r.publicKey))
	m.sync = []string{"--config", config}
	m.synced()
	base := m.start("--config", config)
	setups := instructions(t, m, "--config", config, "--url", base)
	withHex(t, func(t *testing.T, s system) {
		for _, instead := range []string{"export HEX_MIRROR", "mix hex.config mirror_url"} {
			p := newMixProject(t, s, `{:tree, "~> 1.0"}`)
			script := paste(t, setups, "mix (", func(code string) bool {
				return !strings.Contains(code, "/path/to/") && !strings.HasPrefix(code, instead)
			})
			p.run("app", p.env, "sh", "-ec", script+"mix deps.get").ok("tree 1.1.0")
			p.says("Tree.name()", newestTree)
		}

		e := newRebarProject(t, s, `{branch, "~> 1.0"}`)
		key := strings.ReplaceAll(readFile(t, m.file("public_key")), "\n", `\n`)
		for file, code := range files(t, setups, "rebar3 (") {
			code = strings.ReplaceAll(code, `-----BEGIN PUBLIC KEY-----\n…`, key)
			e.write(strings.TrimPrefix(file, "~/"), code)
		}
		e.rebar3("get-deps").ok()
		e.says("branch", newestBranch)

		e = newRebarProject(t, s, `{branch, "~> 1.0"}`).trusts(m.file("public_key"))
		script := paste(t, setups, "rebar3 (", func(string) bool { return true })
		e.run("app", nil, "sh", "-ec", script+"rebar3 get-deps").ok()
		e.says("branch", newestBranch)
	})
}

func instructions(t testing.TB, m mirror, words ...string) []setup {
	t.Helper()
	var setups []setup
	for line := range strings.Lines(m.offmirror(append([]string{"clients", m.ecosystem, "--json"}, words...)...).ok().output) {
		var s setup
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		setups = append(setups, s)
	}
	return setups
}

// steps finds the client whose name begins with prefix.
func steps(t testing.TB, setups []setup, prefix string) setup {
	t.Helper()
	i := slices.IndexFunc(setups, func(s setup) bool { return strings.HasPrefix(s.Client, prefix) })
	if i < 0 {
		t.Fatalf("nothing is said about %s: %v", prefix, setups)
	}
	return setups[i]
}

// paste returns the shell code of a client's steps, those that use accepts.
func paste(t testing.TB, setups []setup, client string, use func(code string) bool) string {
	t.Helper()
	var script strings.Builder
	for _, s := range steps(t, setups, client).Steps {
		if s.File == "" && s.Code != "" && use(s.Code) {
			script.WriteString(s.Code + "\n")
		}
	}
	return script.String()
}

// files returns what a client's steps say goes into files.
func files(t testing.TB, setups []setup, client string) map[string]string {
	t.Helper()
	contents := map[string]string{}
	for _, s := range steps(t, setups, client).Steps {
		if s.File != "" {
			contents[s.File] += s.Code + "\n"
		}
	}
	return contents
}
