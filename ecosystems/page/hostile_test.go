package page_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
)

// attack is markup that would run or load something in each place where text may stand.
const attack = `"'><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}javascript:alert(1)`

// hostileDriver has found things with hostile names.
type hostileDriver struct{ plainDriver }

func (hostileDriver) Clients(baseURL string) []ecosystems.ClientSetup {
	return []ecosystems.ClientSetup{{Client: attack, Steps: []ecosystems.Step{{Text: attack, File: attack, Code: baseURL + attack}}}}
}

func (d hostileDriver) Index(context.Context, layout.View) (ecosystems.Index, error) { return d, nil }

func (hostileDriver) Search(_ context.Context, _ ecosystems.Query, limit int) (hits []ecosystems.Hit) {
	for range limit {
		hits = append(hits, ecosystems.Hit{
			Kind: attack, Name: attack + "\u202egnp.exe", Version: attack, Path: "a/" + attack, Note: attack, Licence: attack, Here: true,
			Proofs: []ecosystems.Proof{{How: attack, Value: strings.Repeat("z", 10_000)}}, Origins: []string{"javascript:alert(1)", attack},
		})
	}
	return hits
}

func TestHostileInput(t *testing.T) {
	w := newWorld(t)
	missing := []layout.Missing{{Path: attack, Name: attack, Reason: attack + "\u202e\x1b[31m\x00"}}
	first := w.plain("hex", layout.Header{Missing: missing}, map[string]string{"<script>alert(1)<\u2044script>": "1", "names": "n"})
	w.plain("hex", layout.Header{Missing: missing}, map[string]string{"<img src=x onerror=alert(1)>": "2", "javascript:alert(1)": "3", "names": "n"})
	w.drivers["hex"] = hostileDriver{}
	w.serve()
	q := url.QueryEscape(attack)
	for _, target := range []string{
		"/", "/?q=" + q, "/?q=<script>alert(1)</script>", "/hex/", "/hex/?q=" + q, "/hex/?from=" + q + "&to=" + q, "/hex/?from=&to=", "/hex/@" + first.ID + "/",
		"/hex/@" + first.ID[:6] + "/?q=a", "/hex/?from=&to=&offset=" + q, "/hex/?q=" + strings.Repeat("a", 5000), "/hex/?q=%ff%00%e2%80%ae",
	} {
		for _, host := range []string{"mirror.corp", `x"><script>alert(1)</script>`, "x'onmouseover='alert(1)"} {
			resp := w.get(strings.NewReplacer("<", "%3C", ">", "%3E", " ", "%20").Replace(target), func(r *http.Request) { r.Host = host })
			text := body(t, resp)
			for _, bad := range []string{"<script>", "<img src", "onmouseover='", `href="javascript`, "\u202e", "\x1b", "\x00", "ZgotmplZ", strings.Repeat("z", 500)} {
				if strings.Contains(text, bad) {
					at := strings.Index(text, bad)
					t.Errorf("%s for %s has %q: …%s…", target, host, bad, text[max(0, at-80):min(len(text), at+80)])
				}
			}
			if strings.Contains(text, " onerror=alert") && !strings.Contains(text, "&lt;img src=x onerror=alert") && !strings.Contains(text, "%3Cimg") {
				t.Errorf("%s: an attribute got through", target)
			}
			secured(t, target, resp)
		}
	}
}

// secured fails the test unless an answer has what browsers are to keep to.
func secured(t *testing.T, target string, resp *http.Response) {
	t.Helper()
	policy := resp.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; ") || strings.Contains(policy, "unsafe") {
		t.Errorf("%s: Content-Security-Policy: %s", target, policy)
	}
	if resp.Header.Get("X-Content-Type-Options") != "nosniff" || resp.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%s: headers %v", target, resp.Header)
	}
}

func TestNoInlineScriptsOrStyles(t *testing.T) {
	w := newWorld(t)
	w.hex(sampleHex())
	w.serve()
	for _, target := range []string{"/", "/hex/", "/hex/?q=plug", "/hex/?from=&to="} {
		text := body(t, w.get(target))
		for _, bad := range []string{"<style", " style=", "javascript:", " onclick", "http-equiv", "@import"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s has %q", target, bad)
			}
		}
		if strings.Count(text, "<script") != 1 || !strings.Contains(text, `-/page.js" defer></script>`) {
			t.Errorf("%s has other scripts than the one", target)
		}
	}
	for _, target := range []string{"/-/page.css", "/-/page.js", "/-/icon.svg", "/hex/-/page.css"} {
		resp := w.get(target)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", target, resp.StatusCode)
		}
		secured(t, target, resp)
		if text := body(t, resp); strings.Contains(strings.ReplaceAll(text, "http://www.w3.org/2000/svg", ""), "//") && strings.HasSuffix(target, ".css") || strings.Contains(text, "url(") {
			t.Errorf("%s asks for something", target)
		}
	}
	for _, target := range []string{"/-/", "/-/doc.go", "/-/page.css/x", "/hex/-/../page.css", "/-/assets/page.css"} {
		if resp := w.get(target); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", target, resp.StatusCode)
		}
	}
}

func TestHostileAPI(t *testing.T) {
	w := newWorld(t)
	w.plain("hex", layout.Header{Missing: []layout.Missing{{Reason: attack}}}, map[string]string{"names": "n"})
	w.drivers["hex"] = hostileDriver{}
	w.serve()
	for target, want := range map[string]int{
		"/api/v1/": 200, "/api/v1": 200, "/api": 404, "/api/": 404, "/api/v2/": 404, "/api/v1/nothing": 404, "/api/v1/search": 400, "/api/v1/search?q=%20": 400,
		"/api/v1/search?q=a": 200, "/api/v1/search?q=a&limit=x": 400, "/api/v1/search?q=a&limit=0": 400, "/api/v1/search?q=a&limit=999999": 200,
		"/api/v1/ecosystems": 404, "/api/v1/ecosystems/hex": 200, "/api/v1/ecosystems/nobody": 404, "/api/v1/ecosystems/hex/snapshots/": 200,
		"/api/v1/ecosystems/hex/diff": 404, "/api/v1/ecosystems/hex/diff?from=current&to=current": 200, "/api/v1/ecosystems/hex/diff?from=nobody": 404,
		"/api/v1/ecosystems/hex/diff?from=current&offset=-1": 400, "/api/v1/ecosystems/hex/search?q=a&in=nobody": 200, "/api/v1/ecosystems/hex/snapshots/x": 404,
	} {
		resp := w.get(target)
		text := body(t, resp)
		secured(t, target, resp)
		if resp.StatusCode != want || resp.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s, want %d\n%.300s", target, resp.StatusCode, resp.Header.Get("Content-Type"), want, text)
		}
		var answer struct {
			Version int
			Error   string
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.Version != 1 || (answer.Error != "") != (want != 200) || strings.Contains(text, "<script") {
			t.Errorf("%s: %v %.300s", target, err, text)
		}
	}
	for _, target := range []string{"/", "/api/v1/", "/hex/-/page.css"} {
		resp := w.get(target, func(r *http.Request) { r.Method = http.MethodPost })
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s: %d", target, resp.StatusCode)
		}
		resp = w.get(target, func(r *http.Request) { r.Method = http.MethodHead })
		if text := body(t, resp); resp.StatusCode != http.StatusOK || text != "" || resp.Header.Get("Content-Length") == "" {
			t.Errorf("HEAD %s: %d %q", target, resp.StatusCode, text)
		}
	}
}

func TestClosedEcosystems(t *testing.T) {
	w := newWorld(t)
	w.plain("hex", layout.Header{}, map[string]string{"names": "n", "secret-package": "s"})
	w.plain("julia", layout.Header{}, map[string]string{"registries": "r", "secret-of-nobody": "s"})
	w.serve()
	closed := func(r *http.Request) { *r = *withOpen(r, "julia") }
	for _, target := range []string{"/", "/?q=secret", "/api/v1/", "/api/v1/search?q=secret"} {
		text := body(t, w.get(target, closed))
		if strings.Contains(text, "secret-package") || strings.Contains(text, `"snapshot": "`+w.current("hex")) || strings.Contains(text, w.current("hex")[:10]) {
			t.Errorf("%s tells of what is closed:\n%s", target, text)
		}
		if strings.Contains(target, "secret") && !strings.Contains(text, "secret-of-nobody") {
			t.Errorf("%s does not find what is open:\n%s", target, text)
		}
	}
	if text := body(t, w.get("/", closed)); !strings.Contains(text, "needs a login") || !strings.Contains(text, `href="hex/"`) {
		t.Errorf("no way to log in:\n%s", text)
	}
}
