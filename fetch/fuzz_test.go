package fetch

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// What servers and files of others say is read without panic, and never as more
// than it may be.

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"5", "99999999999999999999", "-1", "Fri, 31 Dec 9999 23:59:59 GMT", "soon", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d := retryAfter(http.Header{"Retry-After": {s}}, time.Now(), time.Minute); d < 0 || d > time.Minute {
			t.Errorf("%q: %v", s, d)
		}
	})
}

func FuzzContentRange(f *testing.F) {
	for _, s := range []string{"bytes 0-9/10", "bytes */10", "bytes 5-4/10", "bytes 0-9/*", "bytes 0-9/9223372036854775808", "BYTES 1-1/2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		first, last, total, ok := parseContentRange(s)
		if ok && (first < 0 || last < first || total <= last) {
			t.Errorf("%q: %d-%d/%d", s, first, last, total)
		}
	})
}

func FuzzRedirect(f *testing.F) {
	for _, s := range []string{"/x", "//h/x", "http://h", "HTTP://h", "https://u:p@h/", "javascript:x", "\\\\h\\x", "http:///x", "?q", ""} {
		f.Add(s)
	}
	from, err := url.Parse("https://start.test/a/b?c")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		to, err := redirect(from, s)
		if err != nil {
			return
		}
		u, err := url.Parse(to)
		if err == nil && (u.Scheme != "https" || u.User != nil) {
			t.Errorf("%q leads to %q", s, to)
		}
	})
}

func FuzzNetrc(f *testing.F) {
	f.Add("machine h login a password b", "h")
	f.Add("default login a\nmacdef x\n\nmachine", "h:80")
	f.Fuzz(func(t *testing.T, text, host string) {
		user, password, found := lookupNetrc(text, host)
		if !found && user+password != "" {
			t.Errorf("%q, %q without being found", user, password)
		}
	})
}

func FuzzHostname(f *testing.F) {
	for _, s := range []string{"http://u@h:80/x", "https://[::1%25e]/", "http://0x7f.1/", "file:///x", "ssh://h", "http://%41"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if host, ok := hostname(s); ok && (strings.ContainsAny(host, "/@ ") || strings.Contains(host, ":") != strings.HasPrefix(host, "[")) {
			t.Errorf("%q: %q", s, host)
		}
	})
}

func FuzzRedact(f *testing.F) {
	f.Add("https", "h/x?token=", "#f")
	f.Fuzz(func(t *testing.T, scheme, rest, tail string) {
		const secret = "Zq8s3cr3tZq8"
		if strings.ContainsAny(scheme, "/?#@") {
			return
		}
		if got := Redact(scheme + "://user:" + secret + "@" + rest + tail); strings.Contains(got, secret) {
			t.Errorf("%q", got)
		}
	})
}
