package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// update is one bringing up to date of one repository from one place.
type update struct {
	g     *Git
	dir   string
	place *place
	want  func(ref string) bool

	changed bool
	kept    int
}

// run mirrors all refs of the place. The repository exists, perhaps empty.
func (u *update) run(ctx context.Context) error {
	for tries := 0; ; tries++ {
		there, err := u.g.remote(ctx, u.place, u.want)
		if err != nil {
			return err
		}
		err = u.take(ctx, there)
		// A ref may go away between the list and the transfer.
		var said *gitError
		if tries < 2 && errors.As(err, &said) && strings.Contains(said.text, "couldn't find remote ref") {
			continue
		}
		return err
	}
}

// take fetches what differs from there and moves the refs.
func (u *update) take(ctx context.Context, there *refList) error {
	here, err := u.g.local(ctx, u.dir, "")
	if err != nil {
		return err
	}
	var wanted []string
	for _, ref := range slices.Sorted(maps.Keys(there.ids)) {
		if here[ref] != there.ids[ref] {
			wanted = append(wanted, ref)
		}
	}
	if len(wanted) > 0 {
		if err := u.fetch(ctx, wanted, here); err != nil {
			return err
		}
		if err := u.move(ctx, here); err != nil {
			return err
		}
		u.changed = true
	}
	return u.point(ctx, there)
}

// fetch transfers the objects of the wanted refs and names them below refs/incoming.
func (u *update) fetch(ctx context.Context, wanted []string, here map[string]string) error {
	var old []string
	for ref := range here {
		if strings.HasPrefix(ref, incomingPrefix) {
			old = append(old, "delete "+ref)
		}
	}
	if err := u.g.transaction(ctx, u.dir, old); err != nil {
		return err
	}
	specs := make([]string, len(wanted))
	for i, ref := range wanted {
		specs[i] = "+" + ref + ":" + incomingPrefix + strings.TrimPrefix(ref, "refs/")
	}
	return u.transfer(ctx, specs)
}

// transfer is the one call that may move much.
func (u *update) transfer(ctx context.Context, specs []string) error {
	ctx, stop := u.g.watch(ctx, u.dir)
	defer stop()
	_, err := u.g.run(ctx, call{
		dir: u.dir,
		args: []string{
			"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules",
			"--stdin", "--", u.place.url,
		},
		stdin:   lines(specs),
		allow:   u.g.protocols(u.place.local),
		config:  u.place.config,
		secrets: u.place.secrets,
		timeout: u.g.o.Timeout,
	})
	return err
}

// move brings the refs to what has come in. What a ref no longer reaches gets a ref of its
// own first, so that it is never unreachable.
func (u *update) move(ctx context.Context, here map[string]string) error {
	incoming, err := u.g.local(ctx, u.dir, incomingPrefix)
	if err != nil {
		return err
	}
	var lost, clear, moves, done []string
	after := map[string]string{}
	for ref, id := range here {
		if !strings.HasPrefix(ref, incomingPrefix) {
			after[ref] = id
		}
	}
	for _, name := range slices.Sorted(maps.Keys(incoming)) {
		ref, id := "refs/"+strings.TrimPrefix(name, incomingPrefix), incoming[name]
		done = append(done, "delete "+name)
		old := after[ref]
		if old == id {
			continue
		}
		if old != "" {
			lost = append(lost, old)
		}
		for _, other := range inTheWay(after, ref) {
			clear = append(clear, "delete "+other)
			lost = append(lost, after[other])
			delete(after, other)
		}
		after[ref] = id
		moves = append(moves, "update "+ref+" "+id)
	}
	keep, err := u.unreachable(ctx, lost, after)
	if err != nil {
		return err
	}
	keeps := make([]string, len(keep))
	for i, id := range keep {
		keeps[i] = "update " + keepPrefix + id + " " + id
	}
	u.kept += len(keep)
	for _, step := range [][]string{append(keeps, clear...), moves, done} {
		if err := u.g.transaction(ctx, u.dir, step); err != nil {
			return err
		}
	}
	if len(moves) > 100 {
		_, err = u.g.run(ctx, call{dir: u.dir, args: []string{"pack-refs", "--all"}})
	}
	return err
}

// inTheWay returns refs that are a folder of ref's name, or that have ref's name as
// theirs: files and folders cannot have the same name.
func inTheWay(refs map[string]string, ref string) []string {
	var out []string
	for i := range len(ref) {
		if ref[i] == '/' {
			if _, ok := refs[ref[:i]]; ok {
				out = append(out, ref[:i])
			}
		}
	}
	if _, exists := refs[ref]; exists {
		return out // then nothing lies below it
	}
	for other := range refs {
		if strings.HasPrefix(other, ref+"/") {
			out = append(out, other)
		}
	}
	slices.Sort(out)
	return out
}

// unreachable returns those of ids that the refs do not reach. Whatever is no commit counts as not reached:
// the object of an annotated tag is not found by walking the history.
func (u *update) unreachable(ctx context.Context, ids []string, refs map[string]string) ([]string, error) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return nil, nil
	}
	kinds, err := u.g.kinds(ctx, u.dir, ids)
	if err != nil {
		return nil, err
	}
	still := map[string]bool{}
	for _, id := range refs {
		still[id] = true
	}
	out := map[string]bool{}
	var commits []string
	for _, id := range ids {
		switch {
		case still[id] || kinds[id].kind == "":
		case kinds[id].kind == "commit":
			commits = append(commits, id)
		default:
			out[id] = true
		}
	}
	if len(commits) > 0 {
		wanted := map[string]bool{}
		for _, id := range commits {
			wanted[id] = true
		}
		input := slices.Clone(commits)
		for _, id := range slices.Sorted(maps.Keys(still)) {
			input = append(input, "^"+id)
		}
		_, err = u.g.run(ctx, call{
			dir: u.dir, args: []string{"rev-list", "--ignore-missing", "--stdin"}, stdin: lines(input), limit: 1 << 30,
			each: func(line []byte) error {
				if wanted[string(line)] {
					out[string(line)] = true
				}
				return nil
			},
		})
	}
	return slices.Sorted(maps.Keys(out)), err
}

// point makes HEAD stand for what upstream's does, as far as that is known and here.
func (u *update) point(ctx context.Context, there *refList) error {
	target := there.head
	if target == "" { // an old server, or a HEAD that is no branch
		for _, ref := range slices.Sorted(maps.Keys(there.ids)) {
			if there.ids[ref] == there.at && strings.HasPrefix(ref, "refs/heads/") &&
				(target == "" || ref == "refs/heads/main" || ref == "refs/heads/master") {
				target = ref
			}
		}
	}
	if _, ok := there.ids[target]; !ok {
		return nil
	}
	now, err := u.g.headOf(ctx, u.dir)
	if err == nil && now == target {
		return nil
	}
	u.changed = true
	_, err = u.g.run(ctx, call{dir: u.dir, args: []string{"symbolic-ref", "HEAD", target}})
	return err
}

// pin fetches single commits that no ref reaches, as servers may allow it.
func (u *update) pin(ctx context.Context, ids []string) error {
	kinds, err := u.g.kinds(ctx, u.dir, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if kinds[id].kind != "" {
			continue
		}
		if err := u.transfer(ctx, []string{id + ":" + keepPrefix + id}); err != nil {
			return fmt.Errorf("%w: %s, neither below a ref nor by its id: %w", ErrLacks, id, err)
		}
		u.changed = true
	}
	return nil
}
