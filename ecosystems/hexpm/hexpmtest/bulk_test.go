package hexpmtest

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/tarball"
)

func TestBulk(t *testing.T) {
	u := New()
	b := Bulk{Packages: 40, Releases: 5, Bytes: 200 * 41 << 10, Rebar3: 10}
	u.PublishBulk(b)
	u.Warm()
	names, versions := indexes(t, u)
	if len(names) != b.Packages {
		t.Fatalf("%d packages, want %d", len(names), b.Packages)
	}
	var sizes []int
	total := 0
	for name, entry := range versions {
		p := served(t, u, name)
		for i, r := range p.Releases {
			if r.Version != entry.Versions[i] {
				t.Errorf("%s: %s in the package, %s in versions", name, r.Version, entry.Versions[i])
			}
			for _, d := range r.Dependencies {
				if _, ok := names[d.Package]; !ok {
					t.Errorf("%s needs %s, which does not exist", name, d.Package)
				}
			}
			data := get(t, u, "tarballs/"+name+"-"+r.Version+".tar").body
			if err := tarball.Prove(bytes.NewReader(data), int64(len(data)), r.InnerChecksum); err != nil || sha256Hex(data) != r.OuterChecksum.String() {
				t.Errorf("%s %s: %v", name, r.Version, err)
			}
			sizes = append(sizes, len(data))
			total += len(data)
		}
		if !p.Releases[0].PublishedAt.Before(p.Releases[4].PublishedAt) {
			t.Errorf("%s: releases are not dated in order", name)
		}
	}
	if int64(total) < b.Bytes*8/10 || int64(total) > b.Bytes*12/10 {
		t.Errorf("%d bytes in all, want about %d", total, b.Bytes)
	}
	slices.Sort(sizes)
	if median, largest := sizes[len(sizes)/2], sizes[len(sizes)-1]; largest < 4*median {
		t.Errorf("median %d, largest %d bytes: no long tail", median, largest)
	}
}

func TestSpool(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	u.PublishBulk(Bulk{Packages: 3, Releases: 2, Bytes: 60_000})
	want := map[string][]byte{}
	for path := range u.Paths() {
		want[path] = get(t, u, path).body
	}
	folder := t.TempDir()
	if err := u.Spool(folder); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 7 {
		t.Errorf("%d files in the spool, %v; want 7", len(entries), err)
	}
	for path, data := range want {
		if !bytes.Equal(get(t, u, path).body, data) {
			t.Errorf("%s differs when served from the spool", path)
		}
	}
	u.Replace("plug", "1.0.0")
	u.Publish("plug", "1.1.0")
	for _, r := range served(t, u, "plug").Releases {
		if got := sha256Hex(get(t, u, "tarballs/plug-"+r.Version+".tar").body); got != r.OuterChecksum.String() {
			t.Errorf("plug %s, published after the spool was written, is wrong", r.Version)
		}
	}
	if err := u.Spool(folder + "/missing"); err == nil {
		t.Error("spooled into a folder that does not exist")
	}
}

func BenchmarkServeBulk(b *testing.B) {
	u := New()
	u.PublishBulk(Bulk{Packages: 100, Releases: 10, Bytes: 1000 * 41 << 10})
	u.Warm()
	paths := slices.DeleteFunc(slices.Collect(u.Paths()), func(p string) bool { return p[0] != 't' })
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		get(b, u, paths[i%len(paths)])
		i++
	}
}

func BenchmarkWarm(b *testing.B) {
	for b.Loop() {
		u := New()
		u.PublishBulk(Bulk{Packages: 100, Releases: 10, Bytes: 1000 * 41 << 10})
		u.Warm()
	}
}
