package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	maxRedirects = 10
	maxURL       = 16 << 10
	maxErrorBody = 16 << 10 // read from an answer that is of no use, to keep its connection
)

var errRedirects = fmt.Errorf("more than %d redirects", maxRedirects)

// extra are the headers of one request beside those that all have.
type extra struct {
	etag, modified string // validators for a conditional request
	from           int64  // first byte wanted, if positive; then etag is for If-Range
	fresh          bool
}

// answer is a response, the URL that it came from after redirects, and whether
// credentials had been sent there.
type answer struct {
	*http.Response
	sentCredentials bool
	url             *url.URL
}

// send asks for raw, following redirects hop by hop, with retries at each. The
// caller reads the body or calls discard.
func (e *Engine) send(ctx context.Context, t *transfer, method, raw string, x extra) (answer, error) {
	var origin *url.URL
	for range maxRedirects + 1 {
		req, err := e.newRequest(ctx, method, raw, x, origin)
		if err != nil {
			return answer{}, err
		}
		if origin == nil {
			origin = req.URL
		}
		h, err := e.host(strings.ToLower(req.URL.Host))
		if err != nil {
			return answer{}, err
		}
		resp, err := h.client.Do(&retryablehttp.Request{Request: req})
		if err != nil {
			if resp != nil {
				resp.Body.Close()
			}
			return answer{}, err
		}
		a := answer{Response: resp, url: req.URL, sentCredentials: req.Header.Get("Authorization") != ""}
		switch resp.StatusCode {
		case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
			http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		default:
			return a, nil
		}
		next, err := redirect(req.URL, t.location)
		a.discard()
		if err != nil {
			return answer{}, err
		}
		raw = next
	}
	return answer{}, errRedirects
}

// redirect resolves a Location header.
func redirect(from *url.URL, location string) (string, error) {
	if location == "" || len(location) > maxURL {
		return "", errors.New("redirect without a usable Location")
	}
	to, err := from.Parse(location)
	if err != nil {
		return "", errors.New("redirect to something that is no URL")
	}
	to.User = nil // nobody hands us credentials this way
	to.Fragment = ""
	switch {
	case to.Scheme != "http" && to.Scheme != "https":
		return "", fmt.Errorf("redirect to the scheme %.20q", to.Scheme)
	case from.Scheme == "https" && to.Scheme == "http":
		return "", fmt.Errorf("redirect from https to http, to %s", Redact(to.String()))
	}
	return to.String(), nil
}

func (e *Engine) newRequest(ctx context.Context, method, raw string, x extra, origin *url.URL) (*http.Request, error) {
	if len(raw) > maxURL {
		return nil, fmt.Errorf("URL longer than %d bytes", maxURL)
	}
	req, err := http.NewRequestWithContext(ctx, method, raw, nil)
	if err != nil {
		return nil, errors.New("not a valid URL")
	}
	switch scheme := req.URL.Scheme; {
	case scheme == "file" && e.places.mayRead(req.URL, raw):
	case scheme == "file":
		return nil, errors.New("files of this machine are read only as fetch.local_mirrors")
	case scheme != "http" && scheme != "https":
		return nil, fmt.Errorf("scheme %.20q is not supported; want http or https", scheme)
	case req.URL.Host == "":
		return nil, errors.New("not a valid URL")
	}
	req.Header["User-Agent"] = []string{e.agent}
	if auth := e.keys.authorization(req.URL, origin); auth != "" {
		req.Header["Authorization"] = []string{auth}
	} else if u := req.URL.User; u != nil {
		password, _ := u.Password()
		req.Header["Authorization"] = []string{basic(u.Username(), password)}
	}
	req.URL.User = nil
	if x.from > 0 {
		req.Header["Range"] = []string{fmt.Sprintf("bytes=%d-", x.from)}
		req.Header["If-Range"] = []string{x.etag}
	} else {
		if x.etag != "" {
			req.Header["If-None-Match"] = []string{x.etag}
		}
		if x.modified != "" {
			req.Header["If-Modified-Since"] = []string{x.modified}
		}
	}
	if x.fresh {
		req.Header["Cache-Control"] = []string{"no-cache"}
		req.Header["Pragma"] = []string{"no-cache"}
	}
	return req, nil
}

// discard reads the rest of a small body, so that the connection can be used
// again, and closes it.
func (a answer) discard() {
	if a.ContentLength <= maxErrorBody {
		_, _ = io.CopyN(io.Discard, a.Body, maxErrorBody)
	}
	_ = a.Body.Close()
}
