package config

import "github.com/BurntSushi/toml"

// LoadTable reads a file of another program, all of which is one table, into the struct that options
// points to, as strictly as a section of offmirror.toml. Paths in it stay as they are.
func LoadTable(file string, options any) error {
	data, err := readFile(file)
	if err != nil {
		return err
	}
	d, err := newDocument(file, data)
	if err != nil {
		return err
	}
	if err := d.check(nil, d.raw, Fields(options)); err != nil {
		return err
	}
	if _, err := toml.Decode(d.source, options); err != nil {
		return d.valueError("", err)
	}
	return nil
}

// BlameTable gives an error about a value of such a file, whose text begins with the key, its place.
func BlameTable(file string, err error) error {
	d := &document{file: file}
	if data, bad := readFile(file); bad == nil {
		d.source = string(data)
	}
	return d.blame(err)
}
