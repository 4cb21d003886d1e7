package hexpm

import (
	"fmt"
	"maps"
	"slices"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/installs"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// chosenBuilds are the builds that are wanted of one builds.txt.
type chosenBuilds struct {
	selector installs.Selector // any of those for this list: they agree on paths
	builds   map[string]installs.Build
}

// planBuilds yields the builds of Elixir and OTP that the configuration names.
// Their lists are not signed, so each is written anew and names what is here.
func (p *planner) planBuilds() error {
	chosen := map[string]*chosenBuilds{}
	for _, selector := range p.builds {
		path := selector.ListPath()
		if chosen[path] == nil {
			chosen[path] = &chosenBuilds{selector, map[string]installs.Build{}}
		}
		if err := p.chooseBuilds(selector, p.lists.files[path], chosen[path]); err != nil {
			return err
		}
	}
	for _, path := range slices.Sorted(maps.Keys(chosen)) {
		if p.lists.files[path].err != nil {
			if err := p.lists.fail(path, p.lists.files[path].err); err != nil {
				return err
			}
			delete(p.lists.files, path)
			continue
		}
		p.next.Lists[path] = p.lists.files[path].doc.ID
		if err := p.emitBuilds(path, chosen[path]); err != nil {
			return err
		}
	}
	p.chosenBuilds = chosen
	return nil
}

func (p *planner) chooseBuilds(selector installs.Selector, f *listFile, chosen *chosenBuilds) error {
	if f.err != nil {
		return nil // reported once for the list
	}
	builds, err := installs.ParseBuilds(f.doc.Data)
	if err != nil {
		f.err = fmt.Errorf("%s: %w", p.buildsAt(f.path), err)
		return nil
	}
	wanted := selector.Select(builds)
	for _, b := range wanted {
		chosen.builds[b.Name] = b
	}
	if len(wanted) > 0 {
		return nil
	}
	return p.emit(ecosystems.Item{
		Path: selector.Path(installs.Build{Name: selector.Which}), Stage: layout.Content, Name: "build " + selector.String(),
		Source: ecosystems.Failed{Err: fmt.Errorf("%w: %s lists no such build", fetch.ErrAbsent, p.buildsAt(f.path))},
	})
}

func (p *planner) emitBuilds(list string, chosen *chosenBuilds) error {
	known := p.knownBuilds(list)
	for _, name := range slices.Sorted(maps.Keys(chosen.builds)) {
		b := chosen.builds[name]
		path := chosen.selector.Path(b)
		if o, ok := p.previous(path); ok && known[name].Line == b.Line {
			if err := p.emit(have(path, o, layout.Content)); err != nil {
				return err
			}
			continue
		}
		q := p.buildsRequest(path)
		q.Want, q.MaxSize = b.SHA256, installs.MaxBuild
		if err := p.emit(ecosystems.Item{
			Path: path, Stage: layout.Content, Source: ecosystems.Download{Request: q},
			Name: "build " + name, Reason: "builds: " + chosen.selector.String(),
		}); err != nil {
			return err
		}
	}
	return nil
}

// knownBuilds returns what the builds.txt of the current snapshot says, by name.
func (p *planner) knownBuilds(list string) map[string]installs.Build {
	if _, ok := p.previous(list); !ok {
		return nil
	}
	data, err := p.readObject(list)
	if err != nil {
		return nil
	}
	builds, err := installs.ParseBuilds(data)
	if err != nil {
		return nil
	}
	known := map[string]installs.Build{}
	for _, b := range builds {
		known[b.Name] = b
	}
	return known
}

// publishLists yields the lists of installs, and those of the builds that arrived.
func (p *planner) publishLists() error {
	for path := range p.lists.lost {
		p.next.Recheck = append(p.next.Recheck, path)
	}
	slices.Sort(p.next.Recheck)
	for _, path := range slices.Sorted(maps.Keys(p.chosenBuilds)) {
		f := p.lists.files[path]
		if f == nil {
			continue
		}
		builds, err := installs.ParseBuilds(f.doc.Data)
		if err != nil {
			return err
		}
		chosen := p.chosenBuilds[path]
		builds = slices.DeleteFunc(builds, func(b installs.Build) bool {
			_, wanted := chosen.builds[b.Name]
			return !wanted || p.lists.lost[chosen.selector.Path(b)]
		})
		p.lists.index = append(p.lists.index, ecosystems.Item{
			Path: path, Stage: layout.Index, Name: path, Reason: "names builds",
			Source: ecosystems.Made{Bytes: installs.FormatBuilds(builds)},
		})
	}
	for _, it := range p.lists.index {
		if err := p.emit(it); err != nil {
			return err
		}
	}
	return nil
}
