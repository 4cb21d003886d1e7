package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// serve lets a client of the Hex mirror look at it.
func (s *story) serve(ctx context.Context) error { return s.whileServed(ctx, s.client) }

// whileServed runs "offmirror serve" as long as a client has something to do.
func (s *story) whileServed(ctx context.Context, client func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	read, write := io.Pipe()
	ended := make(chan int, 1)
	s.say("%s offmirror serve --listen 127.0.0.1:0", s.prompt)
	go func() {
		code := s.inner(write, io.Discard).run(ctx, []string{"serve", "--listen", "127.0.0.1:0"})
		_ = write.Close()
		ended <- code
	}()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		return fmt.Errorf("it printed no URL and ended with %d", <-ended)
	}
	s.served = strings.TrimSpace(line)
	s.say("%s", s.served)
	go func() { _, _ = io.Copy(io.Discard, read) }()
	err = client(ctx)
	cancel()
	if code := <-ended; err == nil && code != exitComplete {
		err = fmt.Errorf("the server ended with %d", code)
	}
	return err
}

// client does what mix and rebar3 do: registry file, signature, tarball,
// checksum, and a conditional request.
func (s *story) client(ctx context.Context) error {
	signed, _, err := s.get(ctx, "/hex/packages/plug", "")
	if err != nil {
		return err
	}
	pkg, err := registry.Trust{Key: s.up.PublicKey(), Repository: "hexpm"}.Package(signed, "plug")
	if err != nil {
		return err
	}
	tarball, etag, err := s.get(ctx, "/hex//tarballs/plug-1.15.3.tar", "")
	if err != nil {
		return err
	}
	if release, ok := pkg.Release("1.15.3"); !ok || sha256.Sum256(tarball) != release.OuterChecksum {
		return errors.New("the tarball is not what the signed registry says")
	}
	if etag == "" {
		return errors.New("the tarball has no ETag, which rebar3 takes for a failure")
	}
	s.say("the client got plug 1.15.3, %d bytes, as the signed registry says, with ETag %.12s…", len(tarball), strings.Trim(etag, `"`))
	body, _, err := s.get(ctx, "/hex/tarballs/plug-1.15.3.tar", etag)
	if err != nil {
		return err
	}
	if len(body) > 0 {
		return errors.New("an ETag that still holds did not save the transfer")
	}
	s.say("asked again with that ETag, the mirror answers 304")
	return nil
}

func (s *story) get(ctx context.Context, path, etag string) (body []byte, newETag string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.served+path, nil)
	if err != nil {
		return nil, "", err
	}
	want := http.StatusOK
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
		want = http.StatusNotModified
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != want {
		return nil, "", fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	body, err = io.ReadAll(resp.Body)
	return body, resp.Header.Get("ETag"), err
}
