package serve

import (
	"net/http"
	"strings"
	"testing"
)

const (
	plain   = "a gzip tarball"
	variant = "a zstd tarball, of other length"
)

func variantsOf(t testing.TB) (*mirror, http.Handler) {
	m := newMirror(t)
	s := m.write("julia", files{
		"registries":              "/registry/U/H\n",
		"artifact/1":              plain,
		"artifact/1.tar.zst":      variant,
		"artifact/2":              "only gzip",
		"artifact/3.tar.zst":      "only zstd",
		"other/1":                 plain,
		"other/1.tar.zst":         variant,
		"artifact/link":           "-> 1",
		"artifact/linked":         "no variant of its own",
		"artifact/linked.tar.zst": "-> 1.tar.zst",
	})
	return m, Static(s, func(path string) Class {
		if strings.HasPrefix(path, "artifact/") {
			return Immutable
		}
		return Revalidate
	}, ContentTypes(func(path string) string {
		switch {
		case path == "registries":
			return "text/plain"
		case strings.HasSuffix(path, ".tar.zst"):
			return "application/zstd"
		case strings.HasPrefix(path, "artifact/"):
			return "application/x-gzip"
		}
		return ""
	}), ZstdVariants(func(path string) bool { return strings.HasPrefix(path, "artifact/") }))
}

func TestContentTypes(t *testing.T) {
	_, h := variantsOf(t)
	for path, want := range map[string]string{
		"/registries":         "text/plain",
		"/artifact/1":         "application/x-gzip",
		"/artifact/link":      "application/x-gzip",
		"/artifact/1.tar.zst": "application/zstd",
		"/other/1":            "application/octet-stream",
		"/nothing":            "text/plain; charset=utf-8",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			head := ask(t, h, method, path).Header
			if got := head.Get("Content-Type"); got != want || head.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s %s: %v, want type %s", method, path, head, want)
			}
		}
	}
}

func TestZstdVariants(t *testing.T) {
	m, h := variantsOf(t)
	const yes, no = "Accept-Encoding: zstd, gzip", "Accept-Encoding: gzip"
	const forever, vary = "public, max-age=31536000, immutable", "Accept-Encoding"
	for _, test := range []struct{ path, accept, want, contentType, cache, vary string }{
		{"artifact/1", yes, variant, "application/zstd", forever, vary},
		{"artifact/1", no, plain, "application/x-gzip", forever, vary},
		{"artifact/1.tar.zst", no, variant, "application/zstd", forever, ""},
		{"artifact/1.tar.zst", yes, variant, "application/zstd", forever, ""},
		{"artifact/2", yes, "only gzip", "application/x-gzip", forever, ""},
		{"artifact/2", no, "only gzip", "application/x-gzip", forever, ""},
		{"artifact/3", yes, "only zstd", "application/zstd", forever, vary},
		{"other/1", yes, plain, "application/octet-stream", "no-cache", ""},
		{"artifact/link", yes, variant, "application/zstd", "no-cache", vary},
		{"artifact/link", no, plain, "application/x-gzip", "no-cache", vary},
		{"artifact/linked", yes, variant, "application/zstd", "no-cache", vary},
		{"artifact/linked", no, "no variant of its own", "application/x-gzip", forever, vary},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			resp := ask(t, h, method, "/"+test.path, test.accept)
			sent := test.want
			if method == "HEAD" {
				sent = ""
			}
			if resp.ContentLength != int64(len(test.want)) {
				t.Errorf("%s %s: Content-Length %d", method, test.path, resp.ContentLength)
			}
			head := expect(t, resp, 200, sent)
			for name, want := range map[string]string{
				"ETag": quoted(m, test.want), "Content-Type": test.contentType, "Cache-Control": test.cache,
				"Vary": test.vary, "Content-Encoding": "",
			} {
				if got := head.Get(name); got != want {
					t.Errorf("%s %s with %s: %s is %q, want %q", method, test.path, test.accept, name, got, want)
				}
			}
		}
	}
	if head := expect(t, ask(t, h, "GET", "/artifact/3", no), 404, "not found\n"); head.Get("Vary") != vary {
		t.Errorf("404 where others get a variant: %v", head)
	}
}

// What a client has of one variant says nothing about the other.
func TestVariantsAreApart(t *testing.T) {
	m, h := variantsOf(t)
	const path, yes = "/artifact/1", "Accept-Encoding: zstd"
	ofPlain, ofVariant := quoted(m, plain), quoted(m, variant)
	expect(t, ask(t, h, "GET", path, yes, "If-None-Match: "+ofPlain), 200, variant)
	expect(t, ask(t, h, "GET", path, "If-None-Match: "+ofVariant), 200, plain)
	if head := expect(t, ask(t, h, "GET", path, yes, "If-None-Match: "+ofVariant), 304, ""); head.Get("Vary") == "" || head.Get("ETag") != ofVariant {
		t.Errorf("304 with %v", head)
	}
	expect(t, ask(t, h, "GET", path, "If-None-Match: "+ofPlain), 304, "")
	expect(t, ask(t, h, "GET", path, yes, "Range: bytes=2-5"), 206, variant[2:6])
	expect(t, ask(t, h, "GET", path, "Range: bytes=2-5"), 206, plain[2:6])
	expect(t, ask(t, h, "GET", path, yes, "Range: bytes=2-5", "If-Range: "+ofPlain), 200, variant)
	expect(t, ask(t, h, "GET", path, yes, "Range: bytes=2-5", "If-Range: "+ofVariant), 206, variant[2:6])
	resp := ask(t, h, "GET", path, "Range: bytes=20-")
	if resp.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("a range of the longer variant: %d", resp.StatusCode)
	}
}

func TestAccepts(t *testing.T) {
	for value, want := range map[string]bool{
		"":                        false,
		"zstd":                    true,
		"ZSTD":                    true,
		"zstd, gzip":              true,
		"gzip,zstd":               true,
		"gzip , zstd ; q=0.5":     true,
		"zstd;q=1.000":            true,
		"zstd;Q=0.001":            true,
		"zstd;q=0":                false,
		"zstd; q=0.000":           false,
		"gzip, zstd;q=0, br":      false,
		"zstd;q=":                 false,
		"zstd;q=nan":              false,
		"zstd;q=-1":               false,
		"zstd;q=2":                false,
		"zstd;x=1":                false,
		"zstd;":                   true,
		"x-zstd, zstdx, zst":      false,
		"*":                       false,
		"gzip":                    false,
		"gzip;zstd":               false,
		strings.Repeat(",", 1000): false,
	} {
		if got := acceptsZstd([]string{"br", value}); got != want {
			t.Errorf("acceptsZstd(%.40q) = %v", value, got)
		}
	}
	if acceptsZstd(nil) {
		t.Error("no header names it")
	}
}

func FuzzAccepts(f *testing.F) {
	f.Add("gzip, zstd;q=0.5")
	f.Fuzz(func(t *testing.T, value string) {
		if acceptsZstd([]string{value}) && !strings.Contains(strings.ToLower(value), "zstd") {
			t.Errorf("%q does not name it", value)
		}
	})
}
