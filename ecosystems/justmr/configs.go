package justmr

import (
	"context"
	"errors"
	"fmt"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/justmr/repos"
	"github.com/offmirror/offmirror/fetch"
)

// configFile is a configuration with the bytes that it was read from.
type configFile struct {
	name   string // as the user gave it, without credentials
	data   []byte
	config *repos.Config
	root   string // that relative paths are in; empty if it is from elsewhere
}

// errNoConfigs keeps a section without configurations from emptying a mirror.
var errNoConfigs = errors.New("justmr.configs: none is named: name repos.json files or URLs, there or by --configs")

// readFiles reads the configurations that are files.
func (s *settings) readFiles() ([]configFile, error) {
	if len(s.Configs) == 0 {
		return nil, errNoConfigs
	}
	var files []configFile
	for _, name := range s.Configs {
		if isURL(name) {
			continue
		}
		data, err := ecosystems.ReadFile(name, repos.MaxSize)
		if err != nil {
			return nil, fmt.Errorf("justmr.configs: %w", err)
		}
		f, err := newConfigFile(name, data)
		if err != nil {
			return nil, fmt.Errorf("justmr.configs: %w", err)
		}
		files = append(files, f)
	}
	return files, nil
}

func newConfigFile(name string, data []byte) (configFile, error) {
	c, err := repos.Parse(name, data)
	return configFile{name, data, c, setupRoot(name)}, err
}

// readConfigs reads all configurations, in the order in which they are given.
func (s *settings) readConfigs(ctx context.Context, up ecosystems.Upstream) ([]configFile, error) {
	local, err := s.readFiles()
	if err != nil {
		return nil, err
	}
	var all []configFile
	for _, name := range s.Configs {
		if !isURL(name) {
			all, local = append(all, local[0]), local[1:]
			continue
		}
		doc, err := up.Document(ctx, fetch.Request{URL: name, MaxSize: repos.MaxSize})
		if err != nil {
			return nil, fmt.Errorf("justmr.configs: %w", err)
		}
		f, err := newConfigFile(fetch.Redact(name), doc.Data)
		if err != nil {
			return nil, fmt.Errorf("justmr.configs: %w", err)
		}
		all = append(all, f)
	}
	return all, nil
}
