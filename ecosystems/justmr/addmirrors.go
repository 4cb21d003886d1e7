package justmr

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/justmr/ordered"
	"github.com/offmirror/offmirror/ecosystems/justmr/repos"
)

// AddedMirrors is what [AddMirrors] did.
type AddedMirrors struct {
	Added   int      // URLs
	Present int      // URLs that were there before
	Skipped []string // why a repository got none, a line for each
}

// AddMirrors adds to the "mirrors" of each source in a configuration where a mirror has it,
// behind those that are there. All else stays as it is, byte by byte; what is added is written as its neighbours are. What
// is there already is not added again.
//
// With locations, of what is mirrored, only that is added which is there. Without, it is
// taken for granted that everything is there.
//
// The error is one line about the whole file, which then is not to be changed.
func AddMirrors(file string, data []byte, base Base, locations *Locations) ([]byte, AddedMirrors, error) {
	var done AddedMirrors
	v, spans, err := ordered.ParseSpans(data)
	if err != nil {
		return nil, done, fmt.Errorf("%s: %w", file, err)
	}
	config, err := repos.Parse(file, data)
	if err != nil {
		return nil, done, err
	}
	top, _ := v.(*ordered.Object)
	list, _ := top.Get("repositories")
	repositories, ok := list.(*ordered.Object)
	if !ok {
		return nil, done, fmt.Errorf("%s: \"repositories\" is no object", file)
	}
	var edits []edit
	for name, description := range repositories.All() {
		r, ok := config.Repository(name)
		if !ok || r.Root == nil || r.Root.Archive == nil && r.Root.Git == nil {
			continue // shared, made, or of no use, which is among the problems
		}
		url, key, err := sourceURL(r.Root, base, locations)
		if err != nil {
			done.Skipped = append(done.Skipped, repos.Problem{File: file, Repository: name, Reason: err.Error()}.Error())
			continue
		}
		o, _ := description.(*ordered.Object)
		v, _ := o.Get("repository")
		root, ok := v.(*ordered.Object)
		if !ok {
			continue
		}
		e, ok := mirrorEdit(data, spans, root, key, url)
		if !ok {
			done.Present++
			continue
		}
		edits = append(edits, e)
		done.Added++
	}
	for _, p := range config.Problems {
		done.Skipped = append(done.Skipped, p.Error())
	}
	return apply(data, edits), done, nil
}

var errNotMirrored = errors.New("it is not in the mirror")

// sourceURL returns where a mirror has a source, and the key of its primary URL.
func sourceURL(root *repos.Root, base Base, locations *Locations) (url, key string, err error) {
	if a := root.Archive; a != nil {
		dir := blobDir + a.Content + "/"
		if locations == nil {
			return base.file(dir + safeName(a.Distfile)), "fetch", nil
		}
		i := slices.IndexFunc(locations.Files, func(f FileLocation) bool { return strings.HasPrefix(f.Path, dir) })
		if i < 0 {
			return "", "", errNotMirrored
		}
		return base.file(locations.Files[i].Path), "fetch", nil
	}
	name, err := gitrepo.Name(root.Git.URL)
	if err != nil {
		return "", "", err
	}
	there := func(g GitLocation) bool {
		return (g.Path == gitDir+name || slices.Contains(g.URLs, root.Git.URL)) &&
			slices.ContainsFunc(g.Pins, func(p gitrepo.Pin) bool { return p.Branch == root.Git.Branch && p.Commit == root.Git.Commit })
	}
	path := gitDir + name
	if locations != nil {
		i := slices.IndexFunc(locations.Git, there)
		if i < 0 {
			return "", "", errNotMirrored
		}
		path = locations.Git[i].Path
	}
	return base.repository(path), "repository", nil
}

// edit inserts a text.
type edit struct {
	at   int
	text string
}

// mirrorEdit works out what to insert so that a root has a mirror; false if it has it.
func mirrorEdit(data []byte, spans ordered.Spans, root *ordered.Object, key, url string) (edit, bool) {
	text := string(ordered.Append(nil, url))
	if v, ok := root.Get("mirrors"); ok {
		list, _ := v.([]any)
		if slices.Contains(list, any(url)) {
			return edit{}, false
		}
		m, _ := spans.Member(root, "mirrors")
		elements := m.Value.Elements
		if len(elements) == 0 {
			return edit{m.Value.Begin + 1, text}, true
		}
		return edit{elements[len(elements)-1].End, separator(data, m.Value) + text}, true
	}
	m, _ := spans.Member(root, key)
	colon := string(data[m.Key.End:m.Value.Begin])
	return edit{m.Value.End, memberSeparator(data, m) + `"mirrors"` + colon + "[" + text + "]"}, true
}

// separator returns what stands between the elements of a list, or would.
func separator(data []byte, list ordered.Span) string {
	n := len(list.Elements)
	first, last := list.Elements[0], list.Elements[n-1]
	if n > 1 {
		return string(data[list.Elements[n-2].End:last.Begin])
	}
	if before := data[list.Begin+1 : first.Begin]; bytes.ContainsRune(before, '\n') {
		return "," + string(before)
	}
	if after := data[last.End : list.End-1]; bytes.ContainsRune(after, '\n') {
		return string(after) + ", " // commas lead the lines
	}
	return ", "
}

// memberSeparator returns what stands between a member of an object and its neighbours.
func memberSeparator(data []byte, m ordered.Member) string {
	end := m.Value.End
	for end < len(data) && isBlank(data[end]) {
		end++
	}
	if end < len(data) && data[end] == ',' {
		for end++; end < len(data) && isBlank(data[end]); {
			end++
		}
		return string(data[m.Value.End:end])
	}
	begin := m.Key.Begin
	for begin > 0 && isBlank(data[begin-1]) {
		begin--
	}
	if begin > 0 && data[begin-1] == ',' {
		for begin--; begin > 0 && isBlank(data[begin-1]); {
			begin--
		}
		return string(data[begin:m.Key.Begin])
	}
	return ", "
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// apply makes the edits.
func apply(data []byte, edits []edit) []byte {
	slices.SortStableFunc(edits, func(x, y edit) int { return x.at - y.at })
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(append(out, data[at:e.at]...), e.text...)
		at = e.at
	}
	return append(out, data[at:]...)
}
