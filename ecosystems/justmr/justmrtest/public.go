package justmrtest

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
)

// What the public configurations name, all taken together.
const (
	PublicArchives = 64
	PublicCommits  = 16 // of 12 repositories
)

// Public makes all that a configuration of the shape of the public ones names, and the
// configuration: archives of some size in bytes each, most on the first host, some on the
// second with a mirror on the last; 8 that are named by their distfile only, and have no checksum; a
// few zips and one foreign file; repositories with several commits on a branch, tags for
// branches, and two spellings of one URL. One primary URL is dead. The main repository is "main".
func (u *Upstream) Public(ctx context.Context, size int) (*Config, error) {
	c := &Config{Main: "main"}
	bindings := Object{}
	c.Add("main", Folder("src")).With("bindings", bindings)
	for i := range PublicArchives {
		name := fmt.Sprintf("dep%02d", i)
		bindings[name] = name
		c.Add(name, u.publicArchive(i, size))
	}
	for i := range PublicCommits - 4 {
		if err := u.publicRepository(ctx, i, c, bindings); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (u *Upstream) publicArchive(i, size int) Object {
	name := fmt.Sprintf("dep%02d-1.%d", i, i)
	files := []File{{name + "/LICENSE", "Permission is granted.\n"}, {name + "/data", noise(uint64(i), size)}}
	pack, ending, root := TarGz, ".tar.gz", Archive
	switch {
	case i%20 == 1:
		pack, ending, root = Zip, ".zip", ZipArchive
	case i == 2:
		root = func(content, url string) Object { return ForeignFile("config.guess", content, url) }
	case i%10 == 3:
		pack, ending = TarXz, ".tar.xz"
	}
	data := pack(files...)
	id := Content(data)
	crate := i%8 == 7
	path := "/releases/" + name + ending
	if crate {
		path = fmt.Sprintf("/api/v1/crates/dep%02d/1.%d/download", i, i)
	}
	first, second, last := u.Host(0), u.Host(min(1, u.Hosts()-1)), u.Host(u.Hosts()-1)
	mirrored := i%4 == 0 && i < 52 // 13 of 64
	if mirrored {
		first = second
	}
	o := root(id, first.Put(path, data))
	if o["type"] != "foreign file" {
		o["subdir"] = name
	}
	if crate {
		return o.With("distfile", name+ending)
	}
	o.With("sha256", SHA256(data))
	if mirrored {
		o.With("mirrors", []string{last.Put("/gnu/"+path, data)})
	}
	if i == 0 {
		first.Remove(path)
	}
	return o
}

// publicRepository makes a repository: the first with three commits on its branch that are
// named, the second with two spellings of its URL, the third with a tag beside its branch.
func (u *Upstream) publicRepository(ctx context.Context, i int, c *Config, bindings Object) error {
	r, err := u.Host(0).Repository(ctx, fmt.Sprintf("group/repo%02d", i))
	if err != nil {
		return err
	}
	add := func(suffix, url, branch, commit string) {
		name := fmt.Sprintf("repo%02d%s", i, suffix)
		bindings[name] = name
		c.Add(name, Git(url, branch, commit).With("subdir", "rules"))
	}
	var ids []string
	for n := range 3 {
		id, err := r.Commit(ctx, "master", File{"rules/RULES", fmt.Sprintf("{\"repo\": %d, \"commit\": %d}\n", i, n)}, File{"README", "rules\n"})
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	short := strings.TrimSuffix(r.URL(), ".git")
	add("", r.URL(), "master", ids[2])
	switch i {
	case 0:
		add("-old", r.URL(), "master", ids[0])
		add("-middle", r.URL(), "master", ids[1])
	case 1:
		add("-short", short, "master", ids[1])
	case 2:
		if err := r.Tag(ctx, "v1.0", ids[1]); err != nil {
			return err
		}
		add("-tag", r.URL(), "v1.0", ids[1])
	}
	return nil
}

// noise is text that compresses to about size bytes, the same for the same seed.
func noise(seed uint64, size int) string {
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	data := make([]byte, size)
	_, _ = rand.NewChaCha8(key).Read(data)
	var b bytes.Buffer
	for i := 0; i < len(data); i += 32 {
		b.WriteString(hex.EncodeToString(data[i:min(i+32, len(data))]))
		b.WriteByte('\n')
	}
	return b.String()
}
