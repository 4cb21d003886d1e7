package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

// Where what is no ref of upstream's is kept.
const (
	keepPrefix     = "refs/keep/"     // followed by an object id: what was rewritten
	incomingPrefix = "refs/incoming/" // while an update runs
)

// Ref is a name for an object.
type Ref struct {
	Name string // "refs/heads/main"
	ID   string // of a commit, or of the tag object of an annotated tag
}

// refList is what a repository names.
type refList struct {
	ids  map[string]string
	head string // the ref that HEAD stands for; empty if unknown
	at   string // the object that HEAD stands for; empty if unknown
}

// validID tells whether s is an object id of SHA-1 or SHA-256.
func validID(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

// validRef is git's rule for names of refs, a little stricter. What a server names
// otherwise is passed over: git itself would refuse it.
func validRef(name string) bool {
	if len(name) > maxName || !strings.HasPrefix(name, "refs/") || strings.HasSuffix(name, ".") ||
		strings.Contains(name, "..") || strings.Contains(name, "@{") ||
		strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`~^:?*[\`, r) }) {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part[0] == '.' || part[0] == '-' || strings.HasSuffix(part, ".lock") || len(part) > maxPart {
			return false
		}
	}
	return strings.Count(name, "/") >= 2
}

// remote asks an upstream for its refs.
func (g *Git) remote(ctx context.Context, p *place, want func(ref string) bool) (*refList, error) {
	list := &refList{ids: map[string]string{}}
	_, err := g.run(ctx, call{
		args:    []string{"ls-remote", "--quiet", "--symref", "--", p.url},
		allow:   g.protocols(p.local),
		config:  p.config,
		secrets: p.secrets,
		timeout: g.o.Timeout,
		limit:   int64(g.o.MaxRefs) * 256,
		each: func(line []byte) error {
			id, name, ok := bytes.Cut(line, []byte{'\t'})
			if target, isHead := strings.CutPrefix(string(id), "ref: "); ok && isHead {
				if string(name) == "HEAD" && validRef(target) {
					list.head = target
				}
				return nil
			}
			switch ref := string(name); {
			case !ok || !validID(string(id)):
				return fmt.Errorf("%w: %.100q in its list of refs", ErrBadAnswer, line)
			case ref == "HEAD":
				list.at = string(id)
			case validRef(ref) && !strings.HasPrefix(ref, incomingPrefix) && want(ref):
				list.ids[ref] = string(id)
			}
			if len(list.ids) > g.o.MaxRefs {
				return fmt.Errorf("%w: more than %d refs", ErrLimit, g.o.MaxRefs)
			}
			return nil
		},
	})
	return list, err
}

// local lists the refs of a repository that begin with prefix.
func (g *Git) local(ctx context.Context, dir, prefix string) (map[string]string, error) {
	ids := map[string]string{}
	args := []string{"for-each-ref", "--format=%(objectname) %(refname)"}
	if prefix != "" {
		args = append(args, strings.TrimSuffix(prefix, "/"))
	}
	_, err := g.run(ctx, call{dir: dir, args: args, limit: 4 * int64(g.o.MaxRefs) * 256, each: func(line []byte) error {
		id, name, ok := strings.Cut(string(line), " ")
		if !ok || !validID(id) {
			return fmt.Errorf("%w: %.100q as a ref", ErrBadAnswer, line)
		}
		ids[name] = id
		return nil
	}})
	return ids, err
}

// headOf returns the ref that HEAD of a repository stands for.
func (g *Git) headOf(ctx context.Context, dir string) (string, error) {
	out, err := g.run(ctx, call{dir: dir, args: []string{"symbolic-ref", "HEAD"}})
	return strings.TrimSpace(string(out)), err
}

// transaction moves refs, all or none. The instructions are those of git update-ref --stdin.
func (g *Git) transaction(ctx context.Context, dir string, instructions []string) error {
	if len(instructions) == 0 {
		return nil
	}
	all := append(append([]string{"start"}, instructions...), "prepare", "commit")
	_, err := g.run(ctx, call{dir: dir, args: []string{"update-ref", "--stdin"}, stdin: lines(all)})
	return err
}
