package audit

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Entry is one source: a file, a git repository, or a git tree.
type Entry struct {
	Content      string   `json:"content"` // git blob id of a file, id of a tree, "" for a repository
	SHA256       string   `json:"sha256"`
	SHA512       string   `json:"sha512"`
	Size         int64    `json:"size"` // bytes of a file
	Type         string   `json:"type"` // as in repos.json; "archive, zip" if it is used as both
	URLs         []URL    `json:"urls"`
	Names        []string `json:"names"`        // of a file in distdirs
	Repositories []string `json:"repositories"` // that refer to it
	Files        []string `json:"files"`        // in which they are
	Licence      string   `json:"licence"`      // paths in the archive, separated by ", "
	FirstSeen    string   `json:"first_seen"`   // day on which it came into the mirror
	LastSeen     string   `json:"last_seen"`    // day on which some URL was last seen to have it
	Upstream     string   `json:"upstream"`     // Live, Moved, Gone or Unknown

	Path string `json:"path"`           // in the mirror; "" if it is not there
	Pins []Pin  `json:"pins,omitempty"` // of a repository
}

// What is known of upstream.
const (
	Live    = "live"    // a primary URL has it
	Moved   = "moved"   // only other URLs have it
	Gone    = "gone"    // no URL has it
	Unknown = "unknown" // nobody looked yet
)

// URL is a place where a source is said to be, without credentials.
type URL struct {
	URL     string `json:"url"`
	Primary bool   `json:"primary"` // not only a mirror
	Status  string `json:"status"`  // "ok", what was wrong, or "" if nobody looked yet
	Date    string `json:"date"`    // day on which somebody looked
}

// Pin is a commit that clients look up by a branch.
type Pin struct {
	Branch string `json:"branch"`
	Commit string `json:"commit"`
}

const statusOK = "ok"

// judge works out what follows from the state of the URLs.
func (e *Entry) judge() {
	e.Upstream = Unknown
	primary, other := false, false
	for _, u := range e.URLs {
		if u.Status == statusOK {
			e.LastSeen = max(e.LastSeen, u.Date)
			primary, other = primary || u.Primary, other || !u.Primary
		}
		if u.Status != "" {
			e.Upstream = Gone
		}
	}
	switch {
	case primary:
		e.Upstream = Live
	case other:
		e.Upstream = Moved
	}
}

// Prepare works out LastSeen and Upstream of entries, gives each list that is missing, and sorts.
func Prepare(entries []Entry) {
	for i := range entries {
		e := &entries[i]
		e.judge()
		e.URLs = append([]URL{}, e.URLs...)
		for _, list := range []*[]string{&e.Names, &e.Repositories, &e.Files} {
			*list = append([]string{}, *list...)
			slices.Sort(*list)
			*list = slices.Compact(*list)
		}
	}
	slices.SortFunc(entries, func(x, y Entry) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(x.Content, y.Content), cmp.Compare(x.Path, y.Path),
			cmp.Compare(strings.Join(x.Repositories, "\n"), strings.Join(y.Repositories, "\n")))
	})
}

func rank(e Entry) int { return slices.Index([]string{"git tree", "git"}, e.Type) }

// JSON writes entries as a list of objects.
func JSON(entries []Entry) []byte { return marshal(append([]Entry{}, entries...)) }

func marshal(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic(err) // of plain structs
	}
	return b.Bytes()
}

// CSV writes entries as a table.
func CSV(entries []Entry) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	write := func(cells ...string) {
		for i, cell := range cells {
			cells[i] = harmless(cell)
		}
		_ = w.Write(cells) // to memory
	}
	write("content", "sha256", "sha512", "size", "type", "urls", "names", "repositories", "files", "licence", "first_seen", "last_seen", "upstream", "path", "pins")
	for _, e := range entries {
		var urls, pins []string
		for _, u := range e.URLs {
			urls = append(urls, strings.TrimSpace(u.URL+" "+u.Status+" "+u.Date))
		}
		for _, p := range e.Pins {
			pins = append(pins, p.Commit+" "+p.Branch)
		}
		write(e.Content, e.SHA256, e.SHA512, strconv.FormatInt(e.Size, 10), e.Type, lines(urls), lines(e.Names), lines(e.Repositories), lines(e.Files),
			e.Licence, e.FirstSeen, e.LastSeen, e.Upstream, e.Path, lines(pins))
	}
	w.Flush()
	return b.Bytes()
}

func lines(list []string) string { return strings.Join(list, "\n") }

// harmless makes of a cell what no spreadsheet takes for a formula. Spreadsheets skip
// blanks in front of one.
func harmless(cell string) string {
	if t := strings.TrimLeft(cell, " \t\r\n\u00a0\ufeff"); t != "" && strings.ContainsRune("=+-@\uff1d\uff0b\uff0d\uff20|%", []rune(t)[0]) || t != cell {
		return "'" + cell
	}
	return cell
}
