package importgit

import (
	"errors"
	"fmt"

	"github.com/offmirror/offmirror/ecosystems/justmr/ordered"
)

// rewriter brings descriptions of foreign repositories into the terms of ours.
type rewriter struct {
	remote *ordered.Object // the root that stands for the whole repository
	names  map[string]string
	mapped map[string]string
	absent bool
}

// name returns our name of a repository that v names.
func (r *rewriter) name(v any) (string, error) {
	theirs, ok := v.(string)
	if !ok {
		return "", errors.New("no name of a repository")
	}
	if ours, ok := r.mapped[theirs]; ok {
		return ours, nil
	}
	if ours, ok := r.names[theirs]; ok {
		return ours, nil
	}
	return "", fmt.Errorf("%q is no repository that is imported", theirs)
}

// description rewrites one repository; as a layer it is its root and nothing else.
func (r *rewriter) description(theirs *ordered.Object, layer bool) (*ordered.Object, error) {
	root, ok := theirs.Get("repository")
	if !ok {
		root = &ordered.Object{}
	}
	root, err := r.root(root)
	if err != nil {
		return nil, fmt.Errorf("repository: %w", err)
	}
	ours := &ordered.Object{}
	ours.Set("repository", root)
	if layer {
		return ours, nil
	}
	for _, key := range layerKeys {
		if v, ok := theirs.Get(key); ok {
			name, err := r.name(v)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			ours.Set(key, name)
		}
	}
	for _, key := range []string{"target_file_name", "rule_file_name", "expression_file_name"} {
		if v, ok := theirs.Get(key); ok {
			ours.Set(key, v)
		}
	}
	bindings, err := bindingsOf(theirs)
	if err != nil {
		return nil, err
	}
	renamed := &ordered.Object{}
	for local, v := range bindings.All() {
		name, err := r.name(v)
		if err != nil {
			return nil, fmt.Errorf("bindings: %q: %w", local, err)
		}
		renamed.Set(local, name)
	}
	if renamed.Len() > 0 {
		ours.Set("bindings", renamed)
	}
	return ours, nil
}

// root rewrites a root.
func (r *rewriter) root(v any) (any, error) {
	if _, shared := v.(string); shared {
		return r.name(v)
	}
	root, ok := v.(*ordered.Object)
	if !ok {
		return nil, errors.New("neither an object nor a name of a repository")
	}
	kind, _ := root.Get("type")
	var err error
	switch {
	case kind == "file":
		root, err = r.folder(root)
	case kind == "distdir":
		root, err = r.distdir(root)
	case isComputed(root):
		var name string
		target, _ := root.Get("repo")
		if name, err = r.name(target); err != nil {
			return nil, fmt.Errorf("repo: %w", err)
		}
		root = root.Copy()
		root.Set("repo", name)
	default:
		root = root.Copy()
	}
	if err != nil || !r.absent {
		return root, err
	}
	pragma, err := pragmaOf(root)
	if err != nil {
		return nil, err
	}
	pragma = pragma.Copy()
	pragma.Set("absent", true)
	root.Set("pragma", pragma)
	return root, nil
}

// folder rewrites a folder of the foreign repository as one of the git repository. Of the
// pragmas, those stay that mean something there.
func (r *rewriter) folder(theirs *ordered.Object) (*ordered.Object, error) {
	path, ok := theirs.Get("path")
	if !ok {
		path = "."
	}
	text, ok := path.(string)
	if !ok {
		return nil, errors.New("path: no text")
	}
	pragma, err := pragmaOf(theirs)
	if err != nil {
		return nil, err
	}
	ours := r.remote.Copy()
	if dir := normpath(text); dir != "." {
		ours.Set("subdir", dir)
	}
	kept := &ordered.Object{}
	if special, _ := pragma.Get("special"); special == "ignore" {
		kept.Set("special", "ignore")
	}
	if absent, _ := pragma.Get("absent"); isTrue(absent) {
		kept.Set("absent", true)
	}
	if kept.Len() > 0 {
		ours.Set("pragma", kept)
	}
	return ours, nil
}

func (r *rewriter) distdir(theirs *ordered.Object) (*ordered.Object, error) {
	members := []any{}
	if v, ok := theirs.Get("repositories"); ok {
		if members, ok = v.([]any); !ok {
			return nil, errors.New("repositories: no list")
		}
	}
	renamed := make([]any, len(members))
	for i, member := range members {
		name, err := r.name(member)
		if err != nil {
			return nil, fmt.Errorf("repositories: %w", err)
		}
		renamed[i] = name
	}
	ours := theirs.Copy()
	ours.Set("repositories", renamed)
	return ours, nil
}

func pragmaOf(root *ordered.Object) (*ordered.Object, error) {
	v, ok := root.Get("pragma")
	if !ok {
		return &ordered.Object{}, nil
	}
	pragma, ok := v.(*ordered.Object)
	if !ok {
		return nil, errors.New("pragma: no object")
	}
	return pragma, nil
}

// isTrue tells what Python takes for true.
func isTrue(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return v != ""
	case ordered.Number:
		return v != "0" && v != "0.0" && v != "-0.0"
	case []any:
		return len(v) > 0
	case *ordered.Object:
		return v.Len() > 0
	}
	return false
}
