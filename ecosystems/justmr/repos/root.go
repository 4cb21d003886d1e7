package repos

// Kind is the type of a root.
type Kind string

// The types that just-mr knows.
const (
	KindArchive       Kind = "archive"
	KindZip           Kind = "zip"
	KindForeignFile   Kind = "foreign file"
	KindGit           Kind = "git"
	KindGitTree       Kind = "git tree"
	KindDistdir       Kind = "distdir"
	KindFile          Kind = "file"
	KindComputed      Kind = "computed"
	KindTreeStructure Kind = "tree structure"
)

// Root is what a repository consists of.
type Root struct {
	Kind   Kind
	Absent bool // just-mr does not fetch it unless it is told to

	Archive *Archive // of archives, zips and foreign files
	Git     *Git     // of git roots
	Tree    *Tree    // of git trees
	Members []string // of distdirs: names of repositories
	Target  string   // of computed roots and tree structures: the repository that they are made from
}

// Archive is a file that is known by its content.
type Archive struct {
	Content string   // git blob id, 40 digits in lower case
	Fetch   string   // the primary URL, as written
	Mirrors []string // further URLs, as written

	// Distfile is the name by which it is looked for in distdirs. See [Distfile].
	Distfile string

	SHA256, SHA512 string // in lower case; "" if not given
	Subdir         string // that is used of it; "." is all
	Name           string // of foreign files: the name in the root
	Executable     bool   // of foreign files
}

// Git is a commit.
type Git struct {
	URL     string // as written
	Commit  string // 40 digits in lower case
	Branch  string // short name of a branch or a tag
	Mirrors []string
	Subdir  string // "." is all

	InheritEnv []string
}

// Tree is a git tree that a command makes.
type Tree struct {
	ID         string // 40 digits in lower case
	Command    []string
	Env        map[string]string
	InheritEnv []string
}
