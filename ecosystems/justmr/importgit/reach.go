package importgit

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/offmirror/offmirror/ecosystems/justmr/ordered"
)

// layerKeys name repositories whose root is used for a purpose of its own.
var layerKeys = []string{"target_root", "rule_root", "expression_root"}

// reach returns what is needed of the foreign repositories, both sorted: those that
// are imported as they are, and those of which only the root is. mapped ones are not
// looked into.
//
// Which of the two a repository is depends on the order in which they are seen, so the order is
// the original's.
func reach(theirs *ordered.Object, entry string, mapped map[string]string) (proper, layers []string, err error) {
	w := &walk{theirs: theirs, known: mapped, proper: map[string]bool{}, layers: map[string]bool{}, under: map[string]int{}}
	if err := w.visit(entry); err != nil {
		return nil, nil, err
	}
	return slices.Sorted(maps.Keys(w.proper)), slices.Sorted(maps.Keys(w.layers)), nil
}

type walk struct {
	theirs         *ordered.Object
	known          map[string]string
	proper, layers map[string]bool
	under          map[string]int // how much was known when the visit of a layer began that is not over
	depth          int
}

// maxDepth bounds how many repositories may lead to each other in a row.
const maxDepth = 100_000

// found grows with everything that is found out.
func (w *walk) found() int { return 2*len(w.proper) + len(w.layers) }

func (w *walk) done(name string) bool {
	_, known := w.known[name]
	return known || w.proper[name]
}

// whole visits what is imported as it is.
func (w *walk) whole(name string) error {
	delete(w.layers, name)
	return w.visit(name)
}

func (w *walk) visit(name string) error {
	if w.done(name) {
		return nil
	}
	if w.depth++; w.depth > maxDepth {
		return fmt.Errorf("more than %d repositories in a row", maxDepth)
	}
	defer func() { w.depth-- }()
	description, err := object(w.theirs, name)
	if err == nil {
		err = w.look(name, description)
	}
	if _, told := errors.AsType[*about](err); err != nil && !told {
		err = &about{name, err}
	}
	return err
}

// about says which repository an error is about.
type about struct {
	name string
	err  error
}

func (a *about) Error() string { return fmt.Sprintf("repository %q: %v", a.name, a.err) }
func (a *about) Unwrap() error { return a.err }

func (w *walk) look(name string, description *ordered.Object) error {
	if !w.layers[name] {
		w.proper[name] = true
		if err := w.bindings(description); err != nil {
			return err
		}
	} else {
		before, again := w.under[name]
		if again && before == w.found() {
			return errCycle
		}
		w.under[name] = w.found()
		defer func() {
			if delete(w.under, name); again {
				w.under[name] = before
			}
		}()
	}
	if err := w.root(description); err != nil {
		return err
	}
	for _, key := range layerKeys {
		if err := w.layer(description, key); err != nil {
			return err
		}
	}
	return nil
}

var errCycle = errors.New("it is its own root: a cycle of references")

func (w *walk) bindings(description *ordered.Object) error {
	bindings, err := bindingsOf(description)
	if err != nil {
		return err
	}
	for local, v := range bindings.All() {
		bound, ok := v.(string)
		if !ok {
			return fmt.Errorf("bindings: %q is bound to something that is no name of a repository", local)
		}
		if err := w.whole(bound); err != nil {
			return err
		}
	}
	return nil
}

func bindingsOf(description *ordered.Object) (*ordered.Object, error) {
	v, ok := description.Get("bindings")
	if !ok {
		return nil, nil
	}
	bindings, ok := v.(*ordered.Object)
	if !ok {
		return nil, errors.New("bindings: no object")
	}
	return bindings, nil
}

func (w *walk) root(description *ordered.Object) error {
	root, ok := description.Get("repository")
	if !ok {
		return errors.New("it has no \"repository\"")
	}
	if shared, ok := root.(string); ok {
		if w.done(shared) {
			return nil
		}
		w.layers[shared] = true
		return w.visit(shared)
	}
	target, computed, err := w.computedFrom(root)
	if err != nil || !computed {
		return err
	}
	return w.whole(target)
}

func (w *walk) layer(description *ordered.Object, key string) error {
	v, ok := description.Get(key)
	if !ok {
		return nil
	}
	name, ok := v.(string)
	if !ok {
		return fmt.Errorf("%s: no name of a repository", key)
	}
	if !w.done(name) {
		w.layers[name] = true
	}
	layer, ok := w.theirs.Get(name)
	if !ok {
		return nil // said when it is to be imported, unless it is mapped
	}
	o, ok := layer.(*ordered.Object)
	if !ok {
		return &about{name, errors.New("its description is no object")}
	}
	root, ok := o.Get("repository")
	if !ok {
		return nil
	}
	target, computed, err := w.computedFrom(root)
	if err != nil || !computed {
		return err
	}
	return w.whole(target)
}

// computedFrom returns the repository that a root is computed from, if it is, also where it
// is the root of another.
func (w *walk) computedFrom(root any) (target string, computed bool, err error) {
	for seen := map[string]bool{}; ; {
		name, shared := root.(string)
		if !shared {
			break
		}
		if seen[name] {
			return "", false, &about{name, errCycle}
		}
		seen[name] = true
		description, err := object(w.theirs, name)
		if err != nil {
			return "", false, &about{name, err}
		}
		if root, shared = description.Get("repository"); !shared {
			return "", false, &about{name, errors.New("it has no \"repository\"")}
		}
	}
	o, ok := root.(*ordered.Object)
	if !ok {
		return "", false, errors.New("its root is neither an object nor a name of a repository")
	}
	if !isComputed(o) {
		return "", false, nil
	}
	v, _ := o.Get("repo")
	if v == nil {
		return "", false, nil // said when it is to be imported
	}
	if target, ok = v.(string); !ok {
		return "", false, errors.New("\"repo\" is no name of a repository")
	}
	return target, true, nil
}

func isComputed(root *ordered.Object) bool {
	kind, _ := root.Get("type")
	return kind == "computed" || kind == "tree structure"
}
