package config

// sharedSection is a section that belongs to no ecosystem.
type sharedSection struct {
	name, summary string
	options       any // with the defaults in it
}

func sharedSections() []sharedSection {
	return nil
}
