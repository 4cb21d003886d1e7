package bundle

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch/store"
)

func digest(text string) store.ID { return sha256.Sum256([]byte(text)) }

func seconds(n int64) time.Time { return time.Unix(1_760_000_000+n, 0).UTC() }

// sample is a bundle of two volumes, with one object that is in both.
func sample() *Manifest {
	m := &Manifest{
		Format:     Format,
		Created:    seconds(20),
		VolumeSize: 1 << 20,
		Ecosystems: []Ecosystem{
			{Name: "hex", Snapshot: strings.Repeat("0a", 16), Time: seconds(1), Published: seconds(20), Checked: seconds(30),
				Files: 3, Bytes: 1_500_000, List: Piece{digest("hex"), 300}, Base: []string{strings.Repeat("1b", 16), strings.Repeat("2c", 16)}},
			{Name: "julia", Snapshot: strings.Repeat("3d", 16), Time: seconds(2), Published: seconds(3), Checked: seconds(4),
				List: Piece{digest("julia"), 200}},
		},
		Objects: 2, Bytes: 1_400_000,
		Splits: []Split{{Piece{digest("large"), 1_300_000}, 1, []Piece{{digest("1"), 1_000_000}, {digest("2"), 300_000}}}},
		Volumes: []Volume{
			{digest("v1"), 1_040_384, Index{Piece{digest("i1"), 200}, 1_030_144}},
			{digest("v2"), 404_480, Index{Piece{digest("i2"), 150}, 401_408}},
		},
		Rotations: []string{"untrusted comment: x\nRU"},
	}
	m.Name = m.DeriveName()
	return m
}

func mustEncode(t testing.TB, m *Manifest) []byte {
	t.Helper()
	data, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestManifestRoundTrip(t *testing.T) {
	want := sample()
	got, err := Parse(mustEncode(t, want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

// A person without offmirror checks volumes with sha256sum.
func TestManifestIsForSha256sum(t *testing.T) {
	dir := t.TempDir()
	m := sample()
	for i, content := range []string{"v1", "v2"} {
		if err := os.WriteFile(filepath.Join(dir, VolumeFile(m.Name, i+1)), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data := mustEncode(t, m)
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, "# ") && len(line) != 64+2+len(VolumeFile(m.Name, 1))+1 {
			t.Errorf("line %q", line)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "m"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	sums, err := exec.LookPath("sha256sum")
	if err != nil {
		return // the form of the lines has been checked
	}
	cmd := exec.CommandContext(t.Context(), sums, "--strict", "-c", "m")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// Whatever single byte changes, what is still accepted says something else: there is
// one way only to write a manifest.
func TestManifestHasOneForm(t *testing.T) {
	data := mustEncode(t, sample())
	for i := range data {
		for _, b := range []byte{data[i] ^ 1, data[i] ^ 0x20, ' ', '\n', '0'} {
			changed := slices.Clone(data)
			if changed[i] = b; b == data[i] {
				continue
			}
			if m, err := Parse(changed); err == nil {
				if again := mustEncode(t, m); !bytes.Equal(again, changed) {
					t.Errorf("byte %d as %q: two forms", i, b)
				}
			}
		}
		if _, err := Parse(data[:i]); err == nil {
			t.Errorf("the first %d bytes are taken for a manifest", i)
		}
	}
}

func TestManifestRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Manifest)
		want   string
	}{
		"format":             {func(m *Manifest) { m.Format = 2 }, "format"},
		"name":               {func(m *Manifest) { m.Name = "../../etc/passwd" }, "name"},
		"name of another":    {func(m *Manifest) { m.Name = m.Name[:len(m.Name)-1] + "g" }, "name"},
		"fraction":           {func(m *Manifest) { m.Created = m.Created.Add(1) }, "whole seconds"},
		"zone":               {func(m *Manifest) { m.Created = m.Created.In(time.FixedZone("x", 60)) }, "UTC"},
		"no time":            {func(m *Manifest) { m.Ecosystems[0].Checked = time.Time{} }, "time"},
		"created otherwise":  {func(m *Manifest) { m.Created = seconds(21) }, "newest"},
		"tiny volumes":       {func(m *Manifest) { m.VolumeSize = 512 }, "volume size"},
		"no ecosystems":      {func(m *Manifest) { m.Ecosystems = nil }, "0 ecosystems"},
		"unsorted":           {func(m *Manifest) { slices.Reverse(m.Ecosystems) }, "not sorted"},
		"twice":              {func(m *Manifest) { m.Ecosystems[1].Name = "hex" }, "not sorted"},
		"path as ecosystem":  {func(m *Manifest) { m.Ecosystems[0].Name = "../x" }, "bad name"},
		"path as snapshot":   {func(m *Manifest) { m.Ecosystems[0].Snapshot = "../x" }, "bad snapshot"},
		"path as base":       {func(m *Manifest) { m.Ecosystems[0].Base[0] = "../x" }, "bad snapshot"},
		"bases unsorted":     {func(m *Manifest) { slices.Reverse(m.Ecosystems[0].Base) }, "not sorted"},
		"negative":           {func(m *Manifest) { m.Ecosystems[0].Bytes = -1 }, "impossible"},
		"no list":            {func(m *Manifest) { m.Ecosystems[0].List = Piece{} }, "impossible"},
		"negative objects":   {func(m *Manifest) { m.Objects = -1 }, "impossible"},
		"no volumes":         {func(m *Manifest) { m.Volumes, m.Splits = nil, nil }, "0 volumes"},
		"too many volumes":   {func(m *Manifest) { m.Volumes = make([]Volume, MaxVolumes+1) }, "volumes"},
		"volume too large":   {func(m *Manifest) { m.Volumes[0].Size = m.VolumeSize }, "volume 1"},
		"volume of no block": {func(m *Manifest) { m.Volumes[1].Size++ }, "volume 2"},
		"index outside":      {func(m *Manifest) { m.Volumes[1].Index.Offset = 1 << 40 }, "volume 2"},
		"index overflows":    {func(m *Manifest) { m.Volumes[1].Index.Size = 1<<63 - 1 }, "volume 2"},
		"index before":       {func(m *Manifest) { m.Volumes[1].Index.Offset = -512 }, "volume 2"},
		"split outside":      {func(m *Manifest) { m.Splits[0].First = 2 }, "pieces"},
		"split in volume 0":  {func(m *Manifest) { m.Splits[0].First = 0 }, "pieces"},
		"split in one":       {func(m *Manifest) { m.Splits[0].Pieces = m.Splits[0].Pieces[:1] }, "pieces"},
		"split incomplete":   {func(m *Manifest) { m.Splits[0].Size++ }, "not all"},
		"split overflows":    {func(m *Manifest) { m.Splits[0].Pieces[1].Size = 1<<63 - 1 }, "pieces"},
		"splits overlap":     {func(m *Manifest) { m.Splits = append(m.Splits, m.Splits[0]) }, "pieces"},
		"rotations":          {func(m *Manifest) { m.Rotations = make([]string, 65) }, "rotations"},
	} {
		m := sample()
		keep := m.Name
		test.change(m)
		if m.Name == keep {
			m.Name = m.DeriveName() // so that the name is not what is refused
		}
		if _, err := m.Encode(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want something about %q", name, err, test.want)
		}
	}
}

func TestNewerFormat(t *testing.T) {
	data := bytes.Replace(mustEncode(t, sample()), []byte(`"format": 1`), []byte(`"format": 7`), 1)
	if _, err := Parse(data); err == nil || !strings.Contains(err.Error(), "use a newer one") {
		t.Fatal(err)
	}
}

func TestNames(t *testing.T) {
	m := sample()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, MaxVolumes).Draw(t, "number")
		suffix := rapid.SampledFrom([]string{"", EncryptedSuffix}).Draw(t, "suffix")
		name, got, encrypted, ok := ParseVolumeFile(VolumeFile(m.Name, n) + suffix)
		if !ok || name != m.Name || got != n || encrypted != (suffix != "") {
			t.Fatalf("%q, %d, %t, %t", name, got, encrypted, ok)
		}
	})
	for _, bad := range []string{"", "x.001.tar", m.Name + ".1.tar", m.Name + ".000.tar", m.Name + ".0001.tar", m.Name + ".001.tar.gz", "/" + VolumeFile(m.Name, 1), m.Name + ".manifest"} {
		if _, _, _, ok := ParseVolumeFile(bad); ok {
			t.Errorf("%q is taken for a volume", bad)
		}
	}
	other := *m
	other.VolumeSize++
	if other.DeriveName() == m.Name {
		t.Error("the volume size does not change the name")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(mustEncode(f, sample()))
	f.Add([]byte("# {}\n"))
	f.Add(fmt.Appendf(nil, "# {\"volumes\":[{}]}\n%s  x\n", digest("")))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		if err != nil {
			return
		}
		if again := mustEncode(t, m); !bytes.Equal(again, data) {
			t.Error("two forms of one manifest")
		}
	})
}
