package pkgclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Client is a session of Julia. Set its exported fields before the first command and leave
// them alone afterwards. Commands run one at a time.
type Client struct {
	// Profile is the version that is played.
	Profile Profile

	// Env are environment variables that Julia looks at: JULIA_PKG_SERVER_REGISTRY_PREFERENCE and its
	// kin, CI and the other names of CI systems, JULIA_PKG_UNPACK_REGISTRY, JULIA_PKG_IGNORE_HASHES,
	// JULIA_PKG_CONCURRENT_DOWNLOADS (JULIA_PKG_CONCURRENCY before 1.6).
	Env map[string]string

	// Platform is the machine, for the choice of artifacts. "" is x86_64 Linux with
	// glibc and the version's usual compilers.
	Platform string

	// Augmented is the platform in the eyes of packages with a hook that selects artifacts,
	// such as "x86_64-linux-gnu-cuda+12.1". "" is Platform.
	Augmented string

	// Transport makes the requests. The default decodes nothing, as libcurl.
	Transport http.RoundTripper

	server string // without a slash at the end
	depot  string

	root    *os.Root // the depot, during a command
	now     time.Time
	updated bool // an update of registries has taken place in this session
	env     environment

	mu     sync.Mutex // protects what follows; downloads run in parallel
	report *Report
}

// New returns a session with a package server, whose URL may have a path, and a depot, a
// folder that is made if it is not there. Without a scheme the server is asked over https.
func New(p Profile, server, depot string) *Client {
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	return &Client{Profile: p, server: strings.TrimSuffix(server, "/"), depot: depot}
}

// Wait lets time pass before the next command. Julia leaves a registry alone for a day after
// an update, unless it is asked to update.
func (c *Client) Wait(d time.Duration) { c.now = c.now.Add(d) }

// command runs f within the depot, and turns escapes into an error.
func (c *Client) command(name string, f func() error) (*Report, error) {
	c.report = &Report{}
	report := c.report
	if err := c.begin(); err != nil {
		return report, fmt.Errorf("%s: %s: %w", c.Profile, name, err)
	}
	defer c.root.Close()
	err := f()
	if after := c.summarize(); err == nil {
		err = after
	}
	if len(report.Escapes) > 0 && !errors.Is(err, ErrEscape) {
		escape := fmt.Errorf("%w: %s", ErrEscape, report.Escapes[0])
		if err == nil {
			err = escape
		} else {
			err = fmt.Errorf("%w (%w)", err, escape)
		}
	}
	if err != nil {
		return report, fmt.Errorf("%s: %s: %w", c.Profile, name, err)
	}
	return report, nil
}

func (c *Client) begin() (err error) {
	if err := os.MkdirAll(c.depot, 0o755); err != nil {
		return err
	}
	if c.root, err = os.OpenRoot(c.depot); err != nil {
		return err
	}
	if c.now.IsZero() {
		c.now = time.Now()
	}
	last, err := c.lastUpdate()
	if err == nil && last.After(c.now) {
		c.now = last
	}
	c.now = c.now.Add(time.Minute)
	if err == nil {
		err = c.loadEnvironment()
	}
	if err != nil {
		_ = c.root.Close()
	}
	return err
}

// summarize fills in the parts of the report that describe the depot.
func (c *Client) summarize() error {
	c.report.Packages = c.env.packages
	installed, err := c.installed()
	c.report.Registries = installed
	return err
}

func (c *Client) warn(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Warnings = append(c.report.Warnings, fmt.Sprintf(format, args...))
}

func (c *Client) escape(e Escape) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Escapes = append(c.report.Escapes, e)
}

// truthy reads a variable as Pkg reads switches.
func (c *Client) truthy(variable string) bool {
	switch strings.ToLower(c.Env[variable]) {
	case "true", "t", "yes", "y", "1":
		return true
	}
	return false
}

// parallel runs f for each item, as many at once as Julia would, and returns what went wrong
// with each.
func parallel[T any](ctx context.Context, workers int, items []T, f func(context.Context, T) error) []error {
	jobs := make(chan int)
	failed := make([]error, len(items))
	var all sync.WaitGroup
	for range min(workers, len(items)) {
		all.Go(func() {
			for i := range jobs {
				failed[i] = f(ctx, items[i])
			}
		})
	}
	for i := range items {
		jobs <- i
	}
	close(jobs)
	all.Wait()
	return failed
}

// summary is the first of the errors, in one line with the number of the others.
func summary(failed []error) error {
	failed = slices.DeleteFunc(failed, func(err error) bool { return err == nil })
	switch len(failed) {
	case 0:
		return nil
	case 1:
		return failed[0]
	}
	return fmt.Errorf("%w (and %d more)", failed[0], len(failed)-1)
}
