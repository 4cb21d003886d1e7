package page

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// apiVersion is that of the schema in docs/api.md.
const apiVersion = 1

// problem is an error that is told to who asks.
type problem struct {
	status int
	text   string
}

func (e *problem) Error() string { return e.text }

type answer struct {
	Version    int       `json:"version"`
	Ecosystems []Summary `json:"ecosystems"`
}

type ecosystemAnswer struct {
	Version   int              `json:"version"`
	Ecosystem Summary          `json:"ecosystem"`
	Missing   []layout.Missing `json:"missing"`
	LastRun   *Run             `json:"last_run"`
	Bundle    *Bundle          `json:"last_bundle"`
	Changes   *Totals          `json:"changes"`
	Clients   []Client         `json:"clients"`
}

// Run is the last run of a sync.
type Run struct {
	Started   time.Time           `json:"started"`
	Ended     time.Time           `json:"ended"`
	Published bool                `json:"published"`
	Unchanged bool                `json:"unchanged"`
	Requests  int64               `json:"requests"`
	Received  int64               `json:"received"` // bytes
	Missing   []layout.Missing    `json:"missing"`
	Notices   []ecosystems.Notice `json:"notices"`
	Error     string              `json:"error"`
}

// Client is how to point one client program at the mirror.
type Client struct {
	Client string `json:"client"`
	Steps  []Step `json:"steps"`
}

// Step is one thing to do.
type Step struct {
	Text string `json:"text"`
	File string `json:"file"` // that the code belongs in; empty: a shell
	Code string `json:"code"`
}

type snapshotsAnswer struct {
	Version   int    `json:"version"`
	Ecosystem string `json:"ecosystem"`
	Snapshots []Kept `json:"snapshots"`
}

type diffAnswer struct {
	Version   int    `json:"version"`
	Ecosystem string `json:"ecosystem"`
	Totals
	Offset  int      `json:"offset"`
	Changes []Change `json:"changes"`
	Next    *int     `json:"next"` // offset of what follows; null: that is all
}

type searchAnswer struct {
	Version int     `json:"version"`
	Query   string  `json:"query"`
	Results []Found `json:"results"`
}

type errorAnswer struct {
	Version int    `json:"version"`
	Error   string `json:"error"`
}

// api answers what is below /api/.
func (p *Page) api(w http.ResponseWriter, r *http.Request, path string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		p.tell(w, r, nil, &problem{http.StatusMethodNotAllowed, "only GET and HEAD are possible"})
		return
	}
	words := strings.Split(path, "/")
	var v any
	var err error
	switch {
	case words[0] != "v1":
		err = &problem{http.StatusNotFound, "there is /api/v1/ only"}
	case len(words) == 1:
		v = answer{apiVersion, p.summaries(r)}
	case len(words) == 2 && words[1] == "search":
		v, err = p.apiSearch(r, p.openNames(r))
	case len(words) > 2 && len(words) < 5 && words[1] == "ecosystems":
		v, err = p.apiEcosystem(r, words[2], strings.Join(words[3:], ""))
	default:
		err = errUnknown
	}
	p.tell(w, r, v, err)
}

var errUnknown = &problem{http.StatusNotFound, "there is nothing here"}

// apiEcosystem answers for one ecosystem. Whatever stands before the site has let in who asks.
func (p *Page) apiEcosystem(r *http.Request, name, what string) (any, error) {
	shown, err := p.site.Snapshot(name, "")
	if err != nil || p.drivers[name] == nil {
		return nil, errors.Join(err, fs.ErrNotExist)
	}
	base := urlOf(r, name)
	switch what {
	case "":
		return p.apiOne(r.Context(), shown, base), nil
	case "snapshots":
		list := append([]Kept{}, p.kept(name)...)
		for i := range list {
			if base != "" {
				list[i].URL = base + "/@" + list[i].ID
			}
		}
		return snapshotsAnswer{apiVersion, name, list}, nil
	case "diff":
		return p.apiDiff(r, name)
	case "search":
		return p.apiSearch(r, []string{name})
	}
	return nil, errUnknown
}

func (p *Page) apiOne(ctx context.Context, shown serve.Shown, base string) ecosystemAnswer {
	k := p.known(shown.Ecosystem)
	a := ecosystemAnswer{
		Version: apiVersion, Ecosystem: k.summary, Missing: append([]layout.Missing{}, k.missing...), LastRun: runOf(k), Bundle: k.bundle,
		Clients: clientsOf(p.drivers[shown.Ecosystem], base),
	}
	a.Ecosystem.URL = base
	if last, ok := p.lastChanges(ctx, shown.Ecosystem, shown.Snapshot.ID); ok {
		a.Changes = &last.Totals
	}
	return a
}

func runOf(k *known) *Run {
	r := k.lastRun
	if r == nil {
		return nil
	}
	return &Run{
		r.Started.UTC(), r.Ended.UTC(), r.Published, r.Unchanged, r.Requests, r.Received,
		append([]layout.Missing{}, r.Missing...), append([]ecosystems.Notice{}, r.Notices...), r.Error,
	}
}

func clientsOf(d ecosystems.Driver, base string) []Client {
	list := []Client{}
	if base == "" {
		return list
	}
	for _, setup := range d.Clients(base) {
		c := Client{Client: setup.Client, Steps: []Step{}}
		for _, step := range setup.Steps {
			c.Steps = append(c.Steps, Step(step))
		}
		list = append(list, c)
	}
	return list
}

func (p *Page) apiDiff(r *http.Request, name string) (any, error) {
	query := r.URL.Query()
	offset, err := number(query, "offset", 0, 1<<30)
	if err != nil {
		return nil, err
	}
	limit, err := number(query, "limit", changesAtOnce, changesAtOnce)
	if err != nil {
		return nil, err
	}
	from, to, err := p.resolve(name, query)
	if err != nil {
		return nil, err
	}
	totals, list, err := p.diff(r.Context(), name, from, to, offset, limit)
	if err != nil {
		return nil, err
	}
	a := diffAnswer{Version: apiVersion, Ecosystem: name, Totals: totals, Offset: offset, Changes: append([]Change{}, list...)}
	if next := offset + len(list); len(list) > 0 && next < totals.Count() {
		a.Next = &next
	}
	return a, nil
}

// resolve returns the ids of the two snapshots that a query names. Without a name, to is the
// published one and from the one before that.
func (p *Page) resolve(name string, query url.Values) (from, to string, err error) {
	history, err := p.mirror.History(name)
	if err != nil {
		return "", "", err
	}
	ref := func(key string) (string, error) {
		id, err := history.Resolve(query.Get(key))
		if errors.Is(err, fs.ErrNotExist) {
			return "", &problem{http.StatusNotFound, key + ": there is no such snapshot: want an id, the first digits of one, a tag, or a day such as 2026-11-20"}
		}
		if errors.Is(err, layout.ErrAmbiguous) {
			return "", &problem{http.StatusNotFound, key + ": there are several such snapshots: give more digits"}
		}
		return id, err
	}
	if query.Get("to") == "" {
		to, err = history.CurrentID()
	} else {
		to, err = ref("to")
	}
	if err != nil {
		return "", "", err
	}
	if query.Get("from") != "" {
		from, err = ref("from")
		return from, to, err
	}
	old, ok := before(p.kept(name), to)
	if !ok {
		return "", "", &problem{http.StatusNotFound, "from: no older snapshot is kept"}
	}
	return old.ID, to, nil
}

func (p *Page) apiSearch(r *http.Request, names []string) (any, error) {
	query := r.URL.Query()
	text := query.Get("q")
	q := ecosystems.ParseQuery(text)
	if q.Empty() {
		return nil, &problem{http.StatusBadRequest, "q: say what to look for"}
	}
	limit, err := number(query, "limit", hitsShown, hitsAtMost)
	if err != nil {
		return nil, err
	}
	a := searchAnswer{Version: apiVersion, Query: strings.Join(q.Words(), " "), Results: []Found{}}
	for _, name := range names {
		shown, err := p.site.Snapshot(name, query.Get("in"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found, err := p.search(r.Context(), shown, q, limit)
		if err != nil {
			return nil, err
		}
		a.Results = append(a.Results, found)
	}
	return a, nil
}

// number reads a number of a query.
func number(query url.Values, key string, otherwise, most int) (int, error) {
	text := query.Get(key)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || key == "limit" && n == 0 {
		return 0, &problem{http.StatusBadRequest, key + ": want a number"}
	}
	return min(n, most), nil
}

// tell answers with JSON.
func (p *Page) tell(w http.ResponseWriter, r *http.Request, v any, err error) {
	status := http.StatusOK
	if err != nil {
		var text string
		status, text = blame(r, err)
		v = errorAnswer{apiVersion, text}
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "5")
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		slog.Error("cannot write an answer", "path", r.URL.Path, "error", err)
		status = http.StatusInternalServerError
		b.Reset()
		b.WriteString(`{"version": 1, "error": "this cannot be told"}` + "\n")
	}
	send(w, r, status, "application/json", b.Bytes())
}

// blame returns what to answer for an error: what is the matter with the server is for its log.
func blame(r *http.Request, err error) (status int, text string) {
	var told *problem
	switch {
	case errors.As(err, &told):
		return told.status, told.text
	case errors.Is(err, errBusy):
		return http.StatusServiceUnavailable, errBusy.Error()
	case errors.Is(err, fs.ErrNotExist):
		return http.StatusNotFound, "there is nothing here"
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable, "this takes too long; try again in a moment"
	case r.Context().Err() == nil:
		slog.Error("cannot answer", "path", r.URL.Path, "error", err)
	}
	return http.StatusServiceUnavailable, "the mirror cannot read this; the log of the server says why"
}

func send(w http.ResponseWriter, r *http.Request, status int, contentType string, data []byte) {
	h := w.Header()
	secure(h)
	h.Set("Content-Type", contentType)
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(data)
	}
}
