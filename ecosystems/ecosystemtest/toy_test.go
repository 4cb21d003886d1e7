package ecosystemtest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// toy is the smallest ecosystem that keeps every promise: an index of lines
// "SHA256 PATH", and the files.
type toy struct {
	url  string
	flaw string // the promise that is broken, if any
}

type toyOptions struct {
	Upstream string `toml:"upstream" doc:"base URL"`
	flaw     string
}

func toyEcosystem() ecosystems.Ecosystem {
	return ecosystems.Ecosystem{
		Name: "toy", Aliases: []string{"example"}, Summary: "Files that an index names",
		Options: func() any { return &toyOptions{} },
		New: func(options any) (ecosystems.Driver, error) {
			o, ok := options.(*toyOptions)
			if !ok {
				return nil, errors.New("toy: wrong options")
			}
			return &toy{o.Upstream, o.flaw}, nil
		},
	}
}

type toyState struct{ Index string }

func (d *toy) Plan(ctx context.Context, in ecosystems.Input) iter.Seq2[ecosystems.Item, error] {
	return func(yield func(ecosystems.Item, error) bool) {
		if err := d.plan(ctx, in, func(it ecosystems.Item) bool { return yield(it, nil) }); err != nil {
			yield(ecosystems.Item{}, err)
		}
	}
}

func (d *toy) plan(ctx context.Context, in ecosystems.Input, emit func(ecosystems.Item) bool) error {
	index, err := in.Upstream.Document(ctx, fetch.Request{URL: d.url + "/index", MaxSize: 1 << 20})
	if err != nil {
		return err
	}
	var state toyState
	found, err := in.State.Load(&state)
	if err != nil {
		return err
	}
	if found && in.Previous != nil && state.Index == index.ID.String() && d.flaw != "unchanged" {
		return ecosystems.ErrUnchanged
	}
	entry := ecosystems.Item{
		Path: "index", Stage: layout.Index, Name: "index", Reason: "names the files",
		Source: ecosystems.Have{Object: index.Object},
	}
	items := append(toyItems(d.url, index.Data),
		ecosystems.Item{Path: "latest", Name: "latest", Reason: "people ask for it", Source: ecosystems.Link{Target: "files/a"}},
		ecosystems.Item{Path: "old/files", Name: "old name", Reason: "people ask for it", Source: ecosystems.Link{Target: "../files"}})
	switch d.flaw {
	case "order":
		items = append([]ecosystems.Item{entry}, items...)
	case "names":
		items[0].Name = ""
	case "limits":
		source := items[0].Source.(ecosystems.Download)
		source.MaxSize = 0
		items[0].Source = source
	case "proof":
		source := items[0].Source.(ecosystems.Download)
		source.Want = nil
		items[0].Source = source
	case "planning":
		if _, err := in.Upstream.Document(ctx, fetch.Request{URL: d.url + "/" + items[0].Path}); err != nil {
			return err
		}
	case "hostile":
		for i := range items {
			items[i].Path = path.Base(items[i].Path)
			if _, ok := items[i].Source.(ecosystems.Link); ok {
				items[i].Source = ecosystems.Withdrawn{}
			}
		}
	}
	for _, it := range items {
		if !emit(it) {
			return nil
		}
	}
	if d.flaw != "order" && !emit(entry) {
		return nil
	}
	return in.State.Save(toyState{Index: index.ID.String()})
}

func toyItems(url string, index []byte) []ecosystems.Item {
	var items []ecosystems.Item
	for line := range strings.Lines(string(index)) {
		sum, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		items = append(items, ecosystems.Item{
			Path: path, Name: "file " + path, Reason: "the index names it",
			Source: ecosystems.Download{Request: fetch.Request{
				URL: url + "/" + path, MaxSize: 1 << 20,
				Want: []digest.Digest{{Algorithm: digest.SHA256, Hex: sum}},
			}},
		})
	}
	return items
}

func (d *toy) Serve(view layout.View) http.Handler {
	if d.flaw == "serving" {
		return http.RedirectHandler("/elsewhere", http.StatusFound)
	}
	return serve.Static(view, serve.AlwaysRevalidate)
}

func (d *toy) Clients(baseURL string) []ecosystems.ClientSetup {
	if d.flaw == "clients" {
		return nil
	}
	return []ecosystems.ClientSetup{{Client: "curl", Steps: []ecosystems.Step{{Text: "Fetch the index", Code: "curl " + baseURL + "/index"}}}}
}

// Prove implements [ecosystems.Prover].
func (d *toy) Prove(_ context.Context, view layout.View) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		e, ok := view.Lookup("index")
		if !ok || d.flaw == "proving" {
			return
		}
		f, err := view.Open(e)
		if err != nil {
			yield(e.Path, err)
			return
		}
		defer f.Close()
		index, err := io.ReadAll(f)
		if err != nil || !bytes.Contains(index, []byte(" ")) {
			yield(e.Path, errors.New("no index"))
			return
		}
		for _, it := range toyItems("", index) {
			want := it.Source.(ecosystems.Download).Want[0].Hex
			if e, ok := view.Lookup(it.Path); !ok || e.Object.String() != want {
				if !yield(it.Path, fmt.Errorf("it is not %s", want)) {
					return
				}
			}
		}
	}
}

// toyUpstream serves files and their index.
type toyUpstream struct {
	mu    sync.Mutex
	files []string // "PATH CONTENT"
	asked []string
}

func startToy(flaw string) func(*testing.T) ecosystemtest.Upstream {
	return func(t *testing.T) ecosystemtest.Upstream {
		t.Helper()
		u := &toyUpstream{files: []string{"files/a alpha", "files/b beta", "c gamma"}}
		server := httptest.NewServer(u)
		t.Cleanup(server.Close)
		return ecosystemtest.Upstream{
			Options: &toyOptions{Upstream: server.URL, flaw: flaw},
			Requests: func() []string {
				u.mu.Lock()
				defer u.mu.Unlock()
				return append([]string(nil), u.asked...)
			},
			Index:   func(path string) bool { return path == "/index" },
			Publish: func(*testing.T) { u.add("d delta") },
			Attack:  func(*testing.T) { u.add("../../evil content") },
		}
	}
}

func (u *toyUpstream) add(file string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.files = append(u.files, file)
}

func (u *toyUpstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if r.Method == http.MethodGet {
		u.asked = append(u.asked, r.URL.Path)
	}
	var index strings.Builder
	for _, file := range u.files {
		name, content, _ := strings.Cut(file, " ")
		sum := sha256.Sum256([]byte(content))
		fmt.Fprintf(&index, "%s %s\n", hex.EncodeToString(sum[:]), name)
		if r.URL.Path == path.Clean("/"+name) {
			fmt.Fprint(w, content)
			return
		}
	}
	if r.URL.Path == "/index" {
		fmt.Fprint(w, index.String())
		return
	}
	http.NotFound(w, r)
}
