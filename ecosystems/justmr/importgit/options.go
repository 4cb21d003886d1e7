package importgit

// Options are the options of just-import-git.
type Options struct {
	URL    string // of the repository, as it is recorded
	Branch string // or tag
	Entry  string // repository of the foreign configuration to begin with; "": its main one

	As    string // name of the import, if Named; otherwise that of the entry
	Named bool

	Config string // path of the foreign configuration in the repository; "": where just-mr looks
	Plain  bool   // the repository is one root without a configuration
	Absent bool   // everything is marked as absent

	Map        []Mapping // foreign repositories that are not imported, since there is another for them
	Mirrors    []string  // recorded, not asked
	InheritEnv []string  // recorded
}

// Mapping says which repository stands for one of the foreign configuration.
type Mapping struct{ Theirs, Ours string }
