package page

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

//go:embed templates
var templates embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"bytes": humanBytes, "many": many, "count": humanCount, "when": when, "ago": ago, "clean": clean, "short": short, "url": escapePath, "signed": signed,
	"dict": func(a, b any) map[string]any { return map[string]any{"A": a, "B": b} },
}).ParseFS(templates, "templates/*.html"))

// view is what a page shows. Links are relative to Base.
type view struct {
	Title string
	Base  string // leads to the folder of style sheet and script, and is where the search is
	Home  string // leads to the page about the whole site; empty: there is none, or this is it
	Query string
	Now   time.Time

	Ecosystems []Summary // of the page about the whole site
	Files      int64
	Bytes      int64

	Place   *serve.Place // of a page about one
	Header  *layout.Header
	Summary Summary
	Missing []layout.Missing
	Kept    []Kept
	Run     *Run
	Bundle  *Bundle
	Last    *lastDifference
	Clients []Client
	Growth  *growth

	Searched []Found
	Diff     *diffView
	Problem  string // why there is nothing to show
}

type diffView struct {
	Totals
	Old, New   Kept
	Changes    []Change
	Offset     int
	Prev, Next string // queries; empty: there is none
}

// Last1 returns the number of the last change that is shown.
func (d *diffView) Last1() int { return d.Offset + len(d.Changes) }

// First1 returns that of the first.
func (d *diffView) First1() int { return d.Offset + 1 }

// Shown counts the missing items that are listed.
func (v *view) Shown() int { return len(v.Missing) }

// CompareFrom returns the snapshot that is proposed as the older one.
func (v *view) CompareFrom() string {
	if v.Diff != nil {
		return v.Diff.From
	}
	if len(v.Kept) > 1 {
		return v.Kept[1].ID
	}
	return ""
}

// CompareTo returns the one that is proposed as the newer one.
func (v *view) CompareTo() string {
	if v.Diff != nil {
		return v.Diff.To
	}
	if len(v.Kept) > 0 {
		return v.Kept[0].ID
	}
	return ""
}

// place begins the view of a page about one ecosystem.
func (p *Page) place(at serve.Place) *view {
	here := at.Root // the folder of the page itself, for searches in an older snapshot
	if at.Ref != "" && !at.Pinned {
		here += "@" + url.PathEscape(at.Ref) + "/"
	}
	v := &view{Title: at.Ecosystem, Base: here, Home: at.Home, Place: &at, Header: &at.Snapshot.Header, Now: p.now()}
	v.Summary = p.known(at.Ecosystem).summary
	return v
}

func (p *Page) ecosystem(w http.ResponseWriter, r *http.Request, at serve.Place) {
	v := p.place(at)
	k := p.known(at.Ecosystem)
	v.Missing, v.Run, v.Bundle = k.missing, runOf(k), k.bundle
	if at.Ref != "" {
		v.Run, v.Bundle = nil, nil
		missing := v.Header.Missing
		v.Missing = missing[:min(shownMissing, len(missing))]
	}
	if plainHost.MatchString(r.Host) {
		v.Clients = clientsOf(p.drivers[at.Ecosystem], at.Base)
	}
	if !at.Pinned {
		v.Kept = p.kept(at.Ecosystem)
		v.Growth = newGrowth(v.Kept)
		if last, ok := p.lastChanges(r.Context(), at.Ecosystem, at.Snapshot.ID); ok {
			v.Last = &last
		}
	}
	p.render(w, r, http.StatusOK, "ecosystem", v)
}

func (p *Page) searchOne(w http.ResponseWriter, r *http.Request, at serve.Place) {
	v := p.place(at)
	v.Query = clip(r.URL.Query().Get("q"))
	found, err := p.search(r.Context(), at.Shown, ecosystems.ParseQuery(v.Query), hitsShown)
	v.Searched = []Found{found}
	p.renderOr(w, r, "search", v, err)
}

func (p *Page) searchAll(w http.ResponseWriter, r *http.Request, v *view) {
	q := ecosystems.ParseQuery(v.Query)
	for _, name := range p.openNames(r) {
		shown, err := p.site.Snapshot(name, "")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var found Found
		if err == nil {
			found, err = p.search(r.Context(), shown, q, hitsShown)
		}
		if err != nil {
			p.renderOr(w, r, "search", v, err)
			return
		}
		v.Searched = append(v.Searched, found)
	}
	p.render(w, r, http.StatusOK, "search", v)
}

func (p *Page) difference(w http.ResponseWriter, r *http.Request, at serve.Place) {
	v, query := p.place(at), r.URL.Query()
	v.Base, v.Kept = at.Root, p.kept(at.Ecosystem)
	offset, err := number(query, "offset", 0, 1<<30)
	var from, to string
	if err == nil {
		from, to, err = p.resolve(at.Ecosystem, query)
	}
	if err == nil {
		v.Diff, err = p.diffView(r, at.Ecosystem, from, to, offset)
	}
	p.renderOr(w, r, "diff", v, err)
}

func (p *Page) diffView(r *http.Request, name, from, to string, offset int) (*diffView, error) {
	totals, list, err := p.diff(r.Context(), name, from, to, offset, changesAtOnce)
	if err != nil {
		return nil, err
	}
	d := &diffView{Totals: totals, Changes: list, Offset: offset, Old: Kept{ID: from}, New: Kept{ID: to}}
	for _, k := range p.kept(name) {
		if k.ID == from {
			d.Old = k
		}
		if k.ID == to {
			d.New = k
		}
	}
	at := func(offset int) string {
		return "?" + url.Values{"from": {from}, "to": {to}, "offset": {strconv.Itoa(offset)}}.Encode()
	}
	if offset > 0 {
		d.Prev = at(max(0, offset-changesAtOnce))
	}
	if d.Last1() < totals.Count() && len(list) > 0 {
		d.Next = at(d.Last1())
	}
	return d, nil
}

// renderOr shows a page, or on it what is wrong.
func (p *Page) renderOr(w http.ResponseWriter, r *http.Request, name string, v *view, err error) {
	status := http.StatusOK
	if err != nil {
		status, v.Problem = blame(r, err)
		v.Searched, v.Diff = nil, nil
	}
	p.render(w, r, status, name, v)
}

func (p *Page) render(w http.ResponseWriter, r *http.Request, status int, name string, v *view) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name+".html", v); err != nil {
		slog.Error("cannot show a page", "path", r.URL.Path, "error", err)
		http.Error(w, "this page cannot be shown", http.StatusInternalServerError)
		return
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	send(w, r, status, "text/html; charset=utf-8", b.Bytes())
}

const (
	clippedAt = 200 // characters of what somebody typed
	cleanedAt = 400 // characters of what comes from upstream
)

func clip(text string) string { return cut(clean(text), clippedAt) }

func cut(text string, most int) string {
	n := 0
	for i := range text {
		if n++; n > most {
			return text[:i] + "…"
		}
	}
	return text
}

// clean makes a text of upstream fit to be shown: without what would turn other text around or hide.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r != ' ' && !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, cut(strings.ToValidUTF8(text, "\uFFFD"), cleanedAt))
}

func short(id string) string { return id[:min(10, len(id))] }

// escapePath escapes a path of the tree for a link relative to the tree's root, where it is never taken for a scheme.
func escapePath(native string) string {
	parts := strings.Split(path.Clean("/" + native)[1:], "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.ReplaceAll(strings.Join(parts, "/"), ":", "%3A")
}

func humanBytes(n int64) string {
	f, i, units := float64(n), 0, []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i == 0 {
		return fmt.Sprint(n, "\u00a0B")
	}
	return fmt.Sprintf("%.1f\u00a0%s", f, units[i])
}

// humanCount writes a number with narrow spaces between thousands.
func humanCount(n any) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "\u202f" + text[i:]
	}
	return text
}

// many writes how many there are of something.
func many(n any, what string) string {
	if text := humanCount(n); text != "1" {
		return text + " " + what + "s"
	}
	return "1 " + what
}

// signed writes a difference of bytes.
func signed(sign string, n int64) string { return sign + humanBytes(n) }

func when(t any) template.HTML {
	at := timeOf(t)
	if at.IsZero() {
		return "–"
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`, at.Format(time.RFC3339), at.Format("2006-01-02\u00a015:04\u00a0UTC"))) //nolint:gosec // digits only
}

func timeOf(t any) time.Time {
	switch t := t.(type) {
	case time.Time:
		return t.UTC()
	case *time.Time:
		if t != nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// ago says how long ago something was, roughly.
func ago(now time.Time, t any) string {
	at := timeOf(t)
	d := now.Sub(at)
	switch {
	case at.IsZero():
		return "never"
	case d < 2*time.Minute:
		return "just now"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}
