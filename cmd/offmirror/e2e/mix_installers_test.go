//go:build e2e

package e2e

import (
	"path/filepath"
	"testing"
)

// withInstalls is a mirror of the packages and of the installers of all systems.
func withInstalls(t *testing.T) (mirror, repository, elixirKey, []installer) {
	t.Helper()
	r := published(t).copied(t)
	key := newElixirKey(t)
	var installers []installer
	for _, s := range erlangs {
		installers = append(installers, installerOf(t, s))
	}
	offerInstalls(t, r.dir, key, installers...)
	keyFile := filepath.Join(newFolder(t), "elixir.pem")
	writeFile(t, keyFile, key.public)
	m := newMirror(t, newUpstream(t, r.dir).URL, r, "--installs", "all", "--elixir-key", keyFile).synced()
	return m, r, key, installers
}

// Hex asks the mirror of packages for newer versions of itself: HEX_MIRROR moves
// that question only from Hex 2.5 on, `hex.repo set --url` moves it for all.
func testM9(t *testing.T) {
	m, r, _, _ := withInstalls(t)
	withHex(t, func(t *testing.T, s system) {
		served := m.with(t).serve()
		p := newMixProject(t, s, `{:tree, "~> 1.0"}`).trusts(r.publicKey)
		p.mix("hex.repo", "set", "hexpm", "--url", served.URL).ok()
		p.mix("deps.get").ok("tree 1.1.0").saysNothingOf("Failed to check")
		if n := len(served.find(versionCheck)); n != 1 {
			t.Errorf("asked %d times for %s", n, versionCheck)
		}
		served.missesOnly()
	})
}

// `mix local.hex` and `mix local.rebar` install from the mirror, and what they
// installed then fetches and compiles from it, without Debian's own Hex and rebar3.
func testM10(t *testing.T) {
	m, r, key, installers := withInstalls(t)
	for _, i := range installers {
		variable := "HEX_BUILDS_URL"
		if i.system == bookworm {
			variable = "HEX_MIRROR" // all that this Elixir knows
		}
		t.Run(string(i.system)+"_"+variable, func(t *testing.T) {
			t.Parallel()
			served := m.with(t).serve()
			h := newHome(t, i.system)
			env := []string{variable + "=" + served.URL}
			if !i.newLists {
				h.run(".", env, "mix", "local.hex", "--force").fails("Could not install Hex")
				h.write("elixir.pem", key.public)
				h.run(".", nil, "mix", "local.public_keys", "elixir.pem", "--force").ok()
			}
			h.run(".", env, "mix", "local.hex", "--force").ok("creating")
			h.run(".", env, "mix", "local.rebar", "--force").ok("creating")
			served.missesOnly()
			if i.system == bookworm {
				h.run(".", nil, "mix", "run", "--no-mix-exs", "-e", "IO.puts(Hex.version())").ok(i.hex)
				return // has no Hex that could go on
			}
			p := &mixProject{home: h, env: []string{"HEX_MIRROR=" + served.URL}, hideDebians: true}
			p.depend(`{:tree, "~> 1.0"}`)
			p.trusts(r.publicKey)
			p.mix("deps.get").ok("tree 1.1.0")
			p.says("Tree.name()", newestTree)
		})
	}
}
