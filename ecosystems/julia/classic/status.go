package classic

// State is how a section is, in the words of status.json. The script also knew
// "synchronizing"; what is published is never in that state.
type State string

// The states of a section.
const (
	Unavailable State = "unavailable" // not asked for
	Updated     State = "updated"
	Failed      State = "failed" // its upstream could not be had
)

// Section is a share of the layout. The zero Section is not asked for.
type Section struct {
	State   State  `json:"status"`
	Created string `json:"created_time,omitempty"` // as [Time] writes it
	Updated string `json:"last_updated,omitempty"` // when its content last changed
}

func (s Section) fields() map[string]any {
	if s.State == "" {
		s.State = Unavailable
	}
	m := map[string]any{"status": s.State}
	if s.Created != "" {
		m["created_time"] = s.Created
	}
	if s.Updated != "" {
		m["last_updated"] = s.Updated
	}
	return m
}

// Series is one of the folders of releases/.
type Series struct {
	Subversion string `json:"subversion"` // "v1.10.4", or "latest"
	Updated    string `json:"last_updated"`
}

// Config is what the mirror was asked for.
type Config struct {
	Releases, Metadata, Packages bool
	Registries                   map[string]string // URL by name
	Latest, IgnoreInvalid        bool
}

func (c Config) fields() map[string]any {
	registries := c.Registries
	if registries == nil {
		registries = map[string]string{}
	}
	return map[string]any{
		"mirror_releases": c.Releases, "mirror_metadata": c.Metadata, "mirror_packages": c.Packages,
		"registries": registries, "sync_latest": c.Latest, "ignore_invalid": c.IgnoreInvalid,
	}
}

// Version is the version of the layout, that of the last script that wrote it.
const Version = "1.0.0"

// Status is status.json.
type Status struct {
	Name             string // of the mirror
	Created, Updated string
	Config           Config

	Client, Releases, Metadata, Registries, Packages Section

	Series map[string]Series  // by folder: "v1.10", "latest"
	Each   map[string]Section // registries by name
}

// Format returns the file. The same Status gives the same bytes.
func (s *Status) Format() []byte {
	releases, registries := s.Releases.fields(), s.Registries.fields()
	for name, series := range s.Series {
		releases[name] = map[string]any{"subversion": series.Subversion, "last_updated": series.Updated}
	}
	if s.Each != nil {
		each := map[string]any{}
		for name, section := range s.Each {
			each[name] = section.fields()
		}
		registries["registries"] = each
	}
	return document(map[string]any{
		"name": s.Name, "mirror_version": Version, "created_time": s.Created, "last_updated": s.Updated,
		"config": s.Config.fields(), "client": s.Client.fields(), "releases": releases,
		"metadata": s.Metadata.fields(), "registries": registries, "packages": s.Packages.fields(),
	})
}
