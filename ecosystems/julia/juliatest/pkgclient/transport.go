package pkgclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// Caps on what a server can make the client take.
const (
	maxHops     = 50
	maxList     = 16 << 20 // bytes of /registries
	maxBody     = 16 << 30 // bytes of a tarball
	maxUnpacked = 64 << 30 // bytes of what is in it
)

// plainTransport asks for no encoding and undoes none.
var plainTransport = func() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableCompression = true
	t.Proxy = nil
	return t
}()

// get requests a path and writes what is answered, at most limit bytes, to w. Every
// failure is an ErrDownload.
func (c *Client) get(ctx context.Context, path, what, name string, w io.Writer, limit int64) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.server+path, nil)
	if err != nil {
		return fmt.Errorf("%w %s: %w", ErrDownload, c.server+path, err)
	}
	req.Header = c.header(path)
	if token := c.token(); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	record := c.record(Request{Method: req.Method, Path: path, Header: req.Header.Clone()})
	client := &http.Client{Transport: c.Transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if len(via) > maxHops {
			return fmt.Errorf("more than %d redirects", maxHops)
		}
		if !c.within(next.URL) {
			c.escape(Escape{What: what, Name: name, How: "redirect", URL: next.URL.String()})
			return fmt.Errorf("%w: redirect to %s", ErrEscape, next.URL)
		}
		record(func(r *Request) { r.Hops = append(r.Hops, next.URL.String()) })
		return nil
	}}
	if client.Transport == nil {
		client.Transport = plainTransport
	}
	resp, err := client.Do(req)
	if resp != nil {
		defer resp.Body.Close()
		record(func(r *Request) { r.Status = resp.StatusCode })
	}
	if err == nil && (resp.StatusCode < 200 || resp.StatusCode > 299) {
		err = fmt.Errorf("the server answers %s", resp.Status)
	}
	if err == nil {
		var n int64
		if n, err = io.Copy(w, io.LimitReader(resp.Body, limit+1)); err == nil && n > limit {
			err = fmt.Errorf("the answer has more than %d bytes", limit)
		}
	}
	if err != nil {
		return fmt.Errorf("%w %s: %w", ErrDownload, c.server+path, err)
	}
	return nil
}

// record adds a request to the report and returns a function that changes it there.
func (c *Client) record(r Request) func(func(*Request)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	report, i := c.report, len(c.report.Requests)
	report.Requests = append(report.Requests, r)
	return func(change func(*Request)) {
		c.mu.Lock()
		defer c.mu.Unlock()
		change(&report.Requests[i])
	}
}

// within tells whether a machine can be reached on an isolated site: the server and this one.
func (c *Client) within(u *url.URL) bool {
	own, err := url.Parse(c.server)
	if err != nil || strings.EqualFold(u.Hostname(), own.Hostname()) {
		return err == nil
	}
	ip := net.ParseIP(u.Hostname())
	return strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback()
}

// download is a tarball in a temporary file of the depot.
type download struct {
	*os.File
	name string // in the depot
	c    *Client
}

// discard closes the file and removes it, unless it has been moved away.
func (d *download) discard() {
	_ = d.Close()
	_ = d.c.root.Remove(d.name)
}

// rewind goes back to the start.
func (d *download) rewind() error {
	_, err := d.Seek(0, io.SeekStart)
	return err
}

// fetch downloads a tarball, to be read from its start. The caller discards it.
func (c *Client) fetch(ctx context.Context, path, what, name string) (*download, error) {
	temporary, err := c.temporary()
	if err != nil {
		return nil, err
	}
	f, err := c.root.OpenFile(temporary, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	d := &download{f, temporary, c}
	if err = c.get(ctx, path, what, name, f, maxBody); err == nil {
		err = d.rewind()
	}
	if err != nil {
		d.discard()
		return nil, err
	}
	return d, nil
}

// isRefused tells failures of the server from those of the own disk.
func isRefused(err error) bool {
	return errors.Is(err, ErrDownload) || errors.Is(err, ErrArchive) || errors.Is(err, ErrHash)
}
