package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// serveUpstream is the upstream's process: it builds the repository that
// argument, an UpstreamSpec in JSON, asks for, writes its lists, serves it, and
// obeys the orders that it reads until they end.
func serveUpstream(ctx context.Context, argument string, orders io.Reader, answers io.Writer) error {
	var spec UpstreamSpec
	if err := json.Unmarshal([]byte(argument), &spec); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	repository, err := build(spec, "http://"+listener.Addr().String())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	d := &delayed{handler: repository}
	d.latency.Store(int64(spec.Latency))
	server := &http.Server{Handler: d, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	d.take() // building is no part of any measurement
	lines := json.NewEncoder(answers)
	if err := lines.Encode(answer{URL: "http://" + listener.Addr().String()}); err != nil {
		return err
	}
	for in := bufio.NewScanner(orders); in.Scan(); {
		var o order
		err := json.Unmarshal(in.Bytes(), &o)
		if err == nil {
			err = obey(o, d, repository)
		}
		a := answer{Stats: d.take()}
		if err != nil {
			a.Error = err.Error()
		}
		if err := lines.Encode(a); err != nil {
			return err
		}
	}
	err = server.Close()
	if stopped := <-ended; !errors.Is(stopped, http.ErrServerClosed) {
		return fmt.Errorf("upstream: %w", stopped)
	}
	return err
}

// world is what an upstream serves.
type world interface {
	http.Handler
	publish(count int) error
}

func build(spec UpstreamSpec, url string) (world, error) {
	if spec.Julia {
		return generateJulia(spec, url), nil
	}
	return generate(spec)
}

func obey(o order, d *delayed, r world) error {
	if o.Latency != nil {
		d.latency.Store(int64(*o.Latency))
	}
	if o.Publish > 0 {
		return r.publish(o.Publish)
	}
	return nil
}
