package justmr

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/offmirror/offmirror/fetch"
)

// Base is where clients see the folder of this mirror: an http URL, or a folder of their
// machine.
type Base struct {
	url    string // without a slash at the end
	folder string // or this
}

// ParseBase reads an http, https or file URL, or an absolute path.
func ParseBase(text string) (Base, error) {
	if strings.HasPrefix(text, "/") {
		return Base{folder: path.Clean(text)}, nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" || strings.ContainsAny(text, "\n\r"):
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
		return Base{url: strings.TrimRight(text, "/")}, nil
	case u.Scheme == "file" && (u.Host == "" || u.Host == "localhost") && strings.HasPrefix(u.Path, "/"):
		return Base{folder: path.Clean(u.Path)}, nil
	}
	return Base{}, fmt.Errorf("%.200q: want an http, https or file URL, or an absolute path", fetch.Redact(text))
}

// Join returns the base of a part of the mirror.
func (b Base) Join(name string) Base {
	if b.url != "" {
		return Base{url: b.url + "/" + name}
	}
	return Base{folder: path.Join(b.folder, name)}
}

// EndsIn reports whether the last part of the base is name.
func (b Base) EndsIn(name string) bool { return path.Base(b.url+b.folder) == name }

// file is the URL of a file.
func (b Base) file(p string) string {
	if b.url != "" {
		return b.url + "/" + escapePath(p)
	}
	return "file://" + escapePath(path.Join(b.folder, p))
}

// repository is where git finds a repository. A folder is not written as a URL, of which just-mr
// would not decode the escapes; and what libgit2 takes for a path has no colon.
func (b Base) repository(p string) string {
	if b.url != "" {
		return b.url + "/" + escapePath(p)
	}
	rest := strings.TrimPrefix(p, gitDir)
	host, rest, _ := strings.Cut(rest, "/")
	return path.Join(b.folder, gitDir+withoutColon(host), rest)
}

// has reports whether a URL is one of a mirror with this base.
func (b Base) has(u string) bool {
	if b.url != "" {
		return strings.HasPrefix(u, b.url+"/"+blobDir) || strings.HasPrefix(u, b.url+"/"+gitDir)
	}
	return strings.HasPrefix(u, b.file(blobDir)+"/") || strings.HasPrefix(u, path.Join(b.folder, gitDir)+"/")
}

// escapePath escapes what may not be in the path of a URL.
func escapePath(p string) string { return (&url.URL{Path: p}).EscapedPath() }
