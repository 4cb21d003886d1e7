package hexpmtest

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/ecosystems/hexpm/tarball"
)

// project is what a tarball is made of. It is a value of its own, so that
// tarballs are generated without holding a lock.
type project struct {
	spec
	repository, name, version string
	seed                      uint64
	generation                int
}

func (r *Repository) project(name string, rel *release) project {
	return project{spec: rel.spec, repository: r.name, name: name, version: rel.version, seed: r.u.seed, generation: rel.generation}
}

// build generates the tarball. The same project gives the same bytes.
func (p project) build() tarball.Built {
	files := p.sources()
	pack := tarball.PackContents
	if p.stored {
		pack = tarball.StoreContents
	}
	contents, err := pack(files...)
	if err != nil {
		panic(fmt.Sprintf("hexpmtest: %s %s: %v", p.name, p.version, err))
	}
	return tarball.Build(p.metadata(files), contents)
}

// sources returns a project that its build tool compiles. Its module has a
// function version/0, by which a test can tell what it got.
func (p project) sources() []tarball.File {
	var files []tarball.File
	add := func(name, format string, args ...any) {
		files = append(files, tarball.File{Name: name, Data: fmt.Appendf(nil, format, args...)})
	}
	app := p.application()
	switch p.tool {
	case Rebar3:
		add("rebar.config", "{erl_opts, [debug_info]}.\n{deps, [%s]}.\n", p.rebarDeps())
		add("src/"+app+".app.src", "{application, %s,\n [{description, \"Generated for tests\"},\n  {vsn, %q},\n  {registered, []},\n  {applications, [%s]},\n  {env, []},\n  {modules, []}]}.\n",
			app, p.version, strings.Join(append([]string{"kernel", "stdlib"}, p.needed()...), ", "))
		add("src/"+app+".erl", "%%%% build %d\n-module(%s).\n-export([version/0]).\n\nversion() -> %q.\n", p.generation, app, p.version)
	default:
		add("mix.exs", "defmodule %s.MixProject do\n  use Mix.Project\n\n  def project do\n    [app: :%s, version: %q, elixir: \">= 1.0.0\", deps: deps()]\n  end\n\n  def application, do: []\n\n  defp deps do\n    [%s]\n  end\nend\n",
			p.module(), app, p.version, p.mixDeps())
		add("lib/"+app+".ex", "# build %d\ndefmodule %s do\n  def version, do: %q\nend\n", p.generation, p.module(), p.version)
	}
	files = append(files, p.files...)
	if p.filler > 0 {
		files = append(files, tarball.File{Name: "priv/filler.bin", Data: p.fill()})
	}
	return files
}

func (p project) application() string {
	if p.app != "" {
		return p.app
	}
	return p.name
}

// module is the application's name as Elixir spells modules.
func (p project) module() string {
	var b strings.Builder
	for part := range strings.SplitSeq(p.application(), "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// needed returns the applications of dependencies that are not optional.
func (p project) needed() []string {
	var apps []string
	for _, d := range p.deps {
		if !d.Optional {
			apps = append(apps, appOf(d))
		}
	}
	return apps
}

func appOf(d registry.Dependency) string {
	if d.App != "" {
		return d.App
	}
	return d.Package
}

func (p project) mixDeps() string {
	var deps []string
	for _, d := range p.deps {
		s := fmt.Sprintf("{:%s, %q", appOf(d), d.Requirement)
		if d.App != "" {
			s += ", hex: :" + d.Package
		}
		if d.Repository != "" {
			s += fmt.Sprintf(", repo: %q", d.Repository)
		}
		if d.Optional {
			s += ", optional: true"
		}
		deps = append(deps, s+"}")
	}
	return strings.Join(deps, ", ")
}

func (p project) rebarDeps() string {
	var deps []string
	for _, d := range p.deps {
		switch {
		case d.Optional:
		case d.App != "":
			deps = append(deps, fmt.Sprintf("{%s, %q, {pkg, %s}}", d.App, d.Requirement, d.Package))
		default:
			deps = append(deps, fmt.Sprintf("{%s, %q}", d.Package, d.Requirement))
		}
	}
	return strings.Join(deps, ", ")
}

// fill returns incompressible bytes that belong to this very release.
func (p project) fill() []byte {
	seed := sha256.Sum256(fmt.Appendf(nil, "%d %s %s %s %d", p.seed, p.repository, p.name, p.version, p.generation))
	data := make([]byte, p.filler)
	_, _ = rand.NewChaCha8(seed).Read(data)
	return data
}
