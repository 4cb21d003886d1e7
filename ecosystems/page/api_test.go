package page_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/layout"
)

// TestAPI compares answers with files, which docs/api.md describes. OFFMIRROR_UPDATE_GOLDEN=1 writes them.
func TestAPI(t *testing.T) {
	w := newWorld(t)
	old := w.plain("hex", layout.Header{}, map[string]string{"names": "one", "gone": "x", "same": "s"})
	now := w.plain("hex", layout.Header{Missing: []layout.Missing{{Path: "tarballs/plug-9.tar", Name: "plug 9", Reason: "it is not there", Absent: true}}},
		map[string]string{"names": "two and more", "fresh": "y", "same": "s"})
	history, _ := w.mirror.History("hex")
	if err := history.Tag("stable", old.ID); err != nil {
		t.Fatal(err)
	}
	if err := history.Confirm(now.ID, w.now); err != nil {
		t.Fatal(err)
	}
	w.serve()
	for name, target := range map[string]string{
		"site": "/api/v1/", "ecosystem": "/api/v1/ecosystems/hex", "snapshots": "/api/v1/ecosystems/hex/snapshots", "diff": "/api/v1/ecosystems/hex/diff",
		"diff-page": "/api/v1/ecosystems/hex/diff?from=stable&to=current&offset=1&limit=1", "search": "/api/v1/search?q=NAME", "search-one": "/api/v1/ecosystems/hex/search?q=gone&in=stable",
		"error": "/api/v1/ecosystems/hex/diff?from=nobody", "not-found": "/api/v1/nothing",
	} {
		got := body(t, w.get("http://mirror.corp:8000"+target))
		if !json.Valid([]byte(got)) {
			t.Errorf("%s: no JSON: %s", target, got)
		}
		got = regexp.MustCompile(`"published": "[^"]+"`).ReplaceAllString(got, `"published": "TIME"`) // of a link on the disk
		file := filepath.Join("testdata", "api", name+".json")
		if os.Getenv("OFFMIRROR_UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s:\n%s", target, diff)
		}
	}
}

// Every member of every answer is documented.
func TestAPIIsDocumented(t *testing.T) {
	docs, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("testdata/api/*.json")
	if len(files) < 9 {
		t.Fatalf("%d files", len(files))
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\s*"([a-z0-9_]+)":`).FindAllStringSubmatch(string(data), -1) {
			if !strings.Contains(string(docs), "`"+m[1]+"`") {
				t.Errorf("%s: docs/api.md does not tell of %s", file, m[1])
			}
		}
	}
}

func TestAPIOfRealEcosystems(t *testing.T) {
	w := newWorld(t)
	up := sampleHex()
	w.hex(up)
	w.justmr("zlib-1.3.tar.gz")
	w.serve()
	var one struct {
		LastRun struct{ Published bool } `json:"last_run"`
		Clients []struct{ Client string }
	}
	w.json("/api/v1/ecosystems/hex", &one)
	if !one.LastRun.Published || len(one.Clients) == 0 {
		t.Errorf("%+v", one)
	}
	var found struct {
		Results []struct {
			Ecosystem string
			Hits      []struct{ Kind, Name, Version string }
		}
	}
	w.json("/api/v1/search?q=zlib", &found)
	if len(found.Results) != 2 || len(found.Results[0].Hits) != 0 || len(found.Results[1].Hits) == 0 || found.Results[1].Hits[0].Kind != "archive" {
		t.Errorf("%+v", found)
	}
	w.json("/api/v1/search?q=plug+1.15", &found)
	if hits := found.Results[0].Hits; len(hits) < 1 || hits[0].Kind != "version" || hits[0].Version != "1.15.0" {
		t.Errorf("%+v", found)
	}
}

// A host that nobody can have gets no URLs.
func TestAPIUnderAStrangeHost(t *testing.T) {
	w := newWorld(t)
	w.plain("hex", layout.Header{}, map[string]string{"names": "n"})
	w.serve()
	strange := func(r *http.Request) { r.Host = "evil'$(x)" }
	for _, target := range []string{"/api/v1/", "/api/v1/ecosystems/hex", "/api/v1/ecosystems/hex/snapshots"} {
		if text := body(t, w.get(target, strange)); strings.Contains(text, "evil") {
			t.Errorf("%s: %s", target, text)
		}
	}
}
