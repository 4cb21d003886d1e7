package front

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/offmirror/offmirror/layout/serve"
	"github.com/offmirror/offmirror/layout/serve/systemd"
)

// address is where to listen.
type address struct {
	host string // with a port
	tls  bool
}

// parseAddress reads an address of the configuration.
func parseAddress(text string, certificates bool) (address, error) {
	host, isHTTPS := strings.CutPrefix(text, "https://")
	host, isHTTP := strings.CutPrefix(host, "http://")
	a := address{host: strings.TrimSuffix(host, "/"), tls: certificates}
	switch {
	case isHTTP:
		a.tls = false
	case isHTTPS && !certificates:
		return a, fmt.Errorf("%.100q needs a certificate", text)
	}
	if _, port, err := net.SplitHostPort(a.host); err != nil || port == "" {
		return a, fmt.Errorf("%.100q is no address: want HOST:PORT, such as 0.0.0.0:8000", text)
	}
	return a, nil
}

// Listen opens the addresses of the configuration, in their order. An error names the address.
func (f *Front) Listen(ctx context.Context) ([]serve.Endpoint, error) {
	var open []serve.Endpoint
	for _, text := range f.config.Listen {
		a, err := parseAddress(text, f.certs != nil)
		var l net.Listener
		if err == nil {
			l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", a.host)
		}
		if err != nil {
			for _, e := range open {
				_ = e.Close()
			}
			return nil, err
		}
		open = append(open, serve.Endpoint{Listener: l, TLS: a.tls})
	}
	f.warnOfEndpoints(open)
	return open, nil
}

// Adopt makes endpoints of sockets that the service manager opened. One that is called http
// (FileDescriptorName=) speaks no TLS, one that is called https does, all others do if there
// are certificates.
func (f *Front) Adopt(sockets []systemd.Socket) ([]serve.Endpoint, error) {
	endpoints := make([]serve.Endpoint, len(sockets))
	for i, s := range sockets {
		if s.Name == "https" && f.certs == nil {
			return nil, errors.New("the socket https needs a certificate: give serve.certificates")
		}
		endpoints[i] = serve.Endpoint{Listener: s.Listener, TLS: f.certs != nil && s.Name != "http"}
	}
	f.warnOfEndpoints(endpoints)
	return endpoints, nil
}
