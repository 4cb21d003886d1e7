package julia_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliaup"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// otherView is a view in which some files hold something else, or are not there.
type otherView struct {
	layout.View
	data map[string]string
	gone []string
}

func (v *otherView) change(e layout.Entry) layout.Entry {
	if text, ok := v.data[e.Path]; ok {
		e.Object, e.Size = store.ID(sha256.Sum256([]byte(text))), int64(len(text))
	}
	return e
}

func (v *otherView) Lookup(path string) (layout.Entry, bool) {
	e, ok := v.View.Lookup(path)
	if _, made := v.data[path]; made {
		e.Path, ok = path, true
	}
	return v.change(e), ok && !slices.Contains(v.gone, path)
}

func (v *otherView) All(prefix string) iter.Seq[layout.Entry] {
	return func(yield func(layout.Entry) bool) {
		var list []layout.Entry
		for e := range v.View.All(prefix) {
			list = append(list, e)
		}
		for path := range v.data {
			if _, there := v.View.Lookup(path); !there && strings.HasPrefix(path, prefix) {
				list = append(list, layout.Entry{Path: path})
			}
		}
		slices.SortFunc(list, func(a, b layout.Entry) int { return strings.Compare(a.Path, b.Path) })
		for _, e := range list {
			if !slices.Contains(v.gone, e.Path) && !yield(v.change(e)) {
				return
			}
		}
	}
}

type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

func (v *otherView) Open(e layout.Entry) (layout.File, error) {
	if text, ok := v.data[e.Path]; ok {
		return memory{bytes.NewReader([]byte(text))}, nil
	}
	return v.View.Open(e)
}

// julianDamage returns what the driver finds wrong with a changed mirror, "path: why".
func (w *world) julianDamage(data map[string]string, gone ...string) []string {
	w.t.Helper()
	var found []string
	w.root.Current(func(view layout.View) {
		prover := w.driver().(ecosystems.Prover)
		for path, err := range prover.Prove(context.Background(), &otherView{view, data, gone}) {
			found = append(found, path+": "+err.Error())
		}
	})
	return found
}

func TestProofOfReleases(t *testing.T) {
	w := newJuliaupWorld(t, "lts", "nightly")
	w.PublishNightly("", "1.14.0-DEV", "monday")
	w.options.BaseURL = "https://mirror.example/julia"
	w.mustSync()
	if found := w.julianDamage(nil); len(found) > 0 {
		t.Fatalf("nothing is wrong, but %v", found)
	}
	database := juliaup.DatabasePath(w.database(linux).Version, linux)
	program := "juliaup/bin/juliaup-1.18.9-" + linux + ".tar.gz"
	installer := "juliaup/bin/juliainstaller-1.18.9-" + linux
	text := func(path string) string { return string(w.published(path)) }
	for name, c := range map[string]struct {
		path, text string
		want       string // "path: part of the reason"
	}{
		"archive":        {lts, "other", lts + ": its SHA-256 is"},
		"signature":      {lts + ".asc", "other", lts + ".asc: it is not the signature"},
		"checksums":      {ltsSums, strings.Repeat("0", 64) + "  julia-1.10.9-linux-x86_64.tar.gz", ltsSums + ": it says 000"},
		"md5":            {ltsMD5, "<html>", ltsMD5 + ": \"<html>\" is no line"},
		"list":           {"bin/versions.json", "[]", "bin/versions.json: versions.json is not an object"},
		"other list":     {"bin/versions.json", "{}", lts + ": versions.json does not list it"},
		"stranger":       {"bin/linux/x64/1.10/julia-stranger.tar.gz", "", "bin/linux/x64/1.10/julia-stranger.tar.gz: versions.json does not list it"},
		"local list":     {"bin/versions.local.json", text("bin/versions.json"), "bin/versions.local.json: it lists "},
		"no local list":  {"bin/versions.local.json", "3", "bin/versions.local.json: versions.json is not an object"},
		"nightlies":      {"bin/nightlies.json", string(w.upstreamHas("bin/nightlies.json")), "bin/nightlies.json: it lists builds that are not here"},
		"no nightlies":   {"bin/nightlies.json", "3", "bin/nightlies.json: nightlies.json is not"},
		"number":         {juliaup.VersionPath, "1.0.91", juliaup.VersionPath + ": there is no database of version 1.0.91"},
		"no number":      {"juliaup/DBVERSION", "x", "juliaup/DBVERSION: version \"x\" has no number"},
		"database":       {database, string(w.upstreamHas("juliaup/versiondb/versiondb-1.0.91-" + linux + ".json")), database + ": it says that it is version 1.0.91"},
		"no database":    {database, "{}", database + ": juliaup database has no version"},
		"older database": {"juliaup/versiondb/versiondb-1.0.5-" + linux + ".json", strings.ReplaceAll(text(database), "1.0.92000", "1.0.5"), "versiondb-1.0.5-" + linux + ".json: it says that it is version 1.0.5, to which nothing leads"},
		"program":        {program, "other", program + ": it is no gzipped tarball"},
		"installer":      {installer, "other", installer + ": it is no program"},
	} {
		found := w.julianDamage(map[string]string{c.path: c.text})
		if !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, c.want) }) {
			t.Errorf("%s: found %q, want %q", name, found, c.want)
		}
		for _, s := range found {
			if strings.Contains(s, "\n") {
				t.Errorf("%s: %q is not one line", name, s)
			}
		}
	}
	for path, want := range map[string]string{
		lts:     "bin/versions.local.json: it lists " + lts + ", which is not here",
		nightly: "bin/nightlies.json: it lists builds that are not here",
	} {
		found := w.julianDamage(nil, path)
		if !slices.ContainsFunc(found, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("without %s: %q", path, found)
		}
	}
	if found := w.julianDamage(nil, lts); !slices.Contains(found, database+": it names "+lts+", which is not here") {
		t.Errorf("%q", found)
	}
}

// A proof ends when nobody listens.
func TestProofOfReleasesEnds(t *testing.T) {
	w := newJuliaWorld(t, "all")
	w.mustSync()
	w.root.Current(func(view layout.View) {
		n := 0
		bad := &otherView{View: view, data: map[string]string{"bin/versions.json": "{}"}}
		for range w.driver().(ecosystems.Prover).Prove(context.Background(), bad) {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%d", n)
		}
	})
}
