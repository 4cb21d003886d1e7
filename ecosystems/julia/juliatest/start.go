package juliatest

import (
	"net"
	"net/http"
	"time"
)

// Start makes an upstream that is served on 127.0.0.1, at [Upstream.BaseURL], until stop is called.
// Artifacts, and releases of Julia, are said to come from there.
func Start(options ...Option) (up *Upstream, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	url := "http://" + l.Addr().String()
	up = New(append([]Option{WithBaseURL(url), WithReleasesURL(url, url)}, options...)...)
	server := &http.Server{Handler: up, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends when it is closed
	}()
	return up, func() {
		_ = server.Close()
		<-done
	}, nil
}
