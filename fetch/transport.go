package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	maxHeaderBytes = 64 << 10
	maxCAFile      = 16 << 20
	readBuffer     = 32 << 10
)

// transports makes connection pools: one for most hosts, and one for each host
// that has certificate authorities or a protocol of its own.
type transports struct {
	set    *settings
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	shared http.RoundTripper

	mu  sync.Mutex
	all []*http.Transport
}

func newTransports(set *settings, dial func(context.Context, string, string) (net.Conn, error)) *transports {
	t := &transports{set: set, dial: dial}
	if t.dial == nil {
		t.dial = (&net.Dialer{Timeout: set.ConnectTimeout, KeepAlive: 30 * time.Second}).DialContext
	}
	t.shared = t.pool(nil, false, http.ProxyFromEnvironment)
	return t
}

// forHost returns the pool for a host, whose errors name the configuration's key.
func (t *transports) forHost(name string, h Host) (http.RoundTripper, error) {
	if h.CA == "" && h.Proxy == "" && !h.HTTP2 {
		return t.shared, nil
	}
	var roots *x509.CertPool
	if h.CA != "" {
		pem, err := readCA(h.CA)
		if err != nil {
			return nil, fmt.Errorf("fetch.hosts.%q.ca: %w", name, err)
		}
		if roots, err = x509.SystemCertPool(); err != nil {
			roots = x509.NewCertPool()
		}
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("fetch.hosts.%q.ca: %s holds no certificate in PEM form", name, h.CA)
		}
	}
	proxy := http.ProxyFromEnvironment
	switch h.Proxy {
	case "":
	case "none":
		proxy = nil
	default:
		u, err := url.Parse(h.Proxy)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" && u.Scheme != "socks5h" {
			return nil, fmt.Errorf("fetch.hosts.%q.proxy = %q: want a URL such as \"http://proxy:3128\", or \"none\"", name, Redact(h.Proxy))
		}
		proxy = http.ProxyURL(u)
	}
	return t.pool(roots, h.HTTP2, proxy), nil
}

func readCA(name string) ([]byte, error) {
	name, err := expandHome(name)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxCAFile))
}

// pool makes connections for bulk transfers: as many idle ones as may be in use,
// HTTP/1.1 unless asked otherwise, since one HTTP/2 connection is slower than a
// pool; and no transparent compression, so that bytes arrive as they are.
func (t *transports) pool(roots *x509.CertPool, http2 bool, proxy func(*http.Request) (*url.URL, error)) http.RoundTripper {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(http2)
	tr := &http.Transport{
		Proxy:                  proxy,
		DialContext:            t.dial,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    t.set.ConnectTimeout,
		ResponseHeaderTimeout:  t.set.AnswerTimeout,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    t.set.Concurrency,
		MaxResponseHeaderBytes: maxHeaderBytes,
		ReadBufferSize:         readBuffer,
		DisableCompression:     true,
		Protocols:              protocols,
	}
	tr.RegisterProtocol("file", http.NewFileTransport(http.Dir("/")))
	t.mu.Lock()
	t.all = append(t.all, tr)
	t.mu.Unlock()
	// The method value hides CloseIdleConnections: go-retryablehttp calls it
	// whenever one request fails, which would throw away the connections of all
	// others.
	return roundTripFunc(tr.RoundTrip)
}

func (t *transports) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, tr := range t.all {
		tr.CloseIdleConnections()
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// passing reports whether another attempt may succeed where err came instead of
// an answer. What stays wrong until somebody changes something is not tried again.
func passing(err error) bool {
	var (
		unknown  x509.UnknownAuthorityError
		invalid  x509.CertificateInvalidError
		hostname x509.HostnameError
		verify   *tls.CertificateVerificationError
		record   tls.RecordHeaderError
		dns      *net.DNSError
	)
	switch {
	case errors.As(err, &unknown), errors.As(err, &invalid), errors.As(err, &hostname),
		errors.As(err, &verify), errors.As(err, &record):
		return false
	case errors.As(err, &dns) && dns.IsNotFound && !dns.IsTemporary:
		return false
	}
	text := err.Error()
	for _, permanent := range []string{
		"unsupported protocol scheme", "no Host in request URL", "invalid header", "server gave HTTP response to HTTPS client",
		"server response headers exceeded",
	} {
		if strings.Contains(text, permanent) {
			return false
		}
	}
	return true
}
