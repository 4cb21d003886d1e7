package fetch

// Check reports what is wrong with c, in one line that names the key: what [New] would say.
func (c Config) Check() error {
	_, err := newSettings(c)
	return err
}
