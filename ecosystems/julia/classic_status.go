package julia

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// section describes a section of status.json. Its time is that of the run that changed
// what content stands for; so a run that changes nothing writes the same file.
func (c *classicPart) section(name string, failed bool, content string) {
	var before classic.Status
	if c.old != nil {
		before = c.old.Status
	}
	pick := func(s *classic.Status) *classic.Section {
		return map[string]*classic.Section{
			"client": &s.Client, "releases": &s.Releases, "metadata": &s.Metadata, "registries": &s.Registries, "packages": &s.Packages,
		}[name]
	}
	*pick(&c.status) = c.renew(name, *pick(&before), failed, content)
}

func (c *classicPart) registrySection(name string, failed bool, content string) {
	var before classic.Section
	if c.old != nil {
		before = c.old.Status.Each[name]
	}
	c.status.Each[name] = c.renew("registries/"+name, before, failed, content)
}

func (c *classicPart) renew(key string, s classic.Section, failed bool, content string) classic.Section {
	state := classic.Updated
	if failed {
		state = classic.Failed
	}
	sum := sumOf([]byte(content)).String()
	c.next.Digests[key] = sum
	now := classic.Time(c.p.in.Now)
	if s.Created == "" {
		s.Created = now
	}
	if c.old == nil || c.old.Digests[key] != sum || s.State != state {
		s.State, s.Updated = state, now
	}
	return s
}

// sumOf returns the id of the object that bytes are.
func sumOf(data []byte) store.ID { return sha256.Sum256(data) }

// digestOfEach stands for the content of all registries.
func (c *classicPart) digestOfEach() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c.status.Each)) {
		s := c.status.Each[name]
		b.WriteString(name + " " + string(s.State) + " " + c.next.Digests["registries/"+name] + "\n")
	}
	return b.String()
}

// emitStatus yields status.json.
func (c *classicPart) emitStatus() error {
	s := &c.status
	c.next.Host = c.host()
	if s.Name = c.p.options.MirrorName; s.Name == "" {
		s.Name = c.next.Host
	}
	s.Config = classic.Config{
		Releases: c.has("releases"), Metadata: c.has("metadata"), Packages: c.has("packages"),
		Latest: c.p.options.ClassicLatest && c.has("packages"), IgnoreInvalid: c.p.options.IgnoreInvalid,
		Registries: map[string]string{},
	}
	if c.has("registries") {
		s.Config.Registries = c.registryURLs()
	}
	s.Created = classic.Time(c.p.in.Now)
	s.Updated = s.Created
	if c.old != nil {
		s.Created = c.old.Status.Created
		same := *s
		same.Updated = c.old.Status.Updated
		if bytes.Equal(same.Format(), c.old.Status.Format()) {
			s.Updated = same.Updated
		}
	}
	c.next.Status = *s
	return c.file(classic.StatusPath, "says what is here", layout.EntryPoint, s.Format())
}
