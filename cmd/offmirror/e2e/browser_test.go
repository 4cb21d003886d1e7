//go:build e2e

package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A browser is a headless Chromium with one window, driven by the WebDriver protocol.
type browser struct {
	t       testing.TB
	session string // URL of the session at chromedriver
}

// newBrowser starts one with a fresh profile, whose pages may run scripts or not. It ends with the test.
func newBrowser(t testing.TB, script bool) *browser {
	t.Helper()
	h := newHome(t, browsers)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	b := &browser{t: t, session: "http://127.0.0.1:" + port}
	h.serve("127.0.0.1:"+port, "chromedriver", "--port="+port)
	scripts := 1
	if !script {
		scripts = 2
	}
	options := map[string]any{
		"binary": "/usr/bin/chromium",
		"args": []string{
			"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1",
			"--window-size=1200,900", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe", "--user-data-dir=" + h.dir + "/profile",
		},
		"prefs": map[string]any{"profile.managed_default_content_settings.javascript": scripts, "profile.default_content_setting_values.javascript": scripts},
	}
	var created struct {
		SessionID string `json:"sessionId"`
	}
	b.call(http.MethodPost, "/session", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": map[string]string{"performance": "ALL", "browser": "ALL"},
	}}}, &created)
	b.session += "/session/" + created.SessionID
	t.Cleanup(func() { b.try(http.MethodDelete, "", nil, nil) })
	return b
}

// call does one command and decodes its value.
func (b *browser) call(method, path string, body, value any) {
	b.t.Helper()
	if err := b.try(method, path, body, value); err != nil {
		b.t.Fatalf("browser: %s %s: %v", method, path, err)
	}
}

func (b *browser) try(method, path string, body, value any) error {
	var in io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		in = bytes.NewReader(data)
	}
	r, err := http.NewRequest(method, b.session+path, in)
	if err != nil {
		return err
	}
	client := http.Client{Timeout: patience}
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %.600s", resp.Status, data)
	}
	if value == nil {
		return nil
	}
	return json.Unmarshal(data, &struct{ Value any }{value})
}

// open goes to a page and waits until it is there.
func (b *browser) open(url string) {
	b.t.Helper()
	b.call(http.MethodPost, "/url", map[string]string{"url": url}, nil)
}

// url is where the window is.
func (b *browser) url() (at string) {
	b.t.Helper()
	b.call(http.MethodGet, "/url", nil, &at)
	return at
}

// cdp sends a command of the DevTools protocol.
func (b *browser) cdp(command string, params map[string]any) {
	b.t.Helper()
	b.call(http.MethodPost, "/goog/cdp/execute", map[string]any{"cmd": command, "params": params}, nil)
}

// colours makes pages believe that the user likes "light" or "dark".
func (b *browser) colours(scheme string) {
	b.t.Helper()
	b.cdp("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
}

const elementKey = "element-6066-11e4-a52e-4f735466cecf"

// element finds the first element of a CSS selector.
func (b *browser) element(selector string) string {
	b.t.Helper()
	var found map[string]string
	b.call(http.MethodPost, "/element", map[string]string{"using": "css selector", "value": selector}, &found)
	return found[elementKey]
}

// visible counts the elements of a CSS selector that can be seen.
func (b *browser) visible(selector string) (n int) {
	b.t.Helper()
	var all []map[string]string
	b.call(http.MethodPost, "/elements", map[string]string{"using": "css selector", "value": selector}, &all)
	for _, e := range all {
		var shown bool
		b.call(http.MethodGet, "/element/"+e[elementKey]+"/displayed", nil, &shown)
		if shown {
			n++
		}
	}
	return n
}

// text is what can be read of an element.
func (b *browser) text(selector string) (text string) {
	b.t.Helper()
	b.call(http.MethodGet, "/element/"+b.element(selector)+"/text", nil, &text)
	return text
}

// css is a computed property of an element.
func (b *browser) css(selector, property string) (value string) {
	b.t.Helper()
	b.call(http.MethodGet, "/element/"+b.element(selector)+"/css/"+property, nil, &value)
	return value
}

// focused describes the element that keys go to: its tag and the text or name of it.
func (b *browser) focused() (text string) {
	b.t.Helper()
	var e map[string]string
	b.call(http.MethodGet, "/element/active", nil, &e)
	b.call(http.MethodGet, "/element/"+e[elementKey]+"/computedlabel", nil, &text)
	return text
}

// Keys as WebDriver writes them.
const (
	tabKey   = "\ue004"
	enterKey = "\ue007"
)

// press presses keys one after the other, wherever the focus is.
func (b *browser) press(keys string) {
	b.t.Helper()
	var actions []map[string]string
	for _, r := range keys {
		actions = append(actions, map[string]string{"type": "keyDown", "value": string(r)}, map[string]string{"type": "keyUp", "value": string(r)})
	}
	b.call(http.MethodPost, "/actions", map[string]any{"actions": []any{map[string]any{"type": "key", "id": "keyboard", "actions": actions}}}, nil)
}

// run runs a script in the page and returns what it comes to.
func (b *browser) run(script string, value any) {
	b.t.Helper()
	b.call(http.MethodPost, "/execute/sync", map[string]any{"script": script, "args": []any{}}, value)
}

// eventually waits until something holds, as what a page does takes a moment.
func (b *browser) eventually(what string, holds func() bool) {
	b.t.Helper()
	for until := time.Now().Add(30 * time.Second); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			b.t.Fatalf("browser: it never came to %s", what)
		}
	}
}

// requested returns the URLs that the window has asked for since the last call, and what the console said.
func (b *browser) requested() (urls, console []string) {
	b.t.Helper()
	var entries []struct{ Message string }
	b.call(http.MethodPost, "/se/log", map[string]string{"type": "performance"}, &entries)
	for _, e := range entries {
		var m struct {
			Message struct {
				Method string
				Params struct{ Request struct{ URL string } }
			}
		}
		if err := json.Unmarshal([]byte(e.Message), &m); err != nil {
			b.t.Fatal(err)
		}
		if m.Message.Method == "Network.requestWillBeSent" {
			urls = append(urls, m.Message.Params.Request.URL)
		}
	}
	b.call(http.MethodPost, "/se/log", map[string]string{"type": "browser"}, &entries)
	for _, e := range entries {
		console = append(console, e.Message)
	}
	return urls, console
}

// screenshot writes what the window shows to a file in the folder that OFFMIRROR_SCREENSHOTS names.
func (b *browser) screenshot(name string) {
	b.t.Helper()
	var data string
	b.call(http.MethodGet, "/screenshot", nil, &data)
	png, err := base64.StdEncoding.DecodeString(data)
	if err != nil || !strings.HasPrefix(string(png), "\x89PNG") {
		b.t.Fatalf("browser: no picture: %v", err)
	}
	if dir := os.Getenv("OFFMIRROR_SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name), png, 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
}
