package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Repo is a bare repository of a [Store].
type Repo struct {
	git  *Git
	name string
	dir  string
}

// Name returns HOST/PATH.git.
func (r *Repo) Name() string { return r.name }

// Dir returns the folder, as a path of the machine.
func (r *Repo) Dir() string { return r.dir }

// Run calls git on the repository, hardened like every call of this package, and returns
// what it wrote, at most 64 MiB. No transport is allowed. It is for what this package does not offer.
func (r *Repo) Run(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	out, err := r.git.run(ctx, call{dir: r.dir, args: args, stdin: stdin})
	return out, r.wrap(err)
}

func (r *Repo) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", r.name, err)
}

// Refs returns all refs, sorted by name, refs/keep too.
func (r *Repo) Refs(ctx context.Context) ([]Ref, error) {
	ids, err := r.git.local(ctx, r.dir, "")
	if err != nil {
		return nil, r.wrap(err)
	}
	list := make([]Ref, 0, len(ids))
	for _, name := range slices.Sorted(maps.Keys(ids)) {
		list = append(list, Ref{Name: name, ID: ids[name]})
	}
	return list, nil
}

// Head returns the ref that HEAD stands for and its commit. The error is [ErrNotFound] for a
// repository without commits.
func (r *Repo) Head(ctx context.Context) (Ref, error) {
	name, err := r.git.headOf(ctx, r.dir)
	if err != nil {
		return Ref{}, r.wrap(err)
	}
	id, err := r.Resolve(ctx, "HEAD")
	return Ref{Name: name, ID: id}, err
}

// Resolve returns the id of what a revision names, in git's notation: "main",
// "v1.2.3^{tree}", "COMMIT:lib/Inner". The error is [ErrNotFound] if it names nothing.
func (r *Repo) Resolve(ctx context.Context, revision string) (string, error) {
	if strings.ContainsAny(revision, "\n\x00") || revision == "" {
		return "", r.wrap(fmt.Errorf("%.100q: %w", revision, ErrNotFound))
	}
	out, err := r.git.run(ctx, call{dir: r.dir, args: []string{"rev-parse", "--verify", "--quiet", "--end-of-options", revision}})
	var said *gitError
	if errors.As(err, &said) && (said.code == 1 || said.code == 128) {
		return "", r.wrap(fmt.Errorf("%.100q: %w", revision, ErrNotFound))
	}
	id := strings.TrimSpace(string(out))
	if err == nil && !validID(id) {
		err = fmt.Errorf("%w: %.100q for %.100q", ErrBadAnswer, id, revision)
	}
	return id, r.wrap(err)
}

// info is what is known of an object; kind is empty if it is missing.
type info struct {
	kind string
	size int64
}

// Kinds returns the types ("commit", "tree", "blob", "tag") of those of the objects that
// are there.
func (r *Repo) Kinds(ctx context.Context, ids ...string) (map[string]string, error) {
	all, err := r.git.kinds(ctx, r.dir, ids)
	if err != nil {
		return nil, r.wrap(err)
	}
	out := make(map[string]string, len(all))
	for id, i := range all {
		out[id] = i.kind
	}
	return out, nil
}

func (g *Git) kinds(ctx context.Context, dir string, ids []string) (map[string]info, error) {
	for _, id := range ids {
		if !validID(id) {
			return nil, fmt.Errorf("%.80q is no object id", id)
		}
	}
	out := make(map[string]info, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	_, err := g.run(ctx, call{
		dir: dir, args: []string{"cat-file", "--batch-check", "--buffer"}, stdin: lines(ids), limit: int64(len(ids))*128 + 1024,
		each: func(line []byte) error {
			id, i, err := parseInfo(string(line))
			if err == nil && i.kind != "" {
				out[id] = i
			}
			return err
		},
	})
	return out, err
}

// parseInfo reads "ID TYPE SIZE" or "ID missing".
func parseInfo(line string) (id string, i info, err error) {
	fields := strings.Split(line, " ")
	if len(fields) == 2 && fields[1] == "missing" && validID(fields[0]) {
		return fields[0], info{}, nil
	}
	if len(fields) == 3 && validID(fields[0]) {
		i.kind = fields[1]
		i.size, err = strconv.ParseInt(fields[2], 10, 64)
		if err == nil && i.size >= 0 {
			return fields[0], i, nil
		}
	}
	return "", info{}, fmt.Errorf("%w: %.100q about an object", ErrBadAnswer, line)
}

// Has tells whether all commits are there, with everything that they need for their
// trees to be read.
func (r *Repo) Has(ctx context.Context, commits ...string) (bool, error) {
	kinds, err := r.Kinds(ctx, commits...)
	if err != nil {
		return false, err
	}
	for _, id := range commits {
		if kinds[id] != "commit" {
			return false, nil
		}
	}
	return true, nil
}

// Verify proves the repository: every object against its id, and that nothing is missing that
// some ref reaches. With quick, only the latter. What is wrong is [ErrDamaged] and said in one line.
func (r *Repo) Verify(ctx context.Context, quick bool) error {
	args := []string{"fsck", "--no-dangling", "--no-progress", "--full"}
	if quick {
		args = []string{"fsck", "--no-dangling", "--no-progress", "--connectivity-only"}
	}
	// Old history is full of small sins, such as padded modes, that harm nobody and that
	// nobody can mend any more.
	var config []setting
	for _, sin := range []string{
		"badTimezone", "badDate", "badDateOverflow", "badEmail", "badName", "badTree", "badFilemode", "zeroPaddedFilemode", "zeroPaddedDate",
		"missingEmail", "missingNameBeforeEmail", "missingSpaceBeforeDate", "missingSpaceBeforeEmail", "missingTaggerEntry",
		"multipleAuthors", "nulInCommit", "gitmodulesName", "gitmodulesUrl", "gitmodulesPath", "gitmodulesParse",
		"hasDotgit", "fullPathname", "nullSha1", "treeNotSorted", "duplicateEntries", "badTagName",
	} {
		config = append(config, setting{"fsck." + sin, "ignore"})
	}
	out, err := r.git.run(ctx, call{dir: r.dir, args: args, config: config, timeout: 6 * time.Hour})
	if err == nil {
		return nil
	}
	var said *gitError
	if !errors.As(err, &said) {
		return r.wrap(err)
	}
	first, _, _ := bytes.Cut(bytes.TrimSpace(out), []byte("\n"))
	text := said.text
	if len(first) > 0 {
		text = r.git.plain(string(first), nil)
	}
	return r.wrap(fmt.Errorf("%w: %s", ErrDamaged, text))
}

// fewPacks is how many packs a repository may have before Compact joins them.
const fewPacks = 40

// Compact joins the packs that many updates leave. It drops nothing, and does
// nothing while there are few.
func (r *Repo) Compact(ctx context.Context) error {
	out, err := r.git.run(ctx, call{dir: r.dir, args: []string{"count-objects", "-v"}})
	if err != nil {
		return r.wrap(err)
	}
	_, rest, _ := strings.Cut(string(out), "packs: ")
	digits, _, _ := strings.Cut(rest, "\n")
	if n, err := strconv.Atoi(digits); err == nil && n <= fewPacks {
		return nil
	}
	_, err = r.git.run(ctx, call{dir: r.dir, args: []string{"repack", "--geometric=2", "-d", "--quiet"}, timeout: 6 * time.Hour})
	return r.wrap(err)
}
