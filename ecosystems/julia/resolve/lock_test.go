package resolve_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
)

func TestLocks(t *testing.T) {
	r := world(t, "Night", night)
	otherTree := "git-tree-sha1 = \"" + tree("Wick", "0.2.0") + "\""
	for _, c := range []struct {
		name    string
		s       resolve.Selection
		want    []string
		missing []string
		notices []string
	}{
		{
			name: "a manifest is all that is needed",
			s:    resolve.Selection{Locks: []resolve.Lock{lock(t, "M.toml", "Lantern 1.2.0", "Wick 0.2.0", "Oil_jll 1.2.3+1", "JLLWrappers 1.2.0", "Dates", "Libdl")}},
			want: []string{"JLLWrappers 1.2.0", "Lantern 1.2.0", "Oil_jll 1.2.3+1", "Wick 0.2.0"},
		},
		{
			name: "a JLL that comes with Julia",
			s:    resolve.Selection{Locks: []resolve.Lock{lock(t, "M.toml", "Lantern 1.2.0", "Wick 0.2.0", "Oil_jll")}},
			want: []string{"Lantern 1.2.0", "Wick 0.2.0"},
		},
		{
			name: "what a manifest leaves out is wanted",
			s:    resolve.Selection{Locks: []resolve.Lock{lock(t, "M.toml", "Lantern 1.2.0", "Oil_jll")}, Versions: policy(t, "latest:1")},
			want: []string{"Lantern 1.2.0", "Wick 0.1.0 0.2.1 0.3.0"},
		},
		{
			name:    "unless versions are locked",
			s:       resolve.Selection{Locks: []resolve.Lock{lock(t, "M.toml", "Lantern 1.2.0", "Oil_jll")}, Roots: roots(t, "Alone"), Versions: policy(t, "locked"), Everything: true},
			want:    []string{"Lantern 1.2.0"},
			notices: []string{"out-of-scope: versions are locked, so only manifests decide about Alone"},
		},
		{
			name: "yanked versions are kept where they are pinned, for any Julia",
			s:    resolve.Selection{Locks: []resolve.Lock{lock(t, "M.toml", "Lantern 1.1.0", "Wick 1.1.0", "Oil_jll 1.3.0+0", "JLLWrappers")}, Julia: julia("1.6")},
			want: []string{"Lantern 1.1.0", "Oil_jll 1.3.0+0", "Wick 1.1.0"},
		},
		{
			name: "two manifests",
			s: resolve.Selection{Locks: []resolve.Lock{
				lock(t, "A.toml", "Lantern 1.2.0", "Wick 0.2.0", "Oil_jll"),
				lock(t, "B.toml", "Lantern 1.2.0", "Wick 0.3.0", "Oil_jll 1.2.3+0", "JLLWrappers 1.7.0"),
			}},
			want: []string{"JLLWrappers 1.7.0", "Lantern 1.2.0", "Oil_jll 1.2.3+0", "Wick 0.2.0 0.3.0"},
		},
		{
			name: "a root that is pinned too is followed like a root",
			s: resolve.Selection{Roots: roots(t, "Lantern@=1.2.0"), Versions: policy(t, "latest:1"),
				Locks: []resolve.Lock{lock(t, "M.toml", "Lantern 1.2.0", "Wick 0.2.0", "Oil_jll")}},
			want: []string{"JLLWrappers 1.7.0", "Lantern 1.2.0", "Oil_jll 1.2.3+10", "Wick 0.1.0 0.2.0 0.2.1 0.3.0"},
		},
		{
			name: "pinned and needed by a root",
			s: resolve.Selection{Roots: roots(t, "Moths@3"), Versions: policy(t, "latest:1"),
				Locks: []resolve.Lock{lock(t, "M.toml", "Lantern 1.2.0", "Wick 0.2.0", "Oil_jll")}},
			want: []string{"JLLWrappers 1.7.0", "Lantern 1.2.0", "Moths 1.0.0 2.0.0 3.0.0", "Oil_jll 1.2.3+10", "Wick 0.1.0 0.2.0 0.2.1 0.3.0"},
		},
		{
			name: "a weak dependency that is pinned",
			s: resolve.Selection{Roots: roots(t, "Lantern@1.2"), Versions: policy(t, "latest:1"), Deny: roots(t, "Wick", "Oil_jll"),
				Locks: []resolve.Lock{lock(t, "M.toml", "Moths 3.0.0", "Lantern")}},
			want:    []string{"Lantern 1.2.0", "Moths 1.0.0 2.0.0 3.0.0"},
			notices: []string{"denied: Oil_jll is denied, but Lantern 1.2.0 needs it", "denied: Wick is denied, but Lantern 1.2.0 needs it"},
		},
		{
			name: "what cannot be had",
			s: resolve.Selection{Locks: []resolve.Lock{lock(t, "M.toml", "Nobody 1.0.0", "Wick 9.0.0", "Lantern 1.2.0 "+otherTree, "Alone 0.0.1")},
				Deny: roots(t, "Alone@0.0.1")},
			want: []string{},
			missing: []string{
				"Lantern 1.2.0: M.toml pins it with the tree " + tree("Wick", "0.2.0") + ", but the registry Night has it with the tree " + tree("Lantern", "1.2.0"),
				"Nobody 1.0.0: M.toml pins it, but no registry of the mirror has the package",
				"Wick 9.0.0: M.toml pins it with the tree " + tree("Wick", "9.0.0") + ", but no registry lists this version",
			},
			notices: []string{"denied: M.toml pins Alone 0.0.1, which is denied"},
		},
		{
			name:    "a tree under another version",
			s:       resolve.Selection{Locks: []resolve.Lock{lock(t, "M.toml", "Wick 7.0.0 "+otherTree)}},
			want:    []string{"Wick 0.2.0"},
			notices: []string{"lock-mismatch: M.toml pins Wick 7.0.0, but the registry Night calls this tree 0.2.0"},
		},
		{
			name: "what is not from registries",
			s:    resolve.Selection{Locks: []resolve.Lock{lock(t, "M.toml", "Mine 0.1.0 path=\"../Mine\"", "Raw 0.2.0 repo-url=\"https://git.example/Raw.jl\"")}},
			want: []string{},
			notices: []string{
				"out-of-scope: M.toml takes Mine 0.1.0 from a local folder, which no package server can have; register it in a registry of your own to mirror it",
				"out-of-scope: M.toml takes Raw 0.2.0 from a git repository, which no package server can have; register it in a registry of your own to mirror it",
			},
		},
	} {
		got := closure(t, c.s, r)
		if diff := cmp.Diff(c.want, kept(got)); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.missing, missing(got)); diff != "" {
			t.Errorf("%s: missing:\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.notices, notices(got)); diff != "" {
			t.Errorf("%s: notices:\n%s", c.name, diff)
		}
	}
}
