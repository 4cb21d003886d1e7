package repos

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
)

// reader reads one repository.
type reader struct {
	c    *Config
	name string
	bad  bool // a problem makes the root useless
}

// fail notes a problem that makes the root useless.
func (r *reader) fail(key, format string, args ...any) {
	r.bad = true
	r.c.problem(r.name, key, format, args...)
}

func (r *reader) repository(raw json.RawMessage) *Repository {
	repo := &Repository{Name: r.name}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		r.fail("", "want an object")
		return repo
	}
	r.layers(repo, fields)
	root, ok := fields["repository"]
	if !ok {
		r.fail("repository", "missing: want an object, or the name of another repository")
		return repo
	}
	if json.Unmarshal(root, &repo.Shared) == nil && !isNull(root) {
		repo.IsShared = true
		return repo
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(root, &object) != nil || object == nil {
		r.fail("repository", "want an object, or the name of another repository")
		return repo
	}
	repo.Root = r.root(object)
	return repo
}

// layers reads what the repository takes from others.
func (r *reader) layers(repo *Repository, fields map[string]json.RawMessage) {
	for _, key := range []string{"target_root", "rule_root", "expression_root"} {
		raw, ok := fields[key]
		if !ok {
			continue
		}
		var name string
		if json.Unmarshal(raw, &name) != nil || isNull(raw) {
			r.c.problem(r.name, key, "want the name of a repository")
			continue
		}
		repo.Layers = append(repo.Layers, name)
	}
	raw, ok := fields["bindings"]
	if !ok {
		return
	}
	var bindings map[string]any
	if json.Unmarshal(raw, &bindings) != nil || isNull(raw) {
		r.c.problem(r.name, "bindings", "want an object of names of repositories")
		return
	}
	for local, value := range bindings {
		name, ok := value.(string)
		if !ok {
			r.c.problem(r.name, "bindings", "%q is bound to something that is no name of a repository", local)
			continue
		}
		repo.Bindings = append(repo.Bindings, name)
	}
	slices.Sort(repo.Bindings)
	repo.Bindings = slices.Compact(repo.Bindings)
}

// root reads the object of a root. It is nil if that is of no use.
func (r *reader) root(o fields) *Root {
	var kind string
	if raw, ok := o["type"]; !ok || json.Unmarshal(raw, &kind) != nil || isNull(raw) {
		r.fail("repository.type", "want one of the types that just-mr knows, as text")
		return nil
	}
	root := &Root{Kind: Kind(kind), Absent: r.absent(o)}
	switch root.Kind {
	case KindArchive, KindZip, KindForeignFile:
		root.Archive = r.archive(o, root.Kind)
	case KindGit:
		root.Git = r.git(o)
	case KindGitTree:
		root.Tree = r.tree(o)
	case KindDistdir:
		root.Members = r.names(o, "repositories", true)
	case KindFile:
		r.text(o, "path")
	case KindComputed, KindTreeStructure:
		root.Target = r.text(o, "repo")
	default:
		r.fail("repository.type", "just-mr knows no type %.60q", kind)
	}
	if r.bad {
		return nil
	}
	return root
}

type fields = map[string]json.RawMessage

// absent reads pragma.absent, which has an effect only if it is true.
func (r *reader) absent(o fields) bool {
	var pragma struct {
		Absent any `json:"absent"`
	}
	_ = json.Unmarshal(o["pragma"], &pragma)
	absent, _ := pragma.Absent.(bool)
	return absent
}

func (r *reader) archive(o fields, kind Kind) *Archive {
	a := &Archive{
		Content: r.id(o, "content", false),
		Fetch:   r.text(o, "fetch"),
		Mirrors: r.names(o, "mirrors", false),
		SHA256:  r.sum(o, "sha256", 64),
		SHA512:  r.sum(o, "sha512", 128),
		Subdir:  ".",
	}
	if raw, ok := o["fetch"]; ok && a.Fetch == "" && !r.bad && !isNull(raw) {
		r.fail("repository.fetch", "an empty URL")
	}
	name, given := loose(o, "distfile")
	if !given {
		name = Distfile(a.Fetch)
	}
	a.Distfile = name
	if kind == KindForeignFile {
		a.Name = r.text(o, "name")
		if !r.bad && !plainName(a.Name) {
			r.fail("repository.name", "%.80q is no plain file name", a.Name)
		}
		if raw, ok := o["executable"]; ok && json.Unmarshal(raw, &a.Executable) != nil {
			r.fail("repository.executable", "want true or false")
		}
		return a
	}
	a.Subdir = r.subdir(o)
	return a
}

func (r *reader) git(o fields) *Git {
	g := &Git{
		URL:        r.text(o, "repository"),
		Commit:     r.id(o, "commit", true),
		Branch:     r.text(o, "branch"),
		Mirrors:    r.names(o, "mirrors", false),
		InheritEnv: r.names(o, "inherit env", false),
		Subdir:     r.subdir(o),
	}
	if !r.bad && g.URL == "" {
		r.fail("repository.repository", "an empty URL")
	}
	if !r.bad && g.Branch == "" {
		r.fail("repository.branch", "an empty name")
	}
	return g
}

func (r *reader) tree(o fields) *Tree {
	t := &Tree{ID: r.id(o, "id", true), InheritEnv: r.names(o, "inherit env", false)}
	raw, ok := o["cmd"]
	if !ok {
		r.fail("repository.cmd", "missing: want a list of words")
	} else if list, ok := texts(raw); ok {
		t.Command = list
	} else {
		r.fail("repository.cmd", "want a list of words")
	}
	_ = json.Unmarshal(o["env"], &t.Env) // what is no object of texts has no effect
	return t
}

// subdir reads a folder within the root. What is no text has no effect.
func (r *reader) subdir(o fields) string {
	dir, given := loose(o, "subdir")
	if !given {
		return "."
	}
	clean := path.Clean(dir)
	if path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") {
		r.fail("repository.subdir", "%.200q leads out of the root", dir)
	}
	return clean
}
