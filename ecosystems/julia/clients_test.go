package julia_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia"
)

// guides says how to use a mirror.
func guides(t *testing.T, url string, set func(*julia.Options)) []ecosystems.ClientSetup {
	t.Helper()
	o := julia.Ecosystem().Options().(*julia.Options)
	set(o)
	d, err := julia.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d.Clients(url)
}

func TestClientGuides(t *testing.T) {
	const plain, tls = "http://mirror:8000/julia", "https://mirror.corp/julia"
	for _, c := range []struct {
		name, url string
		set       func(*julia.Options)
		say, omit []string
	}{
		{
			"everything", plain, func(*julia.Options) {},
			[]string{
				"export JULIA_PKG_SERVER=http://mirror:8000/julia\n", "'JULIA_PKG_SERVER', 'http://mirror:8000/julia', 'User'",
				`ENV["JULIA_PKG_SERVER"] = "http://mirror:8000/julia"`, "Pkg.Registry.add(RegistrySpec[])", "## Julia's Pkg (Julia 1.4)",
				"23338594-aafe-5451-b93e-139f81909106", "curl -f http://mirror:8000/julia/registries\n", "api.github.com",
			},
			[]string{"JULIA_SSL_CA", "PREFERENCE", "juliaup", "jill", "PkgMirrors", "General is not here", "need a Manifest"},
		},
		{"over TLS", tls, func(*julia.Options) {}, []string{"JULIA_SSL_CA_ROOTS_PATH"}, nil},
		{"both flavors", plain, func(o *julia.Options) { o.Flavor = "both" }, []string{"export JULIA_PKG_SERVER_REGISTRY_PREFERENCE=eager"}, nil},
		{
			"another registry", plain, func(o *julia.Options) { o.Registries = []string{"Site"} },
			[]string{"General is not here"}, []string{"RegistrySpec("},
		},
		{
			"another registry and an empty General", plain, func(o *julia.Options) { o.Registries, o.EmptyGeneral = []string{"Site"}, true },
			[]string{"RegistrySpec("}, []string{"General is not here"},
		},
		{
			"a verbatim selection", plain, func(o *julia.Options) { o.Packages, o.Index = []string{"JSON"}, "verbatim" },
			[]string{"Projects need a Manifest.toml"}, nil,
		},
		{"a pruned selection", plain, func(o *julia.Options) { o.Packages = []string{"JSON"} }, nil, []string{"need a Manifest"}},
		{
			"releases", plain, func(o *julia.Options) { o.Releases = []string{"lts", "1.10.5"} },
			[]string{
				"## Julia itself, by hand", "version=1.10.5\n", "sha256sum --check", "http://mirror:8000/julia/bin/versions.local.json",
				"## jill.py", "http://mirror:8000/julia/bin/$sys/$arch/$minor_version/$filename", "--upstream offmirror",
			},
			[]string{"juliaup"},
		},
		{
			"juliaup over http", plain, func(o *julia.Options) { o.Releases, o.Juliaup = []string{"1.10", "nightly"}, true },
			[]string{
				"Needs https", "export JULIAUP_SERVER=http://mirror:8000/julia\nexport JULIAUP_NIGHTLY_SERVER=", "juliaup config versionsdbupdateinterval 0\njuliaup config startupselfupdateinterval 0",
				"juliaup add 1.10\n", "$env:JULIAUP_SERVER = 'http://mirror:8000/julia'",
			},
			nil,
		},
		{
			"juliaup over TLS", tls, func(o *julia.Options) { o.Releases, o.Juliaup = []string{"all"}, true },
			[]string{"juliaup add 1.10\n", "curl -f https://mirror.corp/julia/install.sh | sh -s -- --yes"}, []string{"Needs https", "NIGHTLY"},
		},
		{
			"juliaup on one machine", "http://127.0.0.1:8000/julia", func(o *julia.Options) { o.Releases, o.Juliaup = []string{"release"}, true },
			[]string{"juliaup add release\n"}, []string{"Needs https"},
		},
		{
			"classic", plain, func(o *julia.Options) { o.Classic = []string{"all"} },
			[]string{`PkgMirrors.setmirror("offmirror", "http://mirror:8000/julia/classic")`, `url = "http://mirror:8000/julia/classic/PkgMirrors.jl.git"`}, nil,
		},
		{
			"classic without the client", plain, func(o *julia.Options) { o.Classic = []string{"packages"} },
			[]string{"PkgMirrors.setmirror("}, []string{"PkgMirrors.jl.git"},
		},
		{
			"Julia alone", plain, func(o *julia.Options) { o.Upstream, o.Registries, o.Releases = "", nil, []string{"lts"} },
			[]string{"jill"}, []string{"JULIA_PKG_SERVER"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			for _, g := range guides(t, c.url, c.set) {
				b.WriteString("## " + g.Client + "\n")
				for _, s := range g.Steps {
					b.WriteString(s.Text + "\n" + s.File + "\n" + s.Code + "\n")
				}
			}
			for _, s := range c.say {
				if !strings.Contains(b.String(), s) {
					t.Errorf("nothing says %q in\n%s", s, b.String())
				}
			}
			for _, s := range c.omit {
				if strings.Contains(b.String(), s) {
					t.Errorf("something says %q in\n%s", s, b.String())
				}
			}
		})
	}
}

// What is to be pasted means the URL and nothing else, whatever is in it.
func TestHostileURLs(t *testing.T) {
	for _, path := range []string{"a$(echo)b", "it's", "a b;c", "`d`", `e\n"f`, "$HOME", "*", "!!", "‘x’"} {
		url := "http://mirror/" + path
		for _, g := range guides(t, url, func(o *julia.Options) {
			o.Releases, o.Juliaup, o.Classic = []string{"1.10.5", "nightly"}, true, []string{"all"}
		}) {
			for _, s := range g.Steps {
				name, shell := strings.CutPrefix(s.Code, "export ")
				if name, _, _ = strings.Cut(name, "="); !shell || !strings.Contains(name, "SERVER") {
					continue
				}
				out, err := exec.CommandContext(t.Context(), "sh", "-c", s.Code+"\nprintf %s \"$"+name+"\"").Output()
				if err != nil || string(out) != url && !strings.HasSuffix(name, "PREFERENCE") {
					t.Errorf("%s: %q makes %s %q, error %v", g.Client, s.Code, name, out, err)
				}
			}
		}
	}
	var pasted []string
	for _, g := range guides(t, `http://m/"$x\'`, func(o *julia.Options) { o.Releases = []string{"lts"} }) {
		for _, s := range g.Steps {
			pasted = append(pasted, s.Code)
		}
	}
	all := strings.Join(pasted, "\n")
	for _, want := range []string{
		`ENV["JULIA_PKG_SERVER"] = "http://m/\"\$x\\'"`,
		`'JULIA_PKG_SERVER', 'http://m/"$x\''', 'User'`,
		`"http://m/\"%24x\\'/bin/$sys/`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("nothing is %s in\n%s", want, all)
		}
	}
}
