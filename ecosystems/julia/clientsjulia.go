package julia

import (
	"net/url"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliaup"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// byHand is about Julia itself without an installer.
func (c clientGuide) byHand() ecosystems.ClientSetup {
	number := "VERSION"
	for _, s := range c.releases {
		if v, err := version.Parse(s.String()); err == nil && strings.Count(s.String(), ".") == 2 {
			number = v.String()
		}
	}
	return ecosystems.ClientSetup{Client: "Julia itself, by hand", Steps: []ecosystems.Step{
		{Text: "See what is here", Code: "curl -f " + shellWord(c.url+"/"+localVersionsPath)},
		{
			Text: "Fetch one of the versions and check it; for other systems than x86_64 Linux that list has the paths",
			Code: "version=" + number + "\n" +
				"curl -fO " + shellWord(c.url+"/bin/linux/x64/") + `"${version%.*}/julia-$version-linux-x86_64.tar.gz"` + "\n" +
				"curl -f " + shellWord(c.url+"/bin/checksums/julia-") + `"$version.sha256" | sha256sum --check --ignore-missing`,
		},
		{
			Text: "Unpack it anywhere; nothing else is needed",
			Code: `tar -xzf "julia-$version-linux-x86_64.tar.gz"` + "\n" + `"julia-$version/bin/julia" --version`,
		},
	}}
}

// jill is about jill.py.
func (c clientGuide) jill() ecosystems.ClientSetup {
	bin := strings.ReplaceAll(c.url, "$", "%24") + "/bin/" // jill replaces words that begin with a dollar
	text := `{
  "upstream": {
    "offmirror": {
      "name": "offmirror",
      "urls": ["` + jsonEscape(bin) + `$sys/$arch/$minor_version/$filename"],
      "latest_urls": ["` + jsonEscape(bin) + `$sys/$arch/$latest_filename"],
      "versions": "` + jsonEscape(bin) + strings.TrimPrefix(localVersionsPath, "bin/") + `"
    }
  }
}`
	return ecosystems.ClientSetup{Client: "jill.py", Steps: []ecosystems.Step{
		{Text: "Make the mirror known", File: "~/.config/jill/sources.json", Code: text},
		{Text: "Install the newest Julia that is here, or a version", Code: "jill install --upstream offmirror --confirm"},
	}}
}

func jsonEscape(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) }

// juliaup is about juliaup, which takes https only, unless the mirror is on the same machine.
func (c clientGuide) juliaup() ecosystems.ClientSetup {
	g := ecosystems.ClientSetup{Client: "juliaup"}
	if !c.https() && !c.loopback() {
		g.Steps = append(g.Steps, ecosystems.Step{Text: "Needs https: juliaup refuses plain http, but to its own machine; offmirror serve has --tls-cert and --tls-key"})
	}
	server := "export JULIAUP_SERVER=" + shellWord(c.url)
	if slices.ContainsFunc(c.releases, func(s releases.Selector) bool { _, nightly := s.Nightly(); return nightly }) {
		server += "\nexport JULIAUP_NIGHTLY_SERVER=" + shellWord(c.url)
	}
	g.Steps = append(g.Steps,
		ecosystems.Step{Text: "Let juliaup and its installer ask this mirror", Code: server},
		ecosystems.Step{Text: "Install juliaup, on Linux and macOS", Code: "curl -f " + shellWord(c.url+"/"+scriptPath) + " | sh -s -- --yes"},
		ecosystems.Step{
			Text: "On Windows, in PowerShell: fetch and run the installer",
			Code: "$env:JULIAUP_SERVER = " + powerShellWord(c.url) + "\n" +
				"$version = (Invoke-RestMethod " + powerShellWord(c.url+"/"+juliaup.ProgramVersionPath) + ").Trim()\n" +
				"Invoke-WebRequest (" + powerShellWord(c.url+"/juliaup/bin/juliainstaller-") + ` + "$version-x86_64-pc-windows-msvc.exe") -OutFile juliainstaller.exe` + "\n" +
				".\\juliainstaller.exe --yes",
		},
		ecosystems.Step{
			Text: "Do not look for news by itself, which delays each start where the mirror cannot be reached",
			Code: "juliaup config versionsdbupdateinterval 0\njuliaup config startupselfupdateinterval 0",
		},
		ecosystems.Step{Text: "Install what is here; other channels are not offered", Code: "juliaup list\njuliaup add " + c.channel()},
	)
	return g
}

// channel is a word for juliaup that the mirror is likely to have.
func (c clientGuide) channel() string {
	for _, s := range c.releases {
		if word := s.String(); word != "all" {
			return word
		}
	}
	return releases.LTS
}

func (c clientGuide) loopback() bool {
	u, err := url.Parse(c.url)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}

// classicLayout is about PkgMirrors.jl, for Julia before there were package servers.
func (c clientGuide) classicLayout() ecosystems.ClientSetup {
	base := c.url + "/" + strings.TrimSuffix(classicRoot, "/")
	g := ecosystems.ClientSetup{Client: "PkgMirrors.jl (Julia 0.7 to 1.3)"}
	if slices.Contains(c.classic, "client") {
		g.Steps = append(g.Steps, ecosystems.Step{
			Text: "Install PkgMirrors from the mirror", File: "Julia's prompt",
			Code: "using Pkg\nPkg.add(PackageSpec(url = " + juliaString(base+"/PkgMirrors.jl.git") + "))",
		})
	}
	g.Steps = append(g.Steps,
		ecosystems.Step{
			Text: "Use the mirror; PkgMirrors remembers it", File: "Julia's prompt",
			Code: "import PkgMirrors\nPkgMirrors.setmirror(\"offmirror\", " + juliaString(base) + ")",
		},
		ecosystems.Step{Text: "It takes packages of General only; anything newer than Julia 1.3 wants JULIA_PKG_SERVER instead"},
	)
	return g
}
