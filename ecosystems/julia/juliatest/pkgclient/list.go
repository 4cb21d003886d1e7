package pkgclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// listed is what /registries says. The nil map means that it could not be had.
type listed map[uuid.UUID]treehash.Hash

// list reads /registries. Only a malformed line is an error; a list that cannot be had is a warning.
func (c *Client) list(ctx context.Context) (listed, error) {
	attempts := 1
	if c.Profile.retriesList() {
		attempts = 4
	}
	var body bytes.Buffer
	for {
		body.Reset()
		err := c.get(ctx, "/registries", "registry", "list", &body, maxList)
		if err == nil {
			return parseList(body.String())
		}
		if attempts--; attempts == 0 || ctx.Err() != nil || errors.Is(err, ErrEscape) {
			c.warn("could not download %s/registries: %v", c.server, err)
			return nil, ctx.Err()
		}
	}
}

// parseList takes lines that look like /registry/UUID/HASH and passes over others. It reads hashes in
// upper case too, as Julia does.
func parseList(text string) (listed, error) {
	l := listed{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		rest, ok := strings.CutPrefix(line, "/registry/")
		id, hash, two := strings.Cut(rest, "/")
		if !ok || !two || id == "" || hash == "" || strings.Contains(hash, "/") {
			continue
		}
		key, err := uuid.Parse(id)
		if err != nil {
			return nil, fmt.Errorf("%w: line %q: %w", ErrList, line, err)
		}
		if l[key], err = treehash.ParseHash(strings.ToLower(hash)); err != nil {
			return nil, fmt.Errorf("%w: line %q: %w", ErrList, line, err)
		}
	}
	return l, nil
}

// onDemand is the list, read when it is first asked for or each time, as versions differ.
type onDemand struct {
	c     *Client
	known listed
	read  bool
}

// find returns the hash under which the server has a registry.
func (d *onDemand) find(ctx context.Context, id uuid.UUID) (treehash.Hash, bool, error) {
	if !d.read || !d.c.Profile.knowsAllRegistries() {
		var err error
		if d.known, err = d.c.list(ctx); err != nil {
			return treehash.Hash{}, false, err
		}
		d.read = true
	}
	hash, ok := d.known[id]
	return hash, ok, nil
}

// newList returns the list for a command, read now if the version does so.
func (c *Client) newList(ctx context.Context) (*onDemand, error) {
	d := &onDemand{c: c}
	if !c.Profile.readsListAlways() {
		return d, nil
	}
	var err error
	d.known, err = c.list(ctx)
	d.read = true
	return d, err
}
