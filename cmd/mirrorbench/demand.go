package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// demand is what clients want of a server.
type demand struct {
	name  string
	root  func(ctx context.Context, b *Bench) (root string, err error) // of the mirror
	paths func(u *Upstream) ([]string, error)                          // below the tree of Hex
	again bool                                                         // they have it already
	warm  bool                                                         // everything was asked for before
	bytes bool                                                         // their number counts, not that of the answers
}

// often is how many files many clients want at the same time: what a project depends on, a few times over.
const often = 4000

var demands = []demand{
	{name: "few files, often", root: syncedRoot, paths: func(u *Upstream) ([]string, error) {
		all, err := tarballPaths(u)
		return all[:min(often, len(all))], err
	}},
	{name: "all files, first time", root: syncedRoot, paths: tarballPaths},
	{name: "all files in turn", root: syncedRoot, warm: true, paths: tarballPaths},
	{name: "not modified", root: syncedRoot, again: true, paths: func(u *Upstream) ([]string, error) {
		all, err := tarballPaths(u)
		return all[:min(1, len(all))], err
	}},
	{name: "a large file", root: largeRoot, bytes: true, paths: func(*Upstream) ([]string, error) { return []string{largePath}, nil }},
}

func syncedRoot(_ context.Context, b *Bench) (string, error) { return b.hex.folder + "/mirror", nil }

func tarballPaths(u *Upstream) ([]string, error) {
	list, err := os.ReadFile(u.Folder + "/" + namesFile)
	names := strings.Fields(string(list))
	for i, name := range names {
		names[i] = "/tarballs/" + name
	}
	return names, err
}

const (
	largePath = "/tarballs/large-1.0.0.tar"
	largeSize = 256 << 20
)

// largeRoot makes a mirror of one large file.
func largeRoot(ctx context.Context, b *Bench) (string, error) {
	if b.large != "" {
		return b.large, nil
	}
	folder, err := b.fresh()
	if err != nil {
		return "", err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return "", err
	}
	defer root.Close()
	objects, err := store.Open(root)
	if err != nil {
		return "", err
	}
	in, err := objects.Create("")
	if err != nil {
		return "", errors.Join(err, objects.Close())
	}
	_, err = io.CopyN(in, rand.Reader, largeSize)
	var id store.ID
	if err == nil {
		id, err = in.Commit(ctx)
	}
	var history *layout.History
	if err == nil {
		history, err = layout.OpenHistory(root, objects, "hex")
	}
	if err == nil {
		var s *layout.Snapshot
		s, err = history.Write(ctx, layout.Header{Time: time.Now()}, slices.Values([]layout.Entry{{Path: largePath[1:], Object: id, Size: largeSize}}))
		if err == nil {
			err = history.Publish(ctx, s)
		}
	}
	if err := errors.Join(err, in.Discard(), objects.Close()); err != nil {
		return "", err
	}
	b.large = folder
	return folder, nil
}

// script writes the script that makes wrk ask for one path of the tree at base after the other.
func (d demand) script(ctx context.Context, folder, base string, paths []string) (string, error) {
	prefix := strings.TrimPrefix(base, "http://")
	if i := strings.IndexByte(prefix, '/'); i >= 0 {
		prefix = prefix[i:]
	} else {
		prefix = ""
	}
	header := ""
	if d.again {
		name, value, err := condition(ctx, base+paths[0])
		if err != nil {
			return "", err
		}
		header = fmt.Sprintf("wrk.headers[%q] = %q\n", name, value)
	}
	list := folder + "/paths"
	if err := os.WriteFile(list, []byte(strings.Join(paths, "\n")+"\n"), 0o644); err != nil {
		return "", err
	}
	text := fmt.Sprintf(`%slocal paths, at = {}, 0
for path in io.lines(%q) do paths[#paths + 1] = %q .. path end
request = function()
  at = (at + 7919) %% #paths
  return wrk.format("GET", paths[at + 1])
end
`, header, list, prefix)
	script := folder + "/load.lua"
	return script, os.WriteFile(script, []byte(text), 0o644)
}

// condition returns the header with which somebody who has a file asks for it again.
func condition(ctx context.Context, url string) (name, value string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return "", "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	if etag := resp.Header.Get("Etag"); etag != "" {
		return "If-None-Match", etag, nil
	}
	if modified := resp.Header.Get("Last-Modified"); modified != "" {
		return "If-Modified-Since", modified, nil
	}
	return "", "", fmt.Errorf("%s: neither ETag nor Last-Modified", url)
}
