package hexpm

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/installs"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// Clients implements [ecosystems.Driver].
func (d *driver) Clients(baseURL string) []ecosystems.ClientSetup {
	c := clientGuide{settings: d.settings, url: baseURL}
	guides := []ecosystems.ClientSetup{c.mix(), c.rebar3(), c.gleam()}
	if d.installs != installsNone {
		guides = append(guides, c.installers())
	}
	if len(d.builds) > 0 {
		guides = append(guides, c.setupBeam())
	}
	for _, r := range d.repositories[1:] {
		guides = append(guides, c.further(r))
	}
	return guides
}

// clientGuide writes how to point clients at a mirror.
type clientGuide struct {
	*settings
	url string
}

// ownKey reports whether clients have to be told the key: that of hex.pm is
// built into all of them.
func (c clientGuide) ownKey() bool {
	main := c.repositories[0]
	return c.filtered || main.name != hexPMName || !main.trust.Key.Equal(registry.HexPM())
}

func (c clientGuide) fetchKey(prefix string) ecosystems.Step {
	return ecosystems.Step{
		Text: "Get the key that this mirror's registry is signed with, once, over a network that you trust",
		Code: fmt.Sprintf("curl -fo offmirror.pem %s/%s%s", c.url, prefix, publicKeyFile),
	}
}

func (c clientGuide) mix() ecosystems.ClientSetup {
	g := ecosystems.ClientSetup{Client: "mix (Elixir, with Hex)"}
	main := c.repositories[0]
	if main.name != hexPMName {
		g.Steps = []ecosystems.Step{
			c.fetchKey(""),
			{Text: "Add the repository", Code: fmt.Sprintf("mix hex.repo add %s %s --public-key offmirror.pem", main.name, c.url)},
			{
				Text: "Name it on the dependencies that come from it", File: "mix.exs",
				Code: fmt.Sprintf(`{:package, "~> 1.0", repo: %q}`, main.name),
			},
		}
		return g
	}
	if c.ownKey() {
		g.Steps = append(g.Steps, c.fetchKey(""), ecosystems.Step{
			Text: "Check the repository hexpm with it",
			Code: "mix hex.repo set hexpm --public-key offmirror.pem",
		})
	}
	g.Steps = append(g.Steps,
		ecosystems.Step{
			Text: "Fetch packages from here; HEX_OFFLINE=1 works later only with the same value",
			Code: "export HEX_MIRROR=" + c.url,
		},
		ecosystems.Step{
			Text: "Or, instead of the variable, for good and for one user",
			Code: "mix hex.config mirror_url " + c.url,
		},
		ecosystems.Step{Text: "If the mirror is served over TLS with a CA of your own", Code: "export HEX_CACERTS_PATH=/path/to/ca.pem"},
	)
	if !c.filtered && !c.whole(main) {
		g.Steps = append(g.Steps, ecosystems.Step{
			Text: "Projects need a lock: the index is upstream's and lists versions that are not here; index = \"filtered\" lists only what is",
		})
	}
	return g
}

func (c clientGuide) rebar3() ecosystems.ClientSetup {
	g := ecosystems.ClientSetup{Client: "rebar3 (Erlang)"}
	main := c.repositories[0]
	if main.name != hexPMName {
		g.Steps = []ecosystems.Step{c.fetchKey(""), {
			Text: "Add the repository, with the text of the key in one string and \\n for its line ends", File: "~/.config/rebar3/rebar.config",
			Code: fmt.Sprintf(`{hex, [{repos, [#{name => <<%q>>, repo_url => <<%q>>, repo_public_key => <<"-----BEGIN PUBLIC KEY-----\n…">>}]}]}.`, main.name, c.url),
		}}
		return g
	}
	g.Steps = []ecosystems.Step{
		{Text: "Fetch packages from here", Code: "export HEX_CDN=" + c.url},
		{
			Text: "Or, instead of the variable, for good and for one user", File: "~/.config/rebar3/rebar.config",
			Code: fmt.Sprintf("{rebar_packages_cdn, %q}.", c.url),
		},
	}
	if c.ownKey() {
		g.Steps = append(g.Steps, c.fetchKey(""), ecosystems.Step{
			Text: "Check packages with it: the text of the key in one string, with \\n for its line ends", File: "~/.config/rebar3/rebar.config",
			Code: `{hex, [{repos, [#{name => <<"hexpm">>, repo_public_key => <<"-----BEGIN PUBLIC KEY-----\n…">>}]}]}.`,
		})
	}
	g.Steps = append(g.Steps, ecosystems.Step{
		Text: "Plugins that dependencies name in their rebar.config are fetched too and are in no lock: list them under packages",
	})
	return g
}

func (c clientGuide) gleam() ecosystems.ClientSetup {
	g := ecosystems.ClientSetup{Client: "Gleam"}
	if c.ownKey() {
		g.Steps = []ecosystems.Step{{
			Text: "Not possible: Gleam has hex.pm's address and key built in and accepts no other; mirror hex.pm with index = \"verbatim\" for it",
		}}
		return g
	}
	g.Steps = []ecosystems.Step{
		{
			Text: "Gleam has no setting for a mirror: let the names repo.hex.pm and hex.pm lead to a TLS server with a certificate of your own CA for them, which serves this mirror at their root, as offmirror serve does with",
			File: "offmirror.toml", Code: "[serve.hosts]\n\"repo.hex.pm\" = \"hex\"\n\"hex.pm\" = \"hex\"",
		},
		{Text: "The CA of that server", Code: "export GLEAM_CACERTS_PATH=/path/to/ca.pem"},
		{
			Text: "Builds with an up-to-date manifest.toml ask repo.hex.pm only; resolving anew also asks hex.pm/api, of which offmirror serve answers what Gleam needs",
			Code: "gleam deps download",
		},
	}
	return g
}

func (c clientGuide) installers() ecosystems.ClientSetup {
	g := ecosystems.ClientSetup{
		Client: "mix local.hex, mix local.rebar",
		Steps: []ecosystems.Step{
			{Text: "Elixir 1.15 and later", Code: "export HEX_BUILDS_URL=" + c.url},
			{Text: "Elixir up to 1.14 knows this one only", Code: "export HEX_MIRROR=" + c.url},
			{Text: "Install", Code: "mix local.hex --force\nmix local.rebar --force"},
		},
	}
	if !c.elixirKey.Equal(installs.ElixirKey()) {
		g.Steps = append(g.Steps, ecosystems.Step{
			Text: "Elixir up to 1.18 checks the lists with a key that it must be told (elixir_key)",
			Code: "mix local.public_keys KEY.pem",
		})
	}
	return g
}

func (c clientGuide) setupBeam() ecosystems.ClientSetup {
	return ecosystems.ClientSetup{
		Client: "setup-beam (CI)",
		Steps: []ecosystems.Step{{
			Text: "OTP and Elixir from here; rebar3 and Gleam still come from GitHub", File: "workflow",
			Code: "with:\n  hexpm-mirrors: " + c.url,
		}},
	}
}

func (c clientGuide) further(r *repository) ecosystems.ClientSetup {
	url := c.url + "/" + r.prefix[:len(r.prefix)-1]
	return ecosystems.ClientSetup{
		Client: "mix, repository " + r.name,
		Steps: []ecosystems.Step{
			c.fetchKey(r.prefix),
			{Text: "Add the repository", Code: fmt.Sprintf("mix hex.repo add %s %s --public-key offmirror.pem", r.name, url)},
			{
				Text: "Name it on the dependencies that come from it", File: "mix.exs",
				Code: fmt.Sprintf(`{:package, "~> 1.0", repo: %q}`, r.name),
			},
			{
				Text: fmt.Sprintf("An organisation of hex.pm (organization: %q) needs none of this but this variable in place of HEX_MIRROR, "+
					"which Hex 2.6 follows for public packages only", r.name),
				Code: "export HEX_TRUSTED_MIRROR_URL=" + c.url,
			},
		},
	}
}
