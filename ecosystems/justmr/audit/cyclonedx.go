package audit

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"strings"
)

type bom struct {
	Schema       string      `json:"$schema"`
	Format       string      `json:"bomFormat"`
	Spec         string      `json:"specVersion"`
	SerialNumber string      `json:"serialNumber"`
	Version      int         `json:"version"`
	Components   []component `json:"components"`
}

type component struct {
	Type       string      `json:"type"`
	Ref        string      `json:"bom-ref"`
	Name       string      `json:"name"`
	Version    string      `json:"version,omitempty"`
	Hashes     []hash      `json:"hashes,omitempty"`
	SWHID      []string    `json:"swhid,omitempty"`
	References []reference `json:"externalReferences,omitempty"`
	Properties []property  `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type reference struct {
	URL  string `json:"url"`
	Type string `json:"type"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// CycloneDX writes entries as a bill of materials.
func CycloneDX(entries []Entry) []byte {
	b := bom{Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", Spec: "1.6", Version: 1, Components: []component{}}
	for _, e := range entries {
		switch e.Type {
		case "git":
			b.Components = append(b.Components, e.commits()...)
		case "git tree":
			b.Components = append(b.Components, e.component("application", "tree:"+e.Content, "swh:1:dir:"+e.Content))
		default:
			kind := "library"
			if e.Type == "foreign file" {
				kind = "file"
			}
			b.Components = append(b.Components, e.component(kind, "content:"+e.Content, "swh:1:cnt:"+e.Content))
		}
	}
	sum := sha256.Sum256(marshal(b))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // version 8: of one's own making (RFC 9562)
	b.SerialNumber = fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
	return marshal(b)
}

// commits are the components of a repository: one for each commit that is pinned.
func (e *Entry) commits() (list []component) {
	seen := map[string]bool{}
	for _, p := range e.Pins {
		if !seen[p.Commit] {
			seen[p.Commit] = true
			c := e.component("library", "git:"+e.place()+"@"+p.Commit, "swh:1:rev:"+p.Commit)
			c.Version = p.Commit
			list = append(list, c)
		}
	}
	return list
}

func (e *Entry) component(kind, ref, swhid string) component {
	c := component{Type: kind, Ref: ref, Name: e.name(), SWHID: []string{swhid}}
	for _, h := range []hash{{"SHA-256", e.SHA256}, {"SHA-512", e.SHA512}} {
		if h.Content != "" {
			c.Hashes = append(c.Hashes, h)
		}
	}
	at := "distribution"
	if e.Type == "git" {
		at = "vcs"
	}
	for _, u := range e.URLs {
		c.References = append(c.References, reference{iri(u.URL), at})
	}
	add := func(name string, values ...string) {
		for _, v := range values {
			if v != "" {
				c.Properties = append(c.Properties, property{"offmirror:" + name, v})
			}
		}
	}
	add("type", e.Type)
	add("licence", e.Licence)
	add("upstream", e.Upstream)
	add("repository", e.Repositories...)
	add("path", e.Path)
	return c
}

// name is what people call it.
func (e *Entry) name() string {
	switch {
	case len(e.Names) > 0:
		return e.Names[0]
	case e.Type == "git":
		return strings.TrimSuffix(strings.TrimPrefix(e.Path, "git/"), ".git")
	case len(e.Repositories) > 0 && e.Repositories[0] != "":
		return e.Repositories[0]
	}
	return e.Content
}

// iri makes a URL of what configurations take for one.
func iri(raw string) string {
	if u, err := url.Parse(raw); err == nil {
		return u.String()
	}
	return (&url.URL{Path: raw}).String()
}

// place tells repositories apart.
func (e *Entry) place() string {
	if len(e.URLs) > 0 {
		return e.URLs[0].URL
	}
	return e.name()
}
