package julia

import (
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
)

// Clients implements [ecosystems.Driver].
func (d *driver) Clients(baseURL string) []ecosystems.ClientSetup {
	c := clientGuide{settings: d.settings, url: baseURL}
	var guides []ecosystems.ClientSetup
	if c.hasRegistries() {
		guides = append(guides, c.pkg(), c.pkg14())
	}
	if len(d.releases) > 0 {
		guides = append(guides, c.byHand(), c.jill())
	}
	if d.options.Juliaup {
		guides = append(guides, c.juliaup())
	}
	if len(d.classic) > 0 {
		guides = append(guides, c.classicLayout())
	}
	return guides
}

// clientGuide writes how to point clients at a mirror. URLs are anything that a person
// may have typed, so each is quoted for where it is to be pasted.
type clientGuide struct {
	*settings
	url string
}

func (c clientGuide) hasRegistries() bool {
	return c.upstream != "" || len(c.git) > 0 || c.options.EmptyGeneral
}

// lacksGeneral reports whether it is certain that General is not here.
func (c clientGuide) lacksGeneral() bool {
	if c.options.EmptyGeneral || len(c.git) > 0 {
		return false
	}
	return !slices.ContainsFunc(c.registries, func(word string) bool {
		return word == "*" || strings.EqualFold(word, "General") || strings.EqualFold(word, registry.General.String())
	})
}

func (c clientGuide) https() bool { return strings.HasPrefix(strings.ToLower(c.url), "https:") }

// pkg is about Julia's package manager.
func (c clientGuide) pkg() ecosystems.ClientSetup {
	g := ecosystems.ClientSetup{Client: "Julia's Pkg (Julia 1.5 and later)", Steps: []ecosystems.Step{
		{Text: "Fetch registries, packages and artifacts from here; in ~/.profile it lasts", Code: "export JULIA_PKG_SERVER=" + shellWord(c.url)},
		{
			Text: "On Windows, in PowerShell, for good and for one user; it counts in windows that are opened afterwards",
			Code: "[Environment]::SetEnvironmentVariable('JULIA_PKG_SERVER', " + powerShellWord(c.url) + ", 'User')",
		},
		{
			Text: "Or, instead of the variable, for everything that Julia runs", File: "~/.julia/config/startup.jl",
			Code: `ENV["JULIA_PKG_SERVER"] = ` + juliaString(c.url),
		},
	}}
	if c.https() {
		g.Steps = append(g.Steps, ecosystems.Step{
			Text: "If the mirror is served over TLS with a CA of your own; Julia 1.5 asks by curl, which wants CURL_CA_BUNDLE",
			Code: "export JULIA_SSL_CA_ROOTS_PATH=/path/to/ca.pem",
		})
	}
	if slices.Contains(c.flavors, pkgserver.Conservative) && slices.Contains(c.flavors, pkgserver.Eager) {
		g.Steps = append(g.Steps, ecosystems.Step{
			Text: "To see what was registered last (Julia 1.6 and later; the mirror must be served by offmirror)",
			Code: "export JULIA_PKG_SERVER_REGISTRY_PREFERENCE=eager",
		})
	}
	g.Steps = append(g.Steps, ecosystems.Step{
		Text: "Install the registries that are here; later, Pkg.update() follows the mirror, also when it is rolled back",
		Code: `julia -e 'using Pkg; Pkg.Registry.add(RegistrySpec[])'`,
	}, ecosystems.Step{
		Text: "Where General was installed from elsewhere before, as a git clone, let the mirror's take its place",
		Code: `julia -e 'using Pkg; Pkg.Registry.rm("General"); Pkg.Registry.add(RegistrySpec[])'`,
	})
	return c.limits(g)
}

// limits says what Pkg does where the mirror ends.
func (c clientGuide) limits(g ecosystems.ClientSetup) ecosystems.ClientSetup {
	if c.lacksGeneral() {
		g.Steps = append(g.Steps, ecosystems.Step{
			Text: "General is not here, and a Julia without it tries to clone it from GitHub: set empty_general = true on the mirror, so that it finds an empty one",
		})
	}
	if !c.everything && c.index == verbatim {
		g.Steps = append(g.Steps, ecosystems.Step{
			Text: "Projects need a Manifest.toml: the registry is upstream's and lists versions that are not here; index = \"filtered\" lists only what is",
		})
	}
	g.Steps = append(g.Steps, ecosystems.Step{
		Text: "Whatever the mirror lacks, Pkg looks for at GitHub. Without internet it should fail there at once: have the firewall reject the connections, not drop them, " +
			"or try with these names leading nowhere",
		File: "/etc/hosts", Code: "0.0.0.0 github.com api.github.com codeload.github.com pkg.julialang.org",
	})
	return g
}

// pkg14 is about Julia 1.4, the first that knows package servers.
func (c clientGuide) pkg14() ecosystems.ClientSetup {
	g := ecosystems.ClientSetup{Client: "Julia's Pkg (Julia 1.4)", Steps: []ecosystems.Step{
		{Text: "Julia 1.4 asks no server unless it is told one", Code: "export JULIA_PKG_SERVER=" + shellWord(c.url)},
	}}
	if !c.lacksGeneral() {
		g.Steps = append(g.Steps, ecosystems.Step{
			Text: "Install General",
			Code: `julia -e 'using Pkg; Pkg.Registry.add(RegistrySpec(uuid = "` + registry.General.String() + `"))'`,
		})
	}
	g.Steps = append(g.Steps, ecosystems.Step{
		Text: "It does not ask what else is here: name other registries by the UUIDs that this lists, in the same way",
		Code: "curl -f " + shellWord(c.url+"/"+pkgserver.RegistriesPath),
	})
	return g
}
