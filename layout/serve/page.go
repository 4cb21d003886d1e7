package serve

import (
	"bytes"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/offmirror/offmirror/layout"
)

var pages = template.Must(template.New("").Funcs(template.FuncMap{"bytes": humanBytes, "time": humanTime}).Parse(`
{{define "head"}}<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{.}}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .25rem 1rem .25rem 0 }
.number { text-align: right; font-variant-numeric: tabular-nums } code { font-size: .9em }
</style></head><body><h1>{{.}}</h1>{{end}}
{{define "overview"}}{{template "head" "Package mirror"}}
{{if .}}<table><tr><th>ecosystem</th><th>snapshot</th><th>taken</th><th class="number">files</th><th class="number">size</th></tr>
{{range .}}<tr><td><a href="{{.Ecosystem}}/">{{.Ecosystem}}</a></td><td><code>{{.ID}}</code></td><td>{{time .Time}}</td>` +
	`<td class="number">{{.Files}}</td><td class="number">{{bytes .Bytes}}</td></tr>
{{end}}</table>{{else}}<p>Nothing has been published yet.</p>{{end}}
</body></html>
{{end}}
{{define "ecosystem"}}{{template "head" .Name}}
<p>Snapshot <code>{{.Shown.ID}}</code>, taken {{time .Shown.Time}}: {{.Shown.Files}} files, {{bytes .Shown.Bytes}}{{with .Shown.Missing}}, {{len .}} missing{{end}}.</p>
<table><tr><th>kept snapshot</th><th>taken</th><th class="number">files</th><th class="number">size</th><th></th></tr>
{{$link := .Link}}{{range .Kept}}<tr><td><a href="{{$link}}@{{.ID}}/"><code>{{.ID}}</code></a></td><td>{{time .Time}}</td>` +
	`<td class="number">{{.Files}}</td><td class="number">{{bytes .Bytes}}</td><td>{{if .Current}}current{{end}} {{range .Tags}}{{.}} {{end}}</td></tr>
{{end}}</table>
</body></html>
{{end}}
`))

// overview answers the root of the site.
func (s *Site) overview(w http.ResponseWriter, r *http.Request) {
	if !readOnly(w, r) {
		return
	}
	names, err := layout.Ecosystems(s.root)
	if err != nil {
		slog.Error("cannot list the ecosystems", "error", err)
	}
	var headers []layout.Header
	for _, name := range names {
		m := s.mount(name)
		if m == nil {
			continue
		}
		header, err := m.history.Header("current")
		if err != nil {
			slog.Error("cannot list", "ecosystem", name, "error", err)
			continue
		}
		headers = append(headers, header)
	}
	render(w, "overview", headers)
}

// page answers the root of an ecosystem or of one of its snapshots.
func (m *mount) page(w http.ResponseWriter, r *http.Request, shown *published) {
	kept, err := m.history.List()
	if err != nil {
		slog.Error("cannot list the snapshots", "ecosystem", m.history.Ecosystem(), "error", err)
	}
	for i := range len(kept) / 2 {
		kept[i], kept[len(kept)-1-i] = kept[len(kept)-1-i], kept[i]
	}
	// Relative, for proxies that mount the site elsewhere.
	path, home := r.URL.Path, m.history.Ecosystem()+"/"
	if mount := originOf(r).mount; mount != "" {
		path, home = strings.TrimPrefix(path, mount), ""
		if strings.Contains(mount, "@") {
			kept = nil // which are nowhere below this name
		}
	}
	native := NativePath(path)
	link := "./" + strings.Repeat("../", strings.Count(native, "/"))
	if native != "" && strings.HasSuffix(path, "/") {
		link += "../"
	}
	render(w, "ecosystem", struct {
		Name, Link string
		Shown      layout.Header
		Kept       []layout.Kept
	}{m.history.Ecosystem(), link + home, shown.Header, kept})
}

func render(w http.ResponseWriter, page string, data any) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, page, data); err != nil {
		slog.Error("cannot show a page", "error", err)
		refuse(w, http.StatusInternalServerError, "this page cannot be shown")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	_, _ = w.Write(b.Bytes())
}

func humanTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func humanBytes(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i == 0 {
		return fmt.Sprint(n, " B")
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}
