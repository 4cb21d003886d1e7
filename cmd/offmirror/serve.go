package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/config"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/ecosystems/page"
	"github.com/offmirror/offmirror/layout/serve"
	"github.com/offmirror/offmirror/layout/serve/front"
)

func (p *program) serveCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "tls-cert", Usage: "PEM `FILE` with the certificate, for HTTPS; instead of those of the configuration"},
		&cli.StringFlag{Name: "tls-key", Usage: "PEM `FILE` with its private key"},
	}
	defaults := config.Default(nil)
	for _, f := range config.Fields(&defaults.Serve) {
		if f.Flag != "" {
			flags = append(flags, optionFlag("OPTIONS (section [serve] of the configuration)", f))
		}
	}
	flags = append(flags, localServerFlags()...)
	return &cli.Command{
		Name:      "serve",
		Usage:     "serve a mirror over HTTP, as its clients need it",
		ArgsUsage: "[DIR]",
		Description: "DIR is a mirror root; no configuration is needed. The first line of stdout is the base URL, and\n" +
			"there is one more for each further address. The ecosystems are below it (/hex), older snapshots\n" +
			"below /ECOSYSTEM/@ID/, a page for people is at /. SIGTERM and SIGINT end it after the answers under way.",
		Flags:  flags,
		Action: p.serve,
	}
}

type servingObject struct {
	URL  string `json:"url"`
	Root string `json:"root"`
}

func (p *program) serve(c *cli.Context) error {
	if c.IsSet(localServerFlag) {
		return p.serveLocal(c)
	}
	if c.NArg() > 1 {
		return usagef("serve takes one folder, but got %q too", c.Args().Get(1))
	}
	s, err := p.site(c)
	if err != nil {
		return err
	}
	if c.NArg() == 1 {
		s.root = p.absolute(c.Args().First())
	}
	if err := p.overrideServe(s, c); err != nil {
		return err
	}
	m, err := mirror.Open(s.root, p.mirrorConfig(s))
	if err != nil {
		return err
	}
	defer m.Close()
	drivers, err := p.servingDrivers(m, s)
	if err != nil {
		return err
	}
	slog.SetDefault(p.log) // what handlers have to say
	site, end, err := p.sitePulling(c.Context, m, drivers, s.config.Serve)
	if err != nil {
		return err
	}
	defer end()
	site.WithPages(page.New(m, site, drivers))
	f, err := front.New(s.config.Serve, site, front.Options{
		Ecosystems: p.ecosystemNames(), Version: buildVersion(), Logger: p.log, Stderr: p.terminal,
	})
	if err != nil {
		return p.blameServe(s, c, err)
	}
	endpoints, err := p.endpoints(c.Context, f)
	if err != nil {
		return usagef("--listen: %v", err)
	}
	for _, e := range endpoints {
		url := reachable(e.URL(), e.Addr())
		p.out.printf("%s", url)
		p.out.object("serving", servingObject{url, s.root})
	}
	p.log.Info("serving " + s.root)
	if present, err := m.Ecosystems(); err == nil && len(present) == 0 {
		p.log.Warn("nothing is published in " + s.root + " yet: everything is answered with 404 until a sync")
	}
	defer p.tellManager(c.Context, f)()
	return errors.Join(f.Server().Serve(c.Context, endpoints...), f.Close(), p.out.err)
}

// sitePulling returns the site of a mirror, which fetches what it lacks if the configuration says so, and what ends that.
func (p *program) sitePulling(ctx context.Context, m *mirror.Mirror, drivers map[string]ecosystems.Driver, c front.Config) (*serve.Site, func(), error) {
	if !c.PullThrough {
		return m.Handler(drivers), func() {}, nil
	}
	life, end := outlasting(ctx, cmp.Or(c.Grace, lastGrace))
	pulls, err := m.PullThrough(life, drivers)
	if err != nil {
		end()
		return nil, nil, fmt.Errorf("serve.pull_through: %w", err)
	}
	p.log.Info("what the mirror lacks is fetched from upstream when a client asks for it")
	return pulls.Handler(), func() {
		if err := pulls.Close(); err != nil {
			p.log.Warn("what was learned of upstreams is not kept", "error", err)
		}
		end()
	}, nil
}

// overrideServe gives the section [serve] what was given on the command line.
func (p *program) overrideServe(s *site, c *cli.Context) error {
	if err := config.Override(&s.config.Serve, givenOptions(c), p.folder); err != nil {
		return err
	}
	if cert, key := p.absolute(c.String("tls-cert")), p.absolute(c.String("tls-key")); cert != "" || key != "" {
		s.config.Serve.Certificates = []front.Certificate{{Cert: cert, Key: key}}
	}
	return nil
}

// blameServe finds whose fault an error about the section [serve] is: a flag's, or the file's.
func (p *program) blameServe(s *site, c *cli.Context, err error) error {
	key, rest, _ := strings.Cut(strings.TrimPrefix(err.Error(), "serve."), ": ")
	if key == "certificates" && (c.IsSet("tls-cert") || c.IsSet("tls-key")) {
		return usagef("--tls-cert, --tls-key: %s", rest)
	}
	for _, f := range config.Fields(&s.config.Serve) {
		if f.Key == key && f.Flag != "" && c.IsSet(f.Flag) {
			return usagef("--%s: %s", f.Flag, rest)
		}
	}
	return &config.Error{File: s.config.File, Problem: err.Error()}
}

func (p *program) ecosystemNames() []string {
	names := make([]string, len(p.ecosystems))
	for i, eco := range p.ecosystems {
		names[i] = eco.Name
	}
	return names
}

// servingDrivers makes the driver of each known ecosystem. Its options come from
// the configuration or from the published snapshot; one whose key files are
// elsewhere serves with its defaults, which need none.
func (p *program) servingDrivers(m *mirror.Mirror, s *site) (map[string]ecosystems.Driver, error) {
	if err := adoptReadable(m, s.config.Sections); err != nil {
		return nil, err
	}
	drivers := map[string]ecosystems.Driver{}
	for _, section := range s.config.Sections {
		eco := section.Ecosystem
		driver, err := section.Driver()
		if err != nil && section.Present {
			return nil, err
		}
		if err != nil {
			if driver, err = eco.New(eco.Options()); err != nil {
				return nil, err
			}
		}
		drivers[eco.Name] = driver
	}
	return drivers, nil
}

// reachable is url with a host by which this machine reaches what listens at
// addr, where that is every address.
func reachable(url string, addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		_, port, _ := net.SplitHostPort(addr.String())
		return strings.TrimSuffix(url, addr.String()) + net.JoinHostPort("127.0.0.1", port)
	}
	return url
}
