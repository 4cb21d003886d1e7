//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
)

// TestPage looks at the page for people as people do: with Chromium, by keyboard, in both colour schemes, with
// scripts and without.
func TestPage(t *testing.T) {
	site := newPageSite(t)
	t.Run("look", func(t *testing.T) { testPageLook(t, site) })
	t.Run("keyboard", func(t *testing.T) { testPageKeyboard(t, site) })
	t.Run("copy", func(t *testing.T) { testPageCopy(t, site) })
	t.Run("without_scripts", func(t *testing.T) { testPageWithoutScripts(t, site) })
}

// newPageSite serves a mirror of Hex and Julia with a few snapshots and returns its base URL.
func newPageSite(t *testing.T) string {
	t.Helper()
	hex := hexpmtest.New()
	hexServer := httptest.NewServer(hex)
	t.Cleanup(hexServer.Close)
	var julia *juliatest.Upstream
	juliaServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { julia.ServeHTTP(w, r) }))
	t.Cleanup(juliaServer.Close)
	julia = juliatest.New(juliatest.WithBaseURL(juliaServer.URL))

	folder := newFolder(t)
	key := filepath.Join(folder, "key.pem")
	writeFile(t, key, string(hex.PublicKey().PEM()))
	m := mirror{t: t, root: filepath.Join(folder, "mirror"), ecosystem: "hex", sync: []string{"--upstream", hexServer.URL, "--public-key", key, "--installs", "none"}}
	hex.Publish("mime", "2.0.0")
	for i := range 12 {
		hex.Publish("plug", fmt.Sprintf("1.%d.0", i), hexpmtest.Dep("mime", "~> 2.0"))
		for j := range i / 2 {
			hex.Publish(fmt.Sprintf("plug_%c%c", 'a'+i, 'a'+j), "0.1.0", hexpmtest.Dep("plug", "~> 1.0"))
		}
		m.synced()
	}
	julia.Publish("Parsers", juliatest.Version{Number: "2.8.1"})
	julia.Publish("JSON", juliatest.Version{Number: "0.21.4", Deps: []string{"Parsers 2"}})
	julia.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu", "aarch64-apple-darwin")
	j := m
	j.ecosystem, j.sync = "julia", []string{"--upstream", juliaServer.URL}
	j.synced()
	return m.start()
}

func testPageLook(t *testing.T, site string) {
	b := newBrowser(t, true)
	b.call(http.MethodPost, "/window/rect", map[string]int{"width": 1200, "height": 1900}, nil)
	grounds := map[string]bool{}
	for _, scheme := range []string{"light", "dark"} {
		b.colours(scheme)
		for _, path := range []string{"/", "/hex/", "/hex/?q=plug+1.11", "/julia/?q=zlib_jll", "/hex/?from=&to=", "/hex/@current/"} {
			b.open(site + path)
			b.readable(path)
		}
		grounds[b.css("html", "background-color")] = true
		b.open(site + "/hex/")
		if n := b.visible("figure svg rect"); n != 12 {
			t.Errorf("the picture of the growth has %d bars, want 12", n)
		}
		b.screenshot(map[string]string{"light": "page.png", "dark": "page-dark.png"}[scheme])
	}
	if len(grounds) != 2 {
		t.Errorf("light and dark have the same ground: %v", grounds)
	}
	urls, console := b.requested()
	if len(urls) == 0 {
		t.Error("no request was seen: the log is of no use")
	}
	for _, url := range urls {
		if !strings.HasPrefix(url, site+"/") && !strings.HasPrefix(url, "data:") && !strings.HasPrefix(url, "chrome") {
			t.Errorf("a page asked for %s", url)
		}
	}
	for _, said := range console {
		if !strings.HasPrefix(said, "chrome://") { // of the empty page at the beginning
			t.Errorf("the console says %q", said)
		}
	}

	// What gets into a page all the same runs nothing and loads nothing.
	b.open(site + "/hex/")
	b.run(`const s = document.createElement("script"); s.textContent = "document.title = 'injected'"; document.body.append(s);
		const i = new Image(); i.src = "http://127.0.0.1:9/x.png"; document.body.append(i);`, nil)
	var title string
	b.call(http.MethodGet, "/title", nil, &title)
	if strings.Contains(title, "injected") {
		t.Error("an inline script ran")
	}
	b.eventually("complain about the picture", func() bool {
		_, console := b.requested()
		return strings.Contains(strings.Join(console, "\n"), "http://127.0.0.1:9/x.png")
	})
}

// contrasts computes the contrast (WCAG 2) of each text with what is behind it, and returns those below 4.5.
const contrasts = `
	const light = c => { const [r, g, b] = c.match(/[\d.]+/g).map(Number).map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
	const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\)$/.test(c)) return c; } return "rgb(255, 255, 255)"; };
	const bad = [];
	for (const e of document.body.querySelectorAll("*")) {
		if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
		const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
		if ((a + .05) / (b + .05) < 4.5) bad.push(e.tagName + " " + e.className + ": " + e.textContent.slice(0, 40));
	}
	return bad;`

// outline returns what a reader by ear would stumble over: headings that skip a level, fields and pictures without a
// name, a page wider than the window.
const outline = `
	const bad = [];
	let level = 0;
	for (const h of document.querySelectorAll("h1, h2, h3, h4")) {
		const n = Number(h.tagName[1]);
		if (n > level + 1) bad.push("heading skips a level: " + h.textContent);
		level = n;
	}
	if (document.querySelectorAll("h1").length !== 1) bad.push("not one h1");
	for (const f of document.querySelectorAll("input, select")) if (!f.labels.length) bad.push("no label: " + f.name);
	for (const s of document.querySelectorAll("[role=img]")) if (!s.getAttribute("aria-label")) bad.push("a picture without words");
	const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
	if (new Set(ids).size !== ids.length) bad.push("an id twice");
	if (document.documentElement.scrollWidth > innerWidth) bad.push("wider than the window");
	if (!document.documentElement.lang) bad.push("no language");
	return bad;`

func (b *browser) readable(what string) {
	b.t.Helper()
	for _, script := range []string{contrasts, outline} {
		var bad []string
		if b.run(script, &bad); len(bad) > 0 {
			b.t.Errorf("%s: %q", what, bad)
		}
	}
}

func testPageKeyboard(t *testing.T, site string) {
	b := newBrowser(t, true)
	b.open(site + "/")
	b.press(tabKey)
	if got := b.focused(); got != "Skip to the content" {
		t.Fatalf("the first key leads to %q", got)
	}
	if got := b.css("a.skip", "left"); strings.HasPrefix(got, "-") {
		t.Errorf("the skip link cannot be seen while it has the focus: left is %s", got)
	}
	b.press(enterKey)
	b.press(tabKey)
	if got := b.focused(); !strings.HasPrefix(got, "Search everything") {
		t.Fatalf("behind the skip link comes %q", got)
	}
	if got := b.css("#q", "outline-style"); got != "solid" {
		t.Errorf("the focus cannot be seen: outline is %s", got)
	}
	b.press("plug 1.11" + enterKey)
	b.eventually("the search", func() bool { return strings.Contains(b.url(), "?q=plug") })
	found := b.text("main")
	for _, want := range []string{"1.11.0", "outer checksum", "registry signed by", "tarballs/plug-1.11.0.tar"} {
		if !strings.Contains(found, want) {
			t.Errorf("the search does not show %q:\n%s", want, found)
		}
	}
}

func testPageCopy(t *testing.T, site string) {
	b := newBrowser(t, true)
	b.cdp("Browser.grantPermissions", map[string]any{"permissions": []string{"clipboardReadWrite", "clipboardSanitizedWrite"}})
	b.open(site + "/hex/")
	want := b.text(".code pre")
	if b.css(".code button", "display") == "none" {
		t.Fatal("there is no copy button")
	}
	b.call(http.MethodPost, "/element/"+b.element(".code button")+"/click", map[string]any{}, nil)
	b.eventually("say that it was copied", func() bool { return b.text(".code button") == "Copied" })
	var got string
	b.call(http.MethodPost, "/execute/async", map[string]any{"script": "const done = arguments[0]; navigator.clipboard.readText().then(done, e => done(String(e)))", "args": []any{}}, &got)
	if got != want || !strings.HasPrefix(got, "curl -fo offmirror.pem "+site+"/hex/") {
		t.Errorf("copied %q, want %q", got, want)
	}

	// Without a clipboard, as over plain HTTP from another machine, the text is selected.
	b.run(`Object.defineProperty(navigator, "clipboard", {value: undefined}); document.execCommand = () => false`, nil)
	b.call(http.MethodPost, "/element/"+b.element(".code button")+"/click", map[string]any{}, nil)
	b.eventually("select the text", func() bool {
		var selected string
		b.run("return String(getSelection())", &selected)
		return selected == want
	})
	if said := b.css("#said", "position"); said != "absolute" {
		t.Errorf("what is said for readers by ear is shown: %s", said)
	}
}

func testPageWithoutScripts(t *testing.T, site string) {
	b := newBrowser(t, false)
	b.open(site + "/hex/")
	text := b.text("main")
	for _, want := range []string{"export HEX_MIRROR=" + site + "/hex", "What changed", "Kept snapshots", "Nothing: the snapshot has all"} {
		if !strings.Contains(text, want) {
			t.Errorf("without scripts there is no %q:\n%s", want, text)
		}
	}
	if n := b.visible("button.copy"); n != 0 {
		t.Errorf("%d copy buttons that cannot work", n)
	}
	b.call(http.MethodPost, "/element/"+b.element("#snapshots ~ form button")+"/click", map[string]any{}, nil)
	b.eventually("the comparison", func() bool { return strings.Contains(b.url(), "from=") })
	if got := b.text("h2"); !strings.Contains(got, "added") {
		t.Errorf("the comparison says %q", got)
	}
}
