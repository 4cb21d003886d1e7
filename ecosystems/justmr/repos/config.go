package repos

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// MaxSize bounds a configuration, in bytes. The largest that are known have 100 kB.
const MaxSize = 64 << 20

// Config is a multi-repository configuration. It does not change any more and may be used
// by several goroutines.
type Config struct {
	File string // for messages
	Main string // see HasMain

	HasMain bool // the file names a main repository

	// Problems are what is wrong with single repositories, ordered by repository.
	Problems []Problem

	repositories map[string]*Repository
	ends         map[string]end // by repository
}

// Repository is a repository of a configuration.
type Repository struct {
	Name string

	Root     *Root  // nil if it is shared or of no use
	Shared   string // the repository whose root it has, if IsShared
	IsShared bool

	Layers   []string // target_root, rule_root, expression_root, as far as they are given
	Bindings []string // the names of the bound repositories, sorted
}

// Problem is something that just-mr could not work with.
type Problem struct {
	File       string
	Repository string
	Key        string // "repository.content"; "" if it is about the whole
	Reason     string // one line
}

// Error returns one line.
func (p Problem) Error() string {
	key := p.Key
	if key != "" {
		key += ": "
	}
	return fmt.Sprintf("%s: repository %s: %s%s", p.File, strconv.Quote(p.Repository), key, p.Reason)
}

// Parse reads a configuration; file is its name, for messages. The error says that it is
// none, in one line that names the file.
func Parse(file string, data []byte) (*Config, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%s: larger than %d bytes", file, MaxSize)
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &top); err != nil {
		return nil, fmt.Errorf("%s: not JSON, want a multi-repository configuration: %w", file, where(data, err))
	}
	var list map[string]json.RawMessage
	if json.Unmarshal(top["repositories"], &list) != nil || list == nil {
		return nil, fmt.Errorf("%s: no multi-repository configuration: it has no object \"repositories\"", file)
	}
	c := &Config{File: file, repositories: make(map[string]*Repository, len(list))}
	if raw, ok := top["main"]; ok {
		if err := json.Unmarshal(raw, &c.Main); err != nil || isNull(raw) {
			return nil, fmt.Errorf("%s: main: want the name of a repository", file)
		}
		c.HasMain = true
	}
	for _, name := range slices.Sorted(maps.Keys(list)) {
		r := &reader{c: c, name: name}
		c.repositories[name] = r.repository(list[name])
	}
	c.checkReferences()
	slices.SortStableFunc(c.Problems, func(a, b Problem) int { return compare(a.Repository, b.Repository) })
	return c, nil
}

// where adds the line to an error of the JSON decoder that knows its place.
func where(data []byte, err error) error {
	var offset int64
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = syntax.Offset
	} else if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("it is %s, not an object", kind.Value)
	}
	line := 1
	for _, b := range data[:min(offset, int64(len(data)))] {
		if b == '\n' {
			line++
		}
	}
	return fmt.Errorf("line %d: %w", line, err)
}

// Names returns the names of all repositories, sorted.
func (c *Config) Names() []string { return slices.Sorted(maps.Keys(c.repositories)) }

// Repository returns the repository of a name.
func (c *Config) Repository(name string) (*Repository, bool) {
	r, ok := c.repositories[name]
	return r, ok
}

// problem notes what is wrong with a repository.
func (c *Config) problem(name, key, format string, args ...any) {
	c.Problems = append(c.Problems, Problem{File: c.File, Repository: name, Key: key, Reason: fmt.Sprintf(format, args...)})
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }
