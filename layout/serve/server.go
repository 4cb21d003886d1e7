package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Options of a [Server].
type Options struct {
	// CertFile and KeyFile are PEM files; both or neither. With them the server
	// speaks TLS 1.2 and above.
	CertFile, KeyFile string

	// Grace is how long answers that are under way may take when the server is
	// told to stop; 0 means as long as they take.
	Grace time.Duration
}

// Server is an HTTP server with limits that clients of a mirror do not meet and
// others do: on headers, on idle connections, and on how slowly a file may be taken.
type Server struct {
	http  http.Server
	tls   bool
	grace time.Duration
}

// NewServer makes a server. An error is about the certificate.
func NewServer(h http.Handler, o Options) (*Server, error) {
	s := &Server{grace: o.Grace, http: http.Server{
		Handler:           freshDeadline(h),
		ReadHeaderTimeout: 15 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12},
	}}
	if o.CertFile == "" && o.KeyFile == "" {
		return s, nil
	}
	if o.CertFile == "" || o.KeyFile == "" {
		return nil, errors.New("TLS needs a certificate and its key; one of the two files is not given")
	}
	pair, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", o.CertFile, o.KeyFile, err)
	}
	s.http.TLSConfig.Certificates = []tls.Certificate{pair}
	s.tls = true
	return s, nil
}

// freshDeadline takes away the deadline for writing that the answer before left
// on the connection, and sets one for a body to arrive, read by the handler or not.
func freshDeadline(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		_ = c.SetWriteDeadline(time.Time{})
		if r.Body != nil && r.Body != http.NoBody {
			_ = c.SetReadDeadline(time.Now().Add(patience))
			r = r.WithContext(r.Context()) // net/http looks at its own body after the answer
			r.Body = &promptBody{r.Body, c}
		}
		h.ServeHTTP(w, r)
	})
}

// promptBody is a body with a deadline, which ends with it: the answer may take longer.
type promptBody struct {
	io.ReadCloser
	c *http.ResponseController
}

func (b *promptBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = b.c.SetReadDeadline(time.Time{})
	}
	return n, err
}

// URL returns the base URL of a server on l.
func (s *Server) URL(l net.Listener) string {
	scheme := "http"
	if s.tls {
		scheme = "https"
	}
	return scheme + "://" + l.Addr().String()
}

// Serve accepts connections until ctx ends; then it takes no new ones, waits for
// the answers that are under way, and returns nil. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	stopped := make(chan error, 1)
	finish := context.AfterFunc(ctx, func() {
		wait := context.Background()
		if s.grace > 0 {
			limited, cancel := context.WithTimeout(wait, s.grace)
			defer cancel()
			wait = limited
		}
		err := s.http.Shutdown(wait)
		if errors.Is(err, context.DeadlineExceeded) {
			err = s.http.Close()
		}
		stopped <- err
	})
	var err error
	if s.tls {
		err = s.http.ServeTLS(l, "", "")
	} else {
		err = s.http.Serve(l)
	}
	if finish() { // it did not end by ctx
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	}
	return <-stopped
}
