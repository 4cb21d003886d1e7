package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/justmr/importgit"
	"github.com/offmirror/offmirror/ecosystems/justmr/ordered"
)

func (p *program) importGitCommand() *cli.Command {
	return &cli.Command{
		Name:      "import-git",
		Usage:     "import a git repository with all that it needs into a repos.json, as just-import-git does",
		ArgsUsage: "URL [FOREIGN-REPOSITORY]",
		Description: "The new configuration is written to stdout, byte for byte as just-import-git writes it. With --root or --from,\n" +
			"the repository is taken from a mirror, and nobody else is asked; what is recorded is URL.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "C", Usage: "import into `FILE`, - is stdin; default: where just-mr looks"},
			&cli.StringFlag{Name: "b", Usage: "`BRANCH` or tag to import and to follow", Value: "master"},
			&cli.StringFlag{Name: "R", Usage: "`PATH` of the configuration in the repository; default: repos.json or etc/repos.json"},
			&cli.BoolFlag{Name: "plain", Usage: "take the repository for a single root without a configuration", DisableDefaultText: true},
			&cli.BoolFlag{Name: "absent", Usage: "mark everything that is imported as absent", DisableDefaultText: true},
			&cli.StringFlag{Name: "as", Usage: "`NAME` of the import, with which all names begin"},
			&cli.GenericFlag{Name: "map", Usage: "`THEIRS OURS`: use our repository for theirs; may be repeated", Value: new(givenPairs)},
			&cli.GenericFlag{Name: "mirror", Usage: "record `URL` as another place of the repository; may be repeated", Value: new(givenValues)},
			&cli.GenericFlag{Name: "inherit-env", Usage: "record `VARIABLE` as one that fetching needs; may be repeated", Value: new(givenValues)},
			&cli.StringFlag{Name: "from", Usage: "take the repository from the mirror that is served at `URL`; \"/justmr\" is added unless it ends so"},
		},
		Action: p.importGit,
	}
}

func (p *program) importGit(c *cli.Context) error {
	words := c.Args().Slice()
	if len(words) < 1 || len(words) > 2 {
		return usagef("justmr import-git: want %s", c.Command.ArgsUsage)
	}
	remarks := redactingWriter{p.terminal}
	source := importgit.Clone(p.environ, remarks)
	switch root, from := c.String("root"), c.String("from"); {
	case root != "" && from != "":
		return usagef("--root and --from contradict each other")
	case root != "":
		source = importgit.FromRoot(p.absolute(root))
	case from != "" && !strings.Contains(from, "://"):
		return usagef("--from %q: want an http, https or file URL; --root is for folders", redactText(from))
	case from != "":
		if from = strings.TrimRight(from, "/"); !strings.HasSuffix(from, "/justmr") {
			from += "/justmr"
		}
		source = importgit.FromServer(from, p.environ, remarks)
	}
	o := importgit.Options{
		URL: words[0], Branch: c.String("b"), As: c.String("as"), Named: c.IsSet("as"), Config: c.String("R"),
		Plain: c.Bool("plain"), Absent: c.Bool("absent"),
		Mirrors: *c.Generic("mirror").(*givenValues), InheritEnv: *c.Generic("inherit-env").(*givenValues),
	}
	if len(words) > 1 {
		o.Entry = words[1]
	}
	for _, pair := range *c.Generic("map").(*givenPairs) {
		o.Map = append(o.Map, importgit.Mapping{Theirs: pair[0], Ours: pair[1]})
	}
	config, err := p.importInto(c.String("C"))
	if err == nil {
		err = importgit.Run(c.Context, config, o, source, remarks)
	}
	if err != nil {
		fmt.Fprintln(p.terminal, "Error: "+oneLine(redactText(err.Error())))
		return &saidError{err}
	}
	p.out.write(append(ordered.Append(nil, config), '\n'))
	return p.out.err
}

// importInto reads the configuration that is imported into.
func (p *program) importInto(file string) (*ordered.Object, error) {
	if file == "-" {
		return importgit.Read("stdin", p.stdin)
	}
	if file == "" {
		var found bool
		places := importgit.Places{Folder: p.folder, Home: p.environment("HOME"), System: string(filepath.Separator)}
		if file, found = places.Find(); !found {
			return nil, fmt.Errorf("Could not get base config") //nolint:staticcheck // the words of the original
		}
	}
	return importgit.ReadFile(p.absolute(file))
}

// redactingWriter passes on what other programs say, without passwords and what a terminal would obey.
type redactingWriter struct{ w io.Writer }

func (r redactingWriter) Write(text []byte) (int, error) {
	_, err := io.WriteString(r.w, harmless(redactText(string(text)), "\n\t"))
	return len(text), err
}
