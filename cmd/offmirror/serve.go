package main

import (
	"errors"
	"log/slog"
	"net"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout/serve"
)

func (p *program) serveCommand() *cli.Command {
	return &cli.Command{
		Name:      "serve",
		Usage:     "serve a mirror over HTTP, as its clients need it",
		ArgsUsage: "[DIR]",
		Description: "DIR is a mirror root; no configuration is needed. The first line of stdout is the base URL. The\n" +
			"ecosystems are below it (/hex), older snapshots below /ECOSYSTEM/@ID/, a page for people is at /.\n" +
			"SIGTERM and SIGINT end it after the answers under way.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Usage: "`ADDRESS` to listen at; port 0 takes any that is free", Value: "127.0.0.1:8000"},
			&cli.StringFlag{Name: "tls-cert", Usage: "PEM `FILE` with the certificate, for HTTPS"},
			&cli.StringFlag{Name: "tls-key", Usage: "PEM `FILE` with its private key"},
		},
		Action: p.serve,
	}
}

type servingObject struct {
	URL  string `json:"url"`
	Root string `json:"root"`
}

func (p *program) serve(c *cli.Context) error {
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
	server, err := serve.NewServer(m.Handler(drivers), serve.Options{
		CertFile: p.absolute(c.String("tls-cert")),
		KeyFile:  p.absolute(c.String("tls-key")),
	})
	if err != nil {
		return &usageError{err.Error()}
	}
	listener, err := (&net.ListenConfig{}).Listen(c.Context, "tcp", c.String("listen"))
	if err != nil {
		return usagef("--listen: %v", err)
	}
	url := reachable(server.URL(listener), listener.Addr())
	p.out.printf("%s", url)
	p.out.object("serving", servingObject{url, s.root})
	p.log.Info("serving " + s.root)
	if present, err := m.Ecosystems(); err == nil && len(present) == 0 {
		p.log.Warn("nothing is published in " + s.root + " yet: everything is answered with 404 until a sync")
	}
	return errors.Join(server.Serve(c.Context, listener), p.out.err)
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
