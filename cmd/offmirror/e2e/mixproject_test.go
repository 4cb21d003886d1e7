//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// A mixProject is somebody's Elixir project in a clean home.
type mixProject struct {
	home
	env []string

	// hideDebians takes Debian's own Hex out of sight, so that mix has only what
	// it installed in the user's home.
	hideDebians bool
}

// newMixProject makes a project with deps, written as in mix.exs.
func newMixProject(t testing.TB, s system, deps ...string) *mixProject {
	t.Helper()
	p := &mixProject{home: newHome(t, s), env: []string{"MIX_REBAR3=/usr/bin/rebar3"}}
	p.depend(deps...)
	return p
}

// depend writes mix.exs anew.
func (p *mixProject) depend(deps ...string) {
	p.t.Helper()
	p.write("app/mix.exs", fmt.Sprintf(`defmodule Visitor.MixProject do
  use Mix.Project
  def project, do: [app: :visitor, version: "0.1.0", deps: [%s]]
end
`, strings.Join(deps, ", ")))
}

// uses points mix at the mirror at url, the way `offmirror clients hex` says.
func (p *mixProject) uses(url string) *mixProject {
	p.env = append(p.env, "HEX_MIRROR="+url)
	return p
}

// trusts makes mix believe the key in the PEM file for the repository hexpm.
func (p *mixProject) trusts(publicKey string) *mixProject {
	p.t.Helper()
	p.write("hexpm.pem", readFile(p.t, publicKey))
	p.mix("hex.repo", "set", "hexpm", "--public-key", "../hexpm.pem").ok()
	return p
}

// mix runs mix in the project.
func (p *mixProject) mix(words ...string) result {
	p.t.Helper()
	argv := append([]string{"mix"}, words...)
	if p.hideDebians { // mounts are private to the command
		argv = append([]string{"sh", "-c", `mount -t tmpfs tmpfs /usr/lib/elixir/lib/hex && exec "$@"`, "sh"}, argv...)
	}
	return p.run("app", p.env, argv...)
}

// says compiles the project and has it print an Elixir expression.
func (p *mixProject) says(expression, want string) {
	p.t.Helper()
	p.mix("run", "-e", "IO.puts("+expression+")").ok(want + "\n")
}

func (p *mixProject) lock() string {
	p.t.Helper()
	return p.read("app/mix.lock")
}
