package importgit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/offmirror/offmirror/ecosystems/justmr/ordered"
)

// Source finds the tip of a branch, or of a tag, of the repository of a URL. Whoever has
// called it closes the Checkout.
type Source func(ctx context.Context, url, branch string) (*Checkout, error)

// Run imports into base, which it changes, also where it fails. Remarks are written to
// remarks, in the words of the original. The error is one line.
func Run(ctx context.Context, base *ordered.Object, o Options, source Source, remarks io.Writer) error {
	checkout, err := source(ctx, o.URL, o.Branch)
	if err != nil {
		return err
	}
	defer checkout.Close()
	fmt.Fprintf(remarks, "Importing commit %s\n", checkout.Commit)
	foreign, err := foreignConfig(ctx, checkout, o)
	if err != nil {
		return err
	}
	return merge(base, foreign, stub(o, checkout.Commit), o, remarks)
}

// stub is the root that stands for the whole repository.
func stub(o Options, commit string) *ordered.Object {
	s := &ordered.Object{}
	s.Set("type", "git")
	s.Set("repository", o.URL)
	s.Set("branch", o.Branch)
	s.Set("commit", commit)
	if len(o.Mirrors) > 0 {
		s.Set("mirrors", list(o.Mirrors))
	}
	if len(o.InheritEnv) > 0 {
		s.Set("inherit env", list(o.InheritEnv))
	}
	return s
}

func list(texts []string) []any {
	out := make([]any, len(texts))
	for i, text := range texts {
		out[i] = text
	}
	return out
}

// merge adds to base what is imported.
func merge(base, foreign, remote *ordered.Object, o Options, remarks io.Writer) error {
	ours, err := repositories(base)
	if err != nil {
		return fmt.Errorf("the configuration that is imported into: %w", err)
	}
	theirs, err := repositories(foreign)
	if err != nil {
		return fmt.Errorf("the imported configuration: %w", err)
	}
	entry := o.Entry
	if entry == "" {
		if entry, err = mainOf(foreign, theirs); err != nil {
			return fmt.Errorf("the imported configuration: %w", err)
		}
	}
	mapped := map[string]string{}
	for _, m := range o.Map {
		mapped[m.Theirs] = m.Ours
	}
	proper, layers, err := reach(theirs, entry, mapped)
	if err != nil {
		return fmt.Errorf("the imported configuration: %w", err)
	}
	proper = slices.DeleteFunc(proper, func(name string) bool { return name == entry })
	name := entry
	if o.Named {
		name = o.As
	}
	names := assign(entry, slices.Concat(proper, layers), ours, name)
	fmt.Fprintf(remarks, "Importing %s as %s\n", repr(entry), repr(name))
	fmt.Fprintf(remarks, "Transitive dependencies to import: %s\n", reprList(proper))
	fmt.Fprintf(remarks, "Repositories imported as layers: %s\n", reprList(layers))
	r := rewriter{remote: remote, names: names, mapped: mapped, absent: o.Absent}
	for i, theirName := range slices.Concat([]string{entry}, proper, layers) {
		description, err := object(theirs, theirName)
		if err == nil {
			description, err = r.description(description, i > len(proper))
		}
		if err != nil {
			return fmt.Errorf("the imported configuration: repository %q: %w", theirName, err)
		}
		ourName := names[theirName]
		if ours.Has(ourName) {
			fmt.Fprintf(remarks, "Warning: %s takes the place of another repository that is imported\n", repr(ourName))
		}
		ours.Set(ourName, description)
	}
	base.Set("repositories", ours)
	return nil
}

// repositories returns the repositories of a configuration; none is fine.
func repositories(config *ordered.Object) (*ordered.Object, error) {
	v, ok := config.Get("repositories")
	if !ok {
		return &ordered.Object{}, nil
	}
	o, ok := v.(*ordered.Object)
	if !ok {
		return nil, errors.New(`"repositories" is no object`)
	}
	return o, nil
}

// mainOf returns the main repository: what the configuration says, or the first by name.
func mainOf(config, repositories *ordered.Object) (string, error) {
	if v, ok := config.Get("main"); ok && v != nil {
		name, ok := v.(string)
		if !ok {
			return "", errors.New(`"main" is no name of a repository`)
		}
		return name, nil
	}
	var names []string
	for name := range repositories.All() {
		names = append(names, name)
	}
	if len(names) == 0 {
		return "", errors.New("it has no repositories, so it is unclear what to import")
	}
	return slices.Min(names), nil
}

// object returns the object that a key has.
func object(o *ordered.Object, key string) (*ordered.Object, error) {
	v, ok := o.Get(key)
	if !ok {
		return nil, errors.New("there is none of that name")
	}
	child, ok := v.(*ordered.Object)
	if !ok {
		return nil, errors.New("its description is no object")
	}
	return child, nil
}
