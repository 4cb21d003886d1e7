package justmrtest

import (
	"bytes"
	"encoding/json"
)

// Object is an object of JSON.
type Object map[string]any

// With sets a key and returns the object.
func (o Object) With(key string, value any) Object {
	o[key] = value
	return o
}

// Config is a repos.json file.
type Config struct {
	Main         string // none if it is empty
	Repositories map[string]Object
}

// Add adds a repository, or replaces it. The root is an [Object], such as those that functions of
// this package return, or the name of another repository. It returns the description, for
// layers and bindings.
func (c *Config) Add(name string, root any) Object {
	if c.Repositories == nil {
		c.Repositories = map[string]Object{}
	}
	description := Object{"repository": root}
	c.Repositories[name] = description
	return description
}

// JSON returns the file. The same configuration gives the same bytes.
func (c *Config) JSON() []byte {
	all := Object{"repositories": c.Repositories}
	if c.Repositories == nil {
		all["repositories"] = Object{}
	}
	if c.Main != "" {
		all["main"] = c.Main
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	check(e.Encode(all))
	return b.Bytes()
}

// Archive is the root of a tar archive with some content, at a URL.
func Archive(content, url string) Object {
	return Object{"type": "archive", "content": content, "fetch": url}
}

// ZipArchive is the root of a zip archive.
func ZipArchive(content, url string) Object { return Archive(content, url).With("type", "zip") }

// ForeignFile is a root with one file of a name.
func ForeignFile(name, content, url string) Object {
	return Archive(content, url).With("type", "foreign file").With("name", name)
}

// Git is the root of a commit that is reached by a branch, or a tag.
func Git(url, branch, commit string) Object {
	return Object{"type": "git", "repository": url, "branch": branch, "commit": commit}
}

// GitTree is a root that a command makes.
func GitTree(id string, command ...string) Object {
	return Object{"type": "git tree", "id": id, "cmd": append([]string{}, command...), "env": Object{}}
}

// Distdir is a root with the files of archives.
func Distdir(members ...string) Object {
	return Object{"type": "distdir", "repositories": append([]string{}, members...)}
}

// Folder is the root of a folder of the workspace.
func Folder(path string) Object { return Object{"type": "file", "path": path} }

// Computed is a root that is built from a target of another repository.
func Computed(repository, module, target string) Object {
	return Object{"type": "computed", "repo": repository, "target": []string{module, target}}
}

// TreeStructure is a root with the structure of that of another repository.
func TreeStructure(repository string) Object {
	return Object{"type": "tree structure", "repo": repository}
}

// Absent is the pragma of a root that is not fetched unless it is asked for.
func Absent() Object { return Object{"absent": true} }
