// Package config reads offmirror.toml, and turns the options structs of the
// ecosystems into keys, command-line flags and the reference of both.
//
// There is one declaration of an option: an exported field of the struct that
// [ecosystems.Ecosystem.Options] returns, with the tags described there.
// [Fields] reads it; everything else in this package follows from that list.
//
// A configuration is strict. A key that no struct declares is an error with a
// suggestion, and so is a value of another kind. Every error is an [*Error],
// one line that names file, line (as far as it can be told) and key.
package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/retention"
	"github.com/offmirror/offmirror/layout/serve/front"
)

// maxSize is the size in bytes above which a file is refused as being no configuration.
const maxSize = 4 << 20

// Config is a configuration with every default filled in.
type Config struct {
	File      string // where it was read from; empty if there is none
	Root      string // the key root, resolved; empty if the file does not set it
	Fetch     fetch.Config
	Snapshots retention.Config
	Serve     front.Config
	Bundle    bundle.Config
	Sections  []*Section // one for every known ecosystem, in their order
}

// Section is the part of a configuration that concerns one ecosystem.
type Section struct {
	Ecosystem ecosystems.Ecosystem
	Options   any  // what Ecosystem.Options returned, with the configuration's values in it
	Present   bool // whether the file has this section

	file string

	flags map[string]string // those that set a key, by the key
}

// Default returns the configuration that holds without a file.
func Default(known []ecosystems.Ecosystem) *Config {
	c := sharedDefaults()
	for _, eco := range known {
		c.Sections = append(c.Sections, &Section{Ecosystem: eco, Options: eco.Options()})
	}
	return &c
}

// Load reads file for the known ecosystems.
func Load(file string, known []ecosystems.Ecosystem) (*Config, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	return Parse(file, data, known)
}

func readFile(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, &Error{File: file, Problem: plain(err).Error()}
	}
	if info.Size() > maxSize {
		return nil, &Error{File: file, Problem: fmt.Sprintf("has %d bytes, more than a configuration can have (%d)", info.Size(), maxSize)}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, &Error{File: file, Problem: plain(err).Error()}
	}
	return data, nil
}

// Parse is Load for a file whose content is at hand. Relative paths in it are
// resolved against the folder of file, which need not exist.
func Parse(file string, data []byte, known []ecosystems.Ecosystem) (*Config, error) {
	c := Default(known)
	c.File = file
	d, err := newDocument(file, data)
	if err != nil {
		return nil, err
	}
	absolute, err := filepath.Abs(file)
	if err != nil {
		return nil, &Error{File: file, Problem: err.Error()}
	}
	base := filepath.Dir(absolute)

	var top struct {
		Root string `toml:"root" path:"true"`
	}
	sections := map[string]*Section{}
	var names []string
	shared := map[string]checked{}
	for _, s := range c.shared() {
		shared[s.name] = s.options
		names = append(names, s.name)
	}
	for _, s := range c.Sections {
		s.file = file
		for _, name := range s.Ecosystem.Words() {
			sections[name] = s
			names = append(names, name)
		}
	}
	fields := Fields(&top)
	for _, key := range d.keys() {
		s := sections[key]
		switch {
		case s != nil && s.Present:
			return nil, d.errorAt([]string{key}, fmt.Sprintf("second section for %s", s.Ecosystem.Name))
		case s != nil:
			s.Present = true
			if err := d.decode(key, s.Options, base); err != nil {
				return nil, err
			}
		case shared[key] != nil:
			if err := d.decode(key, shared[key], base); err != nil {
				return nil, err
			}
			if err := shared[key].Check(); err != nil {
				return nil, d.blame(err)
			}
		case !slices.ContainsFunc(fields, func(f Field) bool { return f.Key == key }):
			return nil, d.unknown([]string{key}, append(names, keysOf(fields)...))
		}
	}
	if err := d.decodeTop(&top); err != nil {
		return nil, err
	}
	resolvePaths(fields, base)
	c.Root = top.Root
	return c, nil
}

// Section returns the section of the ecosystem that has word as its name or alias.
func (c *Config) Section(word string) (*Section, bool) {
	for _, s := range c.Sections {
		if slices.Contains(s.Ecosystem.Words(), word) {
			return s, true
		}
	}
	return nil, false
}

// Override is [Override] for the options of the section, which remembers whom to blame for a
// value.
func (s *Section) Override(flags map[string][]string, base string) error {
	if s.flags == nil {
		s.flags = map[string]string{}
	}
	for _, f := range Fields(s.Options) {
		if _, given := flags[f.Flag]; given && f.Flag != "" {
			s.flags[f.Key] = f.Flag
		}
	}
	return Override(s.Options, flags, base)
}

// Driver makes the driver that the section describes.
func (s *Section) Driver() (ecosystems.Driver, error) {
	d, err := s.Ecosystem.New(s.Options)
	if err != nil {
		problem := strings.TrimPrefix(err.Error(), s.Ecosystem.Name+".") // some name the section, too
		if key, rest, ok := strings.Cut(problem, ": "); ok && s.flags[key] != "" {
			return nil, &Error{Key: "--" + s.flags[key], Problem: rest}
		}
		return nil, &Error{File: s.file, Key: s.Ecosystem.Name, Problem: problem}
	}
	return d, nil
}

// Error is a mistake in a configuration.
type Error struct {
	File    string // empty when a flag or a default is to blame
	Line    int    // 1 is the first; 0 when it is not known
	Key     string // dotted; may be empty
	Problem string // what is wrong, and what to do
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
		}
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.Problem)
	return b.String()
}

// syntaxError puts what the TOML package has to say into an [*Error].
func syntaxError(file string, err error) *Error {
	if e, ok := errors.AsType[toml.ParseError](err); ok {
		return &Error{File: file, Line: e.Position.Line, Key: e.LastKey, Problem: strings.TrimPrefix(e.Message, "toml: ")}
	}
	return &Error{File: file, Problem: strings.TrimPrefix(err.Error(), "toml: ")}
}
