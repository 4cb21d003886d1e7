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
	"strings"
	"sync"
	"time"

	"github.com/offmirror/offmirror/layout/serve/express"
)

// Options of a [Server].
type Options struct {
	// TLS is how endpoints with TLS speak it; nil: there are none.
	TLS *tls.Config

	// Grace is how long answers that are under way may take when the server is
	// told to stop; 0 means as long as they take.
	Grace time.Duration

	// ConnState is as in [http.Server]; it may close connections that it does not want. Of connections
	// on which nothing but plain requests has come it is told only that they are new, and closed.
	ConnState func(net.Conn, http.ConnState)

	// Plain knows answers to plain requests, which are what the handler would answer; endpoints without TLS ask
	// it first. Nil: nobody does.
	Plain express.Source
}

// Endpoint is where a server listens.
type Endpoint struct {
	net.Listener
	TLS bool
}

// URL returns the base URL of a server that listens there; of a Unix socket, "unix:" and its path.
func (e Endpoint) URL() string {
	if e.Addr().Network() == "unix" {
		return "unix:" + e.Addr().String()
	}
	scheme := "http"
	if e.TLS {
		scheme = "https"
	}
	return scheme + "://" + e.Addr().String()
}

// Server is an HTTP server with limits that clients of a mirror do not meet and
// others do: on headers, on ranges, on idle connections, and on how slowly a request may come
// and a file may be taken.
type Server struct {
	http  http.Server
	lane  *express.Lane // nil: there is none
	grace time.Duration
}

// NewServer makes a server.
func NewServer(h http.Handler, o Options) *Server {
	s := &Server{grace: o.Grace, http: http.Server{
		Handler:           freshDeadline(h),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
		TLSConfig:         o.TLS,
		ConnState:         unlessKnown(o.ConnState),
		ConnContext:       gatherContext,
	}}
	if o.Plain != nil {
		s.lane = newLane(o)
	}
	return s
}

const (
	headerTimeout = 15 * time.Second
	idleTimeout   = 2 * time.Minute
)

// maxRanges is how many parts of a file a client may want at once. Clients of mirrors want one;
// thousands of small ones make answers much longer than their requests.
const maxRanges = 16

// freshDeadline takes away the deadline for writing that the answer before left
// on the connection, and sets one for a body to arrive, read by the handler or not. It
// overlooks a Range that makes no sense, as RFC 9110 (section 14.2) allows.
func freshDeadline(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		_ = c.SetWriteDeadline(time.Time{})
		if r.Body != nil && r.Body != http.NoBody {
			_ = c.SetReadDeadline(time.Now().Add(patience))
			r = r.WithContext(r.Context()) // net/http looks at its own body after the answer
			r.Body = &promptBody{r.Body, c}
		}
		if ranges := r.Header["Range"]; len(ranges) > 0 && absurd(ranges[0]) {
			r = r.WithContext(r.Context())
			r.Header = r.Header.Clone()
			r.Header.Del("Range")
		}
		h.ServeHTTP(w, r)
	})
}

// absurd reports whether a Range is better overlooked: very many parts, or the last none bytes,
// which net/http answers with a part that ends before it begins. One of another unit than
// bytes must be (RFC 9110, section 14.2); net/http refuses it.
func absurd(ranges string) bool {
	unit, parts, ok := strings.Cut(ranges, "=")
	if !ok {
		return false
	}
	if unit != "bytes" || strings.Count(parts, ",") >= maxRanges {
		return true
	}
	for part := range strings.SplitSeq(parts, ",") {
		if length, last := strings.CutPrefix(strings.TrimSpace(part), "-"); last && length != "" && strings.Trim(length, "0") == "" {
			return true
		}
	}
	return false
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

// Serve accepts connections until ctx ends; then it takes no new ones, waits for
// the answers that are under way, and returns nil. If one endpoint fails, it stops likewise
// and says why. It closes the endpoints. It is called once.
func (s *Server) Serve(ctx context.Context, endpoints ...Endpoint) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() { stopped <- s.shutdown() })
	var accepting sync.WaitGroup
	for _, e := range endpoints {
		accepting.Go(func() {
			var err error
			if e.TLS {
				err = s.http.ServeTLS(e, "", "")
			} else {
				err = s.http.Serve(s.plainly(e))
			}
			if !errors.Is(err, http.ErrServerClosed) {
				cancel(&endpointError{fmt.Errorf("serve on %s: %w", e.Addr(), err)})
			}
		})
	}
	accepting.Wait()
	err := <-stopped
	if failed, ok := errors.AsType[*endpointError](context.Cause(ctx)); ok {
		return failed.error
	}
	return err
}

// endpointError tells the failure of an endpoint from the end of a context.
type endpointError struct{ error }

// shutdown ends what is under way, in time.
func (s *Server) shutdown() error {
	wait := context.Background()
	if s.grace > 0 {
		limited, cancel := context.WithTimeout(wait, s.grace)
		defer cancel()
		wait = limited
	}
	if s.lane != nil {
		_ = s.lane.Shutdown(wait) // what it hands over is still accepted; if it took too long, the next line says so
	}
	err := s.http.Shutdown(wait)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	return err
}
