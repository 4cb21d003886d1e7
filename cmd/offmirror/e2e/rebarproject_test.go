//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// A rebarProject is somebody's Erlang project in a clean home.
type rebarProject struct {
	home
	env []string
}

// newRebarProject makes a project with deps, written as in rebar.config.
func newRebarProject(t testing.TB, s system, deps ...string) *rebarProject {
	t.Helper()
	p := &rebarProject{home: newHome(t, s)}
	p.depend(deps...)
	p.write("app/src/visitor.app.src",
		"{application, visitor, [{description, \"\"}, {vsn, \"0.1.0\"}, {registered, []}, {applications, [kernel, stdlib]}]}.\n")
	p.write("app/src/visitor.erl", "-module(visitor).\n-export([says/1]).\nsays(M) -> io:format(\"~s~n\", [M:name()]).\n")
	return p
}

// depend writes rebar.config anew.
func (p *rebarProject) depend(deps ...string) {
	p.t.Helper()
	p.write("app/rebar.config", fmt.Sprintf("{deps, [%s]}.\n", strings.Join(deps, ", ")))
}

// uses points rebar3 at the mirror at url, the way `offmirror clients hex` says.
func (p *rebarProject) uses(url string) *rebarProject {
	p.env = append(p.env, "HEX_CDN="+url)
	return p
}

// trusts makes rebar3 believe the key in the PEM file for the repository hexpm.
func (p *rebarProject) trusts(publicKey string) *rebarProject {
	p.t.Helper()
	p.write(".config/rebar3/rebar.config", fmt.Sprintf(
		"{hex, [{repos, [#{name => <<\"hexpm\">>, repo_public_key => <<%q>>}]}]}.\n", readFile(p.t, publicKey)))
	return p
}

// rebar3 runs rebar3 in the project.
func (p *rebarProject) rebar3(words ...string) result {
	p.t.Helper()
	return p.run("app", p.env, append([]string{"rebar3"}, words...)...)
}

// says compiles the project and has it print a dependency's name.
func (p *rebarProject) says(module, want string) {
	p.t.Helper()
	p.rebar3("compile").ok()
	p.run("app", nil, "sh", "-c", "exec erl -noshell -pa _build/default/lib/*/ebin -eval 'visitor:says("+module+"), halt().'").ok(want + "\n")
}

func (p *rebarProject) lock() string {
	p.t.Helper()
	return p.read("app/rebar.lock")
}
