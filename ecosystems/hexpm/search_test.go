package hexpm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/layout"
)

// found writes hits as lines.
func (w *world) found(query string, limit int) (lines []string) {
	w.t.Helper()
	w.root.Current(func(view layout.View) {
		index, err := w.driver().(ecosystems.Searcher).Index(w.t.Context(), view)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, hit := range index.Search(w.t.Context(), ecosystems.ParseQuery(query), limit) {
			line := fmt.Sprintf("%s %s %s here=%v %s", hit.Kind, hit.Name, hit.Version, hit.Here, hit.Note)
			for _, p := range hit.Proofs {
				line += "; " + p.How
			}
			lines = append(lines, strings.TrimSpace(line))
		}
	})
	return lines
}

func TestSearch(t *testing.T) {
	w := newWorld(t)
	w.Publish("mime", "2.0.0")
	w.Publish("plug", "1.14.0", hexpmtest.Dep("mime", "~> 2.0"))
	w.Publish("plug", "1.15.0")
	w.Publish("plug_cowboy", "2.6.0")
	w.Publish("explug", "1.15.1")
	w.Retire("plug", "1.14.0", registry.RetiredSecurity, "bad idea")
	w.mustSync()
	const proofs = "; outer checksum (SHA-256); inner checksum (SHA-256); registry signed by"
	plug := "package plug  here=true 2 of 2 versions are here; registry signed by"
	newest, oldest := "version plug 1.15.0 here=true"+proofs, "version plug 1.14.0 here=true retired: security, bad idea"+proofs
	for query, want := range map[string][]string{
		"plug":        {plug, newest, oldest, "package plug_cowboy  here=true 1 of 1 versions are here; registry signed by", "package explug  here=true 1 of 1 versions are here; registry signed by"},
		"PLUG 1.15":   {newest, "version explug 1.15.1 here=true" + proofs},
		"cow plug":    {"package plug_cowboy  here=true 1 of 1 versions are here; registry signed by"},
		"plug v1.14":  {oldest},
		"plug nobody": nil, "nobody": nil, "": nil,
	} {
		got := w.found(query, 50)
		for i := range got {
			got[i] = strings.ReplaceAll(got[i], "here=true ;", "here=true;")
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q:\n got %q\nwant %q", query, got, want)
		}
	}
	if got := w.found("plug", 2); len(got) != 2 || got[0] != plug {
		t.Errorf("two of them: %q", got)
	}
}

// What a registry file says is believed only if it is signed.
func TestSearchProves(t *testing.T) {
	w := newWorld(t)
	w.Publish("plug", "1.15.0")
	w.mustSync()
	w.root.Current(func(view layout.View) {
		foreign, err := registry.GenerateSigningKey()
		if err != nil {
			t.Fatal(err)
		}
		w.options.PublicKey = w.file("foreign.pem", foreign.Public().PEM())
		index, err := w.driver().(ecosystems.Searcher).Index(t.Context(), view)
		if err != nil {
			t.Fatal(err)
		}
		hits := index.Search(t.Context(), ecosystems.ParseQuery("plug"), 10)
		if len(hits) != 1 || len(hits[0].Proofs) != 0 || !strings.Contains(hits[0].Note, "of no use") {
			t.Errorf("%+v", hits)
		}
	})
}
