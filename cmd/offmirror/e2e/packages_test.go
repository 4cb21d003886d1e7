//go:build e2e

package e2e

import "fmt"

// A pkg is one release to be published: its files, and what mix needs to know.
type pkg struct {
	name, version string
	app           string // the OTP application, where it is not the name
	tool          string // "mix" or "rebar3"
	deps          string // Elixir terms, comma-separated
	files         map[string]string
}

// String is the base of the tarball's name.
func (p pkg) String() string { return p.name + "-" + p.version }

// The packages of the upstream. Both kinds, dependencies across kinds, an
// application that is not called like its package, an optional dependency, a
// prerelease, and older versions beside newer ones.
var packages = []pkg{
	leaf("1.0.0"), leaf("1.1.0"),
	twig("0.3.0"),
	branch("1.0.0"), branch("1.1.0"),
	moss("0.1.0"),
	tree("1.0.0"), tree("1.1.0"), tree("2.0.0-rc.1"),
}

func leaf(version string) pkg {
	return erlang(pkg{name: "leaf", version: version}, `name() -> <<"leaf %s">>.`)
}

func twig(version string) pkg {
	return erlang(pkg{name: "twig_pkg", app: "twig", version: version}, `name() -> <<"twig %s">>.`)
}

func branch(version string) pkg {
	return erlang(pkg{name: "branch", version: version,
		deps: `{:leaf, "~> 1.0"}, {:twig, "~> 0.3", hex: :twig_pkg}`},
		`name() -> iolist_to_binary(["branch %s of ", leaf:name(), " and ", twig:name()]).`)
}

func moss(version string) pkg {
	return elixir(pkg{name: "moss", version: version}, `"moss %s"`)
}

func tree(version string) pkg {
	return elixir(pkg{name: "tree", version: version,
		deps: `{:branch, "~> 1.0"}, {:moss, "~> 0.1", optional: true}`},
		`"tree %s with #{:branch.name()}"`)
}

// erlang completes a rebar3 package with one module; %s in its function is the version.
func erlang(p pkg, function string) pkg {
	if p.app == "" {
		p.app = p.name
	}
	p.tool = "rebar3"
	applications, deps := "kernel, stdlib", ""
	if p.name == "branch" {
		applications += ", leaf, twig"
		deps = `{leaf, "~> 1.0"}, {twig, "~> 0.3", {pkg, twig_pkg}}`
	}
	p.files = map[string]string{
		"rebar.config": fmt.Sprintf("{deps, [%s]}.\n", deps),
		"src/" + p.app + ".app.src": fmt.Sprintf(
			"{application, %s, [{description, \"for tests\"}, {vsn, %q}, {registered, []}, {applications, [%s]}]}.\n",
			p.app, p.version, applications),
		"src/" + p.app + ".erl": fmt.Sprintf("-module(%s).\n-export([name/0]).\n"+function+"\n", p.app, p.version),
	}
	return p
}

// elixir completes a mix package with one module; %s in its expression is the version.
func elixir(p pkg, expression string) pkg {
	p.app, p.tool = p.name, "mix"
	p.files = map[string]string{
		"lib/" + p.app + ".ex": fmt.Sprintf("defmodule %s do\n  def name, do: "+expression+"\nend\n", module(p.app), p.version),
	}
	return p
}

// module is the Elixir name of an application: "tree" is Tree.
func module(app string) string { return string(app[0]-'a'+'A') + app[1:] }
