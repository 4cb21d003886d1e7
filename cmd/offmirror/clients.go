package main

import (
	"net/url"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems"
)

func (p *program) clientsCommand() *cli.Command {
	return &cli.Command{
		Name:        "clients",
		Usage:       "say how to point real clients at the mirror, ready to paste",
		ArgsUsage:   "[ECOSYSTEM…]",
		Description: "--url is where the mirror is served, without the name of an ecosystem: what offmirror serve prints.",
		Flags:       []cli.Flag{&cli.StringFlag{Name: "url", Usage: "base `URL` of the served mirror"}},
		Action:      p.clients,
	}
}

func (p *program) clients(c *cli.Context) error {
	base, err := baseURL(c.String("url"))
	if err != nil {
		return err
	}
	s, err := p.site(c)
	if err != nil {
		return err
	}
	sections, err := p.sections(s, c.Args().Slice(), ecosystemsIn(s.root))
	if err != nil {
		return err
	}
	if err := p.adoptFrom(s.root, sections); err != nil {
		return err
	}
	for _, section := range sections {
		driver, err := section.Driver()
		if err != nil {
			return err
		}
		for _, setup := range driver.Clients(base + "/" + section.Ecosystem.Name) {
			p.showClient(section.Ecosystem.Name, setup)
		}
	}
	return p.out.err
}

func baseURL(text string) (string, error) {
	if text == "" {
		return "", usagef("--url is needed: where the mirror is served, such as http://mirror.corp:8000")
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.Fragment != "" {
		return "", usagef("--url %q: want an http or https URL", redactText(text))
	}
	return strings.TrimRight(text, "/"), nil
}

type clientStep struct {
	Text string `json:"text"`
	File string `json:"file,omitempty"`
	Code string `json:"code,omitempty"`
}

type clientObject struct {
	Ecosystem string       `json:"ecosystem"`
	Client    string       `json:"client"`
	Steps     []clientStep `json:"steps"`
}

func (p *program) showClient(ecosystem string, setup ecosystems.ClientSetup) {
	o := clientObject{Ecosystem: ecosystem, Client: setup.Client, Steps: []clientStep{}}
	p.out.printf("# %s", setup.Client)
	for _, step := range setup.Steps {
		o.Steps = append(o.Steps, clientStep(step))
		where := ""
		if step.File != "" {
			where = " (" + step.File + ")"
		}
		p.out.printf("\n%s%s", step.Text, where)
		if step.Code != "" {
			p.out.printf("\n    %s", strings.ReplaceAll(strings.TrimRight(step.Code, "\n"), "\n", "\n    "))
		}
	}
	p.out.printf("")
	p.out.object("client", o)
}
