package justmr

import (
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
)

// Clients implements [ecosystems.Driver].
func (d *driver) Clients(baseURL string) []ecosystems.ClientSetup {
	n := d.names
	cache := "~/.cache/" + n.cache + "/repositories/generation-0/git"
	file := func(name string) string { return shellQuote(baseURL + "/" + name) }
	return []ecosystems.ClientSetup{{
		Client: n.program,
		Steps: []ecosystems.Step{
			{
				Text: "Let it look here first, for archives and git; for a user who has no such file yet",
				Code: "curl -fo ~/." + n.local + " " + file(n.local),
			},
			{
				Text: "Or, where the folder of the mirror is at hand, bring it into the file that the user has, keeping what else is in it",
				Code: "offmirror justmr local --url " + shellQuote(baseURL) + " --merge ~/." + n.local,
			},
			{Text: "Builds then work with no other network, but for git trees, see below; let a firewall refuse what is not here at once (REJECT), as " + n.program + " waits long for hosts that do not answer"},
		},
	}, {
		Client: n.program + ", where the folder of the mirror is mounted",
		Steps: []ecosystems.Step{
			{
				Text: "No server is needed: make the file for the place of the folder, here /mnt/mirror",
				Code: "offmirror --root /mnt/mirror justmr local --url /mnt/mirror/justmr --merge ~/." + n.local,
			},
			{
				Text: "Archives that are told apart by content only are found in the distdirs: name each",
				Code: n.program + " --distdir /mnt/mirror/justmr/distdir setup",
			},
			{
				Text: "Or for good; " + rcFile + " says the same of all distdirs, for the place where the mirror was made", File: "~/." + n.rc,
				Code: `{"distdirs": [{"root": "home", "path": ".` + n.distdirs + `"}, {"root": "system", "path": "mnt/mirror/justmr/distdir"}]}`,
			},
		},
	}, {
		Client: "git, " + n.family + "-import-git and " + n.family + "-lock",
		Steps: []ecosystems.Step{{
			Text: "Let git fetch from here what it is told to fetch from elsewhere",
			Code: "curl -fo ~/.offmirror.gitconfig " + file(gitConfigFile) + "\ngit config --global include.path ~/.offmirror.gitconfig",
		}},
	}, {
		Client: n.program + ", git trees",
		Steps: []ecosystems.Step{{
			Text: "PATH and ID of each tree are in " + LocationsFile + ", under trees. Take it into the cache below the local build root; its command is then not run",
			Code: "git init -q --bare " + cache + "\ngit -C " + cache + " fetch " + file("PATH") + " " + gitrepo.TreeRef("ID"),
		}},
	}}
}

// shellQuote quotes a word for a shell, if it has to be.
func shellQuote(s string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+,=", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !safe(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
