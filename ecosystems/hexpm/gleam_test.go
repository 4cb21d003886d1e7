package hexpm_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/layout"
)

// ask returns the answer of the driver's handler for what is published.
func (w *world) ask(method, path string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	answer := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w.root.Current(func(v layout.View) { w.driver().Serve(v).ServeHTTP(answer, r) })
	return answer
}

// What Gleam reads of hex.pm's answer, in the words of its own code.
type gleamRelease struct {
	Version      string `json:"version"`
	Checksum     string `json:"checksum"`
	Requirements map[string]struct {
		Requirement string  `json:"requirement"`
		Optional    bool    `json:"optional"`
		App         *string `json:"app"`
	} `json:"requirements"`
	Meta struct {
		App        string   `json:"app"`
		BuildTools []string `json:"build_tools"`
	} `json:"meta"`
}

func TestGleamLearnsOfARelease(t *testing.T) {
	w := newWorld(t)
	w.Publish("gleam_stdlib", "0.40.0")
	w.Publish("wisp", "1.2.0-rc.1+b", hexpmtest.Dep("gleam_stdlib", ">= 0.34.0 and < 2.0.0"), hexpmtest.App("wisp_app"),
		hexpmtest.Dependency(registry.Dependency{Package: "simplifile", App: "simple", Requirement: "~> 2.0", Optional: true}))
	w.mustSync()

	answer := w.ask(http.MethodGet, "/api/packages/wisp/releases/1.2.0-rc.1+b", "Accept", "application/json")
	if answer.Code != http.StatusOK || answer.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v\n%s", answer.Code, answer.Header(), answer.Body)
	}
	var got gleamRelease
	if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(w.read("tarballs/wisp-1.2.0-rc.1+b.tar"))
	if got.Version != "1.2.0-rc.1+b" || got.Checksum != hex.EncodeToString(sum[:]) || got.Meta.App != "wisp_app" || len(got.Meta.BuildTools) == 0 {
		t.Errorf("%+v", got)
	}
	stdlib, simplifile := got.Requirements["gleam_stdlib"], got.Requirements["simplifile"]
	if len(got.Requirements) != 2 || stdlib.Requirement != ">= 0.34.0 and < 2.0.0" || stdlib.Optional || *stdlib.App != "gleam_stdlib" ||
		!simplifile.Optional || *simplifile.App != "simple" {
		t.Errorf("requirements %+v", got.Requirements)
	}

	again := w.ask(http.MethodGet, "/api//packages/wisp/releases/1.2.0-rc.1+b/", "If-None-Match", answer.Header().Get("Etag"))
	if again.Code != http.StatusNotModified {
		t.Errorf("asked again: %d", again.Code)
	}
	head := w.ask(http.MethodHead, "/api/packages/wisp/releases/1.2.0-rc.1+b")
	if head.Code != http.StatusOK || head.Body.Len() != 0 || head.Header().Get("Content-Length") != answer.Header().Get("Content-Length") {
		t.Errorf("HEAD: %d %v", head.Code, head.Header())
	}
}

func TestWhatIsNoneOfGleamsQuestions(t *testing.T) {
	w := newWorld(t)
	w.Publish("plug", "1.0.0-2")
	w.mustSync()
	for path, want := range map[string]int{
		"/api/packages/plug/releases/1.0.0-2":                      http.StatusOK,
		"/api/packages/plug-1.0.0/releases/2":                      http.StatusNotFound, // the same file name
		"/api/packages/plug/releases/1.0.0":                        http.StatusNotFound,
		"/api/packages/nobody/releases/1.0.0":                      http.StatusNotFound,
		"/api/packages/plug/releases/":                             http.StatusNotFound,
		"/api/packages/plug/releases/..%2F..%2Fnames":              http.StatusNotFound,
		"/api/packages/..%2Fplug/releases/1.0.0-2":                 http.StatusNotFound,
		"/api/packages/plug/releases/1.0.0-2%00":                   http.StatusNotFound,
		"/api/packages/plug":                                       http.StatusNotFound,
		"/api/packages/plug/releases/" + strings.Repeat("1", 5000): http.StatusNotFound,
	} {
		if got := w.ask(http.MethodGet, path); got.Code != want {
			t.Errorf("%.80s: %d, want %d", path, got.Code, want)
		}
	}
	if got := w.ask(http.MethodPost, "/api/packages/plug/releases/1.0.0-2"); got.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", got.Code)
	}
	if diff := cmp.Diff(w.read("names"), w.ask(http.MethodGet, "/names").Body.Bytes()); diff != "" {
		t.Errorf("a plain file: %s", diff)
	}
}
