package hexpm_test

import (
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm"
)

// guide returns all that is said, and what of it is to be pasted.
func guide(t *testing.T, set func(*hexpm.Options)) string {
	t.Helper()
	d, err := hexpm.New(options(set))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range d.Clients("http://mirror:8000/hex") {
		b.WriteString("## " + c.Client + "\n")
		for _, s := range c.Steps {
			b.WriteString(s.Text + "\n" + s.File + "\n" + s.Code + "\n")
		}
	}
	return b.String()
}

func TestClientGuides(t *testing.T) {
	for _, c := range []struct {
		name      string
		set       func(*hexpm.Options)
		say, omit []string
	}{
		{
			"everything verbatim", func(*hexpm.Options) {},
			[]string{
				"export HEX_MIRROR=http://mirror:8000/hex\n", "export HEX_CDN=http://mirror:8000/hex\n",
				"export HEX_BUILDS_URL=http://mirror:8000/hex\n", "## Gleam", "GLEAM_CACERTS_PATH", "mix local.hex --force",
			},
			[]string{"public_key", "need a lock", "Not possible"},
		},
		{
			"a verbatim selection", func(o *hexpm.Options) { o.Packages = []string{"plug"} },
			[]string{"need a lock"}, []string{"public_key"},
		},
		{
			"filtered", func(o *hexpm.Options) { o.Index = "filtered" },
			[]string{
				"curl -fo offmirror.pem http://mirror:8000/hex/public_key", "mix hex.repo set hexpm --public-key offmirror.pem",
				"repo_public_key", "Not possible: Gleam",
			},
			[]string{"need a lock"},
		},
		{
			"another repository", func(o *hexpm.Options) { o.Name = "toy" },
			[]string{"mix hex.repo add toy http://mirror:8000/hex --public-key offmirror.pem", `repo: "toy"`, `repo_url => <<"http://mirror:8000/hex">>`},
			[]string{"HEX_CDN"},
		},
		{
			"further repositories", func(o *hexpm.Options) { o.Repositories = []hexpm.Repository{{Name: "acme"}} },
			[]string{"mix hex.repo add acme http://mirror:8000/hex/repos/acme", "http://mirror:8000/hex/repos/acme/public_key"}, nil,
		},
		{
			"builds", func(o *hexpm.Options) { o.Builds = []string{"elixir:1.18"} },
			[]string{"hexpm-mirrors: http://mirror:8000/hex"}, nil,
		},
		{
			"no installers", func(o *hexpm.Options) { o.Installs = "none" },
			nil, []string{"HEX_BUILDS_URL", "mix local.hex"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := guide(t, c.set)
			for _, s := range c.say {
				if !strings.Contains(text, s) {
					t.Errorf("nothing says %q in\n%s", s, text)
				}
			}
			for _, s := range c.omit {
				if strings.Contains(text, s) {
					t.Errorf("something says %q in\n%s", s, text)
				}
			}
		})
	}
}
