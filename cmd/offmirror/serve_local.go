package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/config"
	"github.com/offmirror/offmirror/ecosystems/julia/localserver"
	"github.com/offmirror/offmirror/layout/serve/front"
)

// localServerFlag is the flag that makes serve a package server for registries in git.
const localServerFlag = "local-package-server"

func localServerFlags() []cli.Flag {
	return []cli.Flag{&cli.StringFlag{
		Name:  localServerFlag,
		Usage: "instead of a mirror, serve the Julia registries in git, and the Pkg server behind them, of a configuration `FILE` of LocalPackageServer.jl",
	}}
}

// serveLocal is serve with --local-package-server.
func (p *program) serveLocal(c *cli.Context) error {
	if c.NArg() > 0 {
		return usagef("serve takes no folder with --%s, but got %q: cache_dir is in the file", localServerFlag, c.Args().First())
	}
	s, err := p.site(c)
	if err != nil {
		return err
	}
	file := p.absolute(c.String(localServerFlag))
	local := localserver.DefaultConfig()
	if err := config.LoadTable(file, &local); err != nil {
		return err
	}
	if err := local.Check(); err != nil {
		return config.BlameTable(file, err)
	}
	if err := p.overrideServe(s, c); err != nil {
		return err
	}
	if s.config.Serve.PullThrough {
		return pullsAlready(s, c)
	}
	if !c.IsSet("listen") {
		s.config.Serve.Listen = []string{local.Address()}
	}
	s.config.Serve.Access = accessOfRoot(s.config.Serve.Access)
	if local.LogFormat == "json" {
		p.logJSON()
	}
	slog.SetDefault(p.log)
	life, end := outlasting(c.Context, cmp.Or(s.config.Serve.Grace, lastGrace))
	defer end()
	server, err := localserver.Open(life, localserver.Options{
		Config: local, Fetch: s.config.Fetch, Version: buildVersion(), Logger: p.log,
	})
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	f, err := front.New(s.config.Serve, localserver.Site{Server: server}, front.Options{
		Ecosystems: p.ecosystemNames(), Version: buildVersion(), Logger: p.log, Stderr: p.terminal,
	})
	if err != nil {
		return errors.Join(p.blameServe(s, c, err), server.Close())
	}
	defer func() { _ = f.Close() }()
	return errors.Join(p.serveLive(c, f, local.CacheDir), server.Close())
}

// pullsAlready says that pulling is not for this server, and where it was asked for.
func pullsAlready(s *site, c *cli.Context) error {
	if c.IsSet("pull-through") {
		return usagef("--pull-through is for mirrors: --%s fetches what it lacks in any case", localServerFlag)
	}
	return &config.Error{File: s.config.File, Key: "serve.pull_through", Problem: fmt.Sprintf(
		"is for mirrors: --%s fetches what it lacks in any case, from where its own file says; give --pull-through=false, or another --config", localServerFlag)}
}

// lastGrace is how long what clients wait for may go on when the server is told to stop, if the
// configuration gives no grace.
const lastGrace = 30 * time.Second

// outlasting returns a context that ends some time after another one: answers that are under way
// need what is being fetched for them.
func outlasting(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(life, func() { timer.Stop() })
	})
	return life, func() {
		stop()
		cancel()
	}
}

// serveLive listens and serves until the end.
func (p *program) serveLive(c *cli.Context, f *front.Front, root string) error {
	endpoints, err := p.endpoints(c.Context, f)
	if err != nil {
		return usagef("--listen: %v", err)
	}
	for _, e := range endpoints {
		url := reachable(e.URL(), e.Addr())
		p.out.printf("%s", url)
		p.out.object("serving", servingObject{url, p.absolute(root)})
	}
	p.log.Info("serving Julia registries in git; cache in " + root)
	defer p.tellManager(c.Context, f)()
	return errors.Join(f.Server().Serve(c.Context, endpoints...), p.out.err)
}

// accessOfRoot lets the rules for julia hold at the root, where this server has everything.
func accessOfRoot(rules map[string]front.Access) map[string]front.Access {
	rule, ok := rules["julia"]
	if !ok {
		return rules
	}
	rules = maps.Clone(rules)
	rules["page"] = rule
	return rules
}
