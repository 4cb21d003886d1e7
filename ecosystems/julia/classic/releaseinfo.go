package classic

// ReleaseFile is a file of a release.
type ReleaseFile struct {
	Name string // in the folder of its series
	URL  string // where it is from
}

// ReleaseSeries is what there is of a series of releases.
type ReleaseSeries struct {
	Subversion string // "v1.10.4", or "latest"
	Files      []ReleaseFile
}

// ReleaseInfo is releaseinfo.json: the files in the folders of releases/, by folder.
type ReleaseInfo struct {
	Updated string // as [Time] writes it
	Series  map[string]ReleaseSeries
}

// Format returns the file. The same ReleaseInfo gives the same bytes.
func (r *ReleaseInfo) Format() []byte {
	versions := map[string]any{}
	for name, series := range r.Series {
		list := make([][2]string, 0, len(series.Files))
		for _, f := range series.Files {
			list = append(list, [2]string{f.Name, f.URL})
		}
		v := map[string]any{"urllist": list}
		if series.Subversion != Latest {
			v["subversion"] = series.Subversion
		}
		versions[name] = v
	}
	return document(map[string]any{"last_updated": r.Updated, "versions": versions})
}
