package importgit

import (
	"context"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
)

// ofUpstream returns the commit of upstream's that a tip stands for: the tip itself, unless
// it is a merge that a mirror has made so that a branch reaches pinned commits (see
// [gitrepo.Repo.ExportPinned]). Of that, the first parent is the branch. Upstream has
// no such merge, so nobody could look it up there.
func ofUpstream(ctx context.Context, repo *gitrepo.Repo, tip string) (string, error) {
	text, err := repo.Run(ctx, nil, "cat-file", "commit", tip)
	if err != nil {
		return "", err
	}
	head, message, _ := strings.Cut(string(text), "\n\n")
	if !strings.Contains(head, "\ncommitter offmirror <offmirror@localhost> ") || !strings.HasPrefix(message, "Pinned commits of ") {
		return tip, nil
	}
	for line := range strings.Lines(head) {
		if parent, ok := strings.CutPrefix(line, "parent "); ok {
			return strings.TrimSpace(parent), nil
		}
	}
	return tip, nil
}
