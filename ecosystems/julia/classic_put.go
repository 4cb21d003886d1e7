package julia

import (
	"errors"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// maxClashes is how many files that cannot be kept are reported one by one.
const maxClashes = 20

// put yields an item whose path is below classicRoot, and reports whether it can lie
// there: names come from repositories of others, and the tree must fit on every file
// system. What cannot is a remark and no more, since the same is in the repository
// beside it, or elsewhere in the mirror by its hash.
func (c *classicPart) put(it ecosystems.Item) (bool, error) {
	it.Path = classicRoot + it.Path
	err := layout.CheckPath(it.Path)
	if err == nil {
		err = c.paths.Add(it.Path)
	}
	if err != nil {
		if c.clashes++; c.clashes <= maxClashes {
			c.p.notice("classic-name", "", "not in the classic layout: %v", err)
		}
		return false, nil
	}
	if it.Name == "" {
		it.Name = it.Path
	}
	return true, c.p.emit(it)
}

// carry yields a file of the current snapshot again, if it has it.
func (c *classicPart) carry(path string, stage layout.Stage) (bool, error) {
	o, ok := c.before(path)
	if !ok {
		return false, nil
	}
	_, err := c.put(ecosystems.Item{Path: path, Stage: stage, Size: o.Size, Source: ecosystems.Have{Object: o}, Reason: "unchanged"})
	return true, err
}

// carryAll yields everything below a folder of the current snapshot again, but the links to
// packages, which are made in each run.
func (c *classicPart) carryAll(folder string) error {
	if c.p.in.Previous == nil {
		return nil
	}
	for e := range c.p.in.Previous.All(classicRoot + folder + "/") {
		it := ecosystems.Item{Path: e.Path[len(classicRoot):], Stage: layout.Content, Size: e.Size, Reason: "kept"}
		if it.Source = (ecosystems.Have{Object: fetch.Object{ID: e.Object, Size: e.Size}}); e.IsLink() {
			it.Source, it.Optional = ecosystems.Link{Target: e.Link}, true
		}
		if e.IsLink() && strings.HasSuffix(it.Path, "/releases") {
			continue
		}
		c.noteFolders(it.Path)
		if _, err := c.put(it); err != nil {
			return err
		}
	}
	return nil
}

// file yields a small file made here.
func (c *classicPart) file(path, reason string, stage layout.Stage, data []byte) error {
	_, err := c.put(ecosystems.Item{Path: path, Stage: stage, Source: ecosystems.Made{Bytes: data}, Reason: reason})
	return err
}

// link yields a relative link to another path below classicRoot.
func (c *classicPart) link(path, to, reason string) error {
	_, err := c.put(ecosystems.Item{
		Path: path, Stage: layout.Index, Source: ecosystems.Link{Target: classic.Relative(path, to)}, Reason: reason, Optional: true,
	})
	return err
}

// fail yields something that cannot be had.
func (c *classicPart) fail(path, name string, why error) error {
	return c.p.emit(ecosystems.Item{
		Path: classicRoot + path, Stage: layout.Content, Name: name, Reason: "classic layout", Source: ecosystems.Failed{Err: why},
	})
}

// isAbsent reports whether there is no such repository, or none that may be mirrored. GitHub,
// of one that was deleted, asks who wants to know.
func isAbsent(err error) bool {
	for _, reason := range []error{fetch.ErrAbsent, fetch.ErrUnauthorized, gitrepo.ErrURL, gitrepo.ErrLocal} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}
