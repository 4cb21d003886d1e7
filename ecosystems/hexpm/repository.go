package hexpm

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
	"github.com/offmirror/offmirror/fetch"
)

// repository is one Hex repository: where it is, where its copy goes, and what
// proves it.
type repository struct {
	key      string // its table in the configuration, for errors
	name     string // the name inside its signed files
	prefix   string // of its paths in the tree: "", or "repos/NAME/"
	upstream string // base URL without a trailing slash
	mirrors  []string
	trust    registry.Trust
	tokenEnv string
	roots    []version.Root
	policies []string
}

func (s *settings) setRepositories(o *Options) error {
	main := &repository{
		name: cmp.Or(o.Name, hexPMName), upstream: cmp.Or(o.Upstream, hexPMUpstream),
		mirrors: o.Mirrors, tokenEnv: o.TokenEnv, policies: o.Policies,
	}
	key, err := readPublicKey("public_key", o.PublicKey, registry.HexPM())
	if err != nil {
		return err
	}
	main.trust = registry.Trust{Key: key, Repository: main.name}
	if err := main.check(o.Packages); err != nil {
		return err
	}
	s.repositories = []*repository{main}
	for _, table := range o.Repositories {
		r, err := furtherRepository(table, main)
		if err != nil {
			return err
		}
		for _, other := range s.repositories {
			if other.prefix == r.prefix || other.name == r.name {
				return fmt.Errorf("repositories: %q is given twice", table.Name)
			}
		}
		s.repositories = append(s.repositories, r)
	}
	return nil
}

func furtherRepository(table Repository, main *repository) (*repository, error) {
	if err := registry.CheckName(table.Name); err != nil {
		return nil, fmt.Errorf("repositories: %w", err)
	}
	r := &repository{
		key:      fmt.Sprintf("repositories[%s].", table.Name),
		name:     cmp.Or(table.Repository, table.Name),
		prefix:   "repos/" + table.Name + "/",
		upstream: cmp.Or(table.Upstream, main.upstream+"/repos/"+table.Name),
		mirrors:  table.Mirrors, tokenEnv: table.TokenEnv, policies: table.Policies,
	}
	key, err := readPublicKey(r.key+"public_key", table.PublicKey, main.trust.Key)
	if err != nil {
		return nil, err
	}
	r.trust = registry.Trust{Key: key, Repository: r.name}
	return r, r.check(table.Packages)
}

func (r *repository) check(packages []string) (err error) {
	if r.upstream, err = ecosystems.BaseURL(r.key+"upstream", r.upstream); err != nil {
		return err
	}
	mirrors := make([]string, len(r.mirrors))
	for i, m := range r.mirrors {
		if mirrors[i], err = ecosystems.BaseURL(r.key+"mirrors", m); err != nil {
			return err
		}
	}
	r.mirrors = mirrors
	if err := registry.CheckName(r.name); err != nil {
		return fmt.Errorf("%sname: %w", r.key, err)
	}
	for _, policy := range r.policies {
		if err := registry.CheckName(policy); err != nil {
			return fmt.Errorf("%spolicies: %w", r.key, err)
		}
	}
	r.roots, err = parseRoots(r.key+"packages", packages)
	return err
}

// credentials returns the raw repository key for the upstream and its mirrors;
// Hex sends it without a scheme.
func (r *repository) credentials() ([]fetch.Credential, error) {
	if r.tokenEnv == "" {
		return nil, nil
	}
	token := os.Getenv(r.tokenEnv)
	if token == "" {
		return nil, fmt.Errorf("hex.%stoken_env: the environment variable %s is not set", r.key, r.tokenEnv)
	}
	all := []fetch.Credential{{Prefix: r.upstream + "/", Authorization: token}}
	for _, m := range r.mirrors {
		all = append(all, fetch.Credential{Prefix: m + "/", Authorization: token})
	}
	return all, nil
}

// at is the URL of a file as people may see it, or that of the repository.
func (r *repository) at(file string) string {
	return fetch.Redact(strings.TrimSuffix(r.upstream+"/"+file, "/"))
}

// title names the repository's packages in messages; those of the main one go
// by their bare name.
func (r *repository) title(name string) string {
	if r.prefix == "" {
		return name
	}
	return r.name + "/" + name
}
