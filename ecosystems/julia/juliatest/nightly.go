package juliatest

import (
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// nightlyFile is a file of nightlies.json.
type nightlyFile struct {
	URL       string `json:"url"`
	Signature string `json:"asc-url,omitempty"`
	Triplet   string `json:"triplet"`
	OS        string `json:"os"`
	Arch      string `json:"arch"`
	Kind      string `json:"kind"`
	Extension string `json:"extension"`
}

type nightlyChannel struct {
	Files    []nightlyFile `json:"files"`
	Variants []string      `json:"variants"`
}

// PublishNightly puts nightly builds of a version in the place of those that were there: of the
// main branch if branch is empty, of a release branch such as "1.13" otherwise. The build
// is part of their content, so their ETags change with it. bin/nightlies.json
// lists them. No platforms stand for JuliaPlatforms.
func (u *Upstream) PublishNightly(branch, number, build string, platforms ...string) {
	if len(platforms) == 0 {
		platforms = JuliaPlatforms
	}
	v := version.MustParse(number)
	channel := "nightly"
	if branch != "" {
		channel = branch + "-nightly"
	}
	c := nightlyChannel{Variants: []string{}}
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, triplet := range platforms {
		p := platform(triplet)
		root := julia(v, triplet+" "+build, 0)
		for _, extension := range extensions(p) {
			path, err := releases.NightlyPath(branch, p, extension)
			if err != nil {
				panic("juliatest: " + err.Error())
			}
			f := nightlyFile{URL: u.nightliesURL + "/" + path, Triplet: triplet, OS: system(p), Arch: p.Tag("arch"), Kind: "archive", Extension: extension}
			if extension == "exe" || extension == "dmg" {
				f.Kind = "installer"
			}
			data := archive(root, extension)
			u.put(path, data)
			if signed(f.OS) {
				f.Signature = f.URL + ".asc"
				u.put(path+".asc", []byte(signature(sha256Hex(data))))
			}
			c.Files = append(c.Files, f)
		}
	}
	if u.nightlies == nil {
		u.nightlies = map[string]nightlyChannel{}
	}
	u.nightlies[channel] = c
	u.put("bin/nightlies.json", encode(u.nightlies))
}
