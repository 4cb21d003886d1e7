package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// standIn is what the test binary does when the benchmark takes it for
// offmirror: a sync asks for the two indexes and remembers that it was there.
func standIn(args []string) error {
	if args[0] != "sync" {
		return standInOnRoot(args)
	}
	config, err := os.ReadFile(args[len(args)-1])
	if err != nil {
		return err
	}
	if args[1] == "justmr" {
		return standInForJustMR(config)
	}
	upstream := regexp.MustCompile(`upstream = "([^"]+)"`).FindSubmatch(config)
	root := regexp.MustCompile(`root = "([^"]+)"`).FindSubmatch(config)
	if upstream == nil || root == nil {
		return fmt.Errorf("unexpected configuration %q", config)
	}
	for _, index := range []string{"/names", "/versions"} {
		r, err := http.Get(string(upstream[1]) + index)
		if err != nil {
			return err
		}
		r.Body.Close()
	}
	objects := string(root[1]) + "/store/sha256/ab"
	if err := errors.Join(os.MkdirAll(string(root[1])+"/hex", 0o755), os.MkdirAll(objects, 0o755)); err != nil {
		return err
	}
	return os.WriteFile(objects+"/abcd", []byte("an object"), 0o644)
}

// standInOnRoot remembers what it was told to do with a root, which is there already, or is
// made by a bundle.
func standInOnRoot(args []string) error {
	root := args[len(args)-1]
	if args[0] == "bundle" && args[1] != "create" {
		if err := os.MkdirAll(root, 0o755); err != nil {
			return err
		}
	}
	if _, err := os.Stat(root); err != nil || args[len(args)-2] != "--root" || args[len(args)-3] != "--quiet" {
		return fmt.Errorf("%q is not expected here: %w", args, err)
	}
	return nil
}

// benchmark runs mirrorbench on a few small tarballs, with the test binary as
// offmirror, and returns its output.
func benchmark(t *testing.T, flags string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append(strings.Fields("--tarballs 6 --bytes 70kB --releases 2 --many 4 --many-bytes 50kB --latency 1ms --concurrency 2 --repeat 2 --peer none"),
		"--offmirror", self, "--work", t.TempDir())
	var out bytes.Buffer
	if err := run(t.Context(), append(args, strings.Fields(flags)...), nil, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func figures(t *testing.T, out, contender string) map[string]float64 {
	t.Helper()
	for line := range strings.Lines(out) {
		var row rowLine
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if row.Contender == contender {
			return row.Figures
		}
	}
	t.Fatalf("no line for %q in\n%s", contender, out)
	return nil
}

func TestColdRunsAndCounts(t *testing.T) {
	out := benchmark(t, "--section cold --json")
	if !strings.HasPrefix(out, `{"type":"machine",`) {
		t.Errorf("the first line does not describe the machine:\n%s", out)
	}
	if got := figures(t, out, "offmirror"); got["requests"] != 2 || got["offmirror_ratio"] != 1 || got["bound_ratio"] <= 0 || got["peak_rss_bytes"] <= 0 {
		t.Errorf("offmirror's figures %v", got)
	}
	if got := figures(t, out, "(Go's client, nothing kept)"); got["requests"] != 6 || got["bound_ratio"] < 1 {
		t.Errorf("the floor's figures %v: want 6 requests, not below the bound", got)
	}
}

func TestLoopbackRunsTheDiskAlone(t *testing.T) {
	out := benchmark(t, "--section loopback --json")
	if got := figures(t, out, "(one file, one fsync)"); got["disk_share"] != 1 || got["bytes_per_second"] <= 0 {
		t.Errorf("the disk's own figures %v", got)
	}
	for _, name := range []string{"(files, fsync in groups)", "(files, fsync of each)", "offmirror"} {
		if got := figures(t, out, name); got["disk_share"] <= 0 {
			t.Errorf("%s: figures %v", name, got)
		}
	}
}

func TestUnchangedAndGrowthUseOneMirror(t *testing.T) {
	out := benchmark(t, "--section unchanged,growth --changes 0,2 --json")
	if got := figures(t, out, "sync without changes"); got["requests"] != 2 || got["first_ratio"] <= 0 {
		t.Errorf("figures of a sync without changes %v", got)
	}
	if got := figures(t, out, "first sync"); got["first_ratio"] != 1 {
		t.Errorf("figures of the first sync %v", got)
	}
	if got := figures(t, out, "k = 2"); got["requests"] != 2 {
		t.Errorf("figures of two changes %v", got)
	}
	if got := figures(t, out, "k = 0"); len(got) == 0 {
		t.Error("no figures of no change")
	}
}

func TestBundleComparesRates(t *testing.T) {
	out := benchmark(t, "--section bundle --json")
	for name, compared := range map[string]bool{
		tarCreates: false, bundleCreates: true, tarExtracts: false, tarExtractsAll: false, bundleApplies: true, sumVerifies: false, mirrorVerifies: true,
	} {
		got := figures(t, out, name)
		if _, ok := got["peer_ratio"]; ok != compared || got["wall_seconds"] <= 0 {
			t.Errorf("%s: figures %v", name, got)
		}
	}
}

func TestMillionMeasuresMemory(t *testing.T) {
	out := benchmark(t, "--section million --entries 4 --json")
	for _, name := range []string{"offmirror bundle create", "offmirror bundle apply", "offmirror verify", "offmirror gc"} {
		if got := figures(t, out, name); got["peak_rss_bytes"] <= 0 {
			t.Errorf("%s: figures %v", name, got)
		}
	}
}

func TestJuliaHashComparesRates(t *testing.T) {
	out := benchmark(t, "--section julia-hash --hash-bytes 1MB --json")
	for _, name := range []string{"compress/gzip and crypto/sha1", "klauspost's gzip and crypto/sha1", oneName, allName} {
		got := figures(t, out, name)
		if got["bytes_per_second"] <= 0 || got["bytes_per_cpu_second"] <= 0 || got["gunzip_share"] <= 0 {
			t.Errorf("%s: figures %v", name, got)
		}
	}
	if got := figures(t, out, gunzipName); got["gunzip_share"] != 1 {
		t.Errorf("%s: figures %v", gunzipName, got)
	}
}

// standInForJustMR fetches each primary URL, the first time.
func standInForJustMR(config []byte) error {
	root := regexp.MustCompile(`root = "([^"]+)"`).FindSubmatch(config)
	repos := regexp.MustCompile(`configs = \["([^"]+)"\]`).FindSubmatch(config)
	if root == nil || repos == nil {
		return fmt.Errorf("unexpected configuration %q", config)
	}
	if err := os.Mkdir(string(root[1]), 0o755); errors.Is(err, os.ErrExist) {
		return nil
	} else if err != nil {
		return err
	}
	text, err := os.ReadFile(string(repos[1]))
	if err != nil {
		return err
	}
	for _, found := range regexp.MustCompile(`"fetch": "([^"]+)"`).FindAllSubmatch(text, -1) {
		res, err := http.Get(string(found[1])) //nolint:noctx // a stand-in
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			return err
		}
		res.Body.Close()
	}
	return nil
}

func TestJustMRAsksForNothingTheSecondTime(t *testing.T) {
	out := benchmark(t, "--section justmr --source-bytes 64kB --json")
	if got := figures(t, out, justmrFirst); got["requests"] < 64 {
		t.Errorf("figures of the first sync %v", got)
	}
	again := figures(t, out, justmrAgain)
	if requests, ok := again["requests"]; !ok || requests != 0 {
		t.Errorf("figures of the second sync %v", again)
	}
	if got := figures(t, out, justmrPeer); got["requests"] < 64+12 {
		t.Errorf("figures of curl and git %v", got)
	}
}

func TestHashingRefuses(t *testing.T) {
	folder := t.TempDir()
	if _, err := writeTarballs(folder, 1000); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(folder + "/*")
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	if err := hashTarballs("proof", folder, "1"); err != nil {
		t.Error(err)
	}
	wrong := folder + "/" + treehash.EmptyTree.String() + ".tar.gz"
	if err := os.Rename(names[0], wrong); err != nil {
		t.Fatal(err)
	}
	if err := hashTarballs("proof", folder, "1"); !errors.Is(err, treehash.ErrMismatch) {
		t.Errorf("a tarball under another name: %v", err)
	}
	for _, hasher := range []string{"proof", "compress", "klauspost"} {
		if err := os.WriteFile(wrong, []byte("no gzip"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := hashTarballs(hasher, folder, "1"); err == nil {
			t.Errorf("%s takes anything", hasher)
		}
	}
	if err := hashTarballs("proof", t.TempDir(), "1"); err == nil {
		t.Error("a folder without tarballs is no error")
	}
}

// TestProfiledSyncIsARealOne also shows that the generated upstream is one that
// offmirror accepts.
func TestProfiledSyncIsARealOne(t *testing.T) {
	folder := t.TempDir()
	out := benchmark(t, "--section unchanged,growth --changes 2 --json --profile "+folder)
	if got := figures(t, out, "first sync"); got["requests"] != 9 {
		t.Errorf("the first sync made %v requests, want 9: 2 indexes, the key, 2 packages, 4 tarballs", got["requests"])
	}
	if got := figures(t, out, "sync without changes"); got["requests"] != 2 || got["not_modified"] != 2 {
		t.Errorf("the second sync's figures are %v, want 2 requests, both not modified", got)
	}
	if got := figures(t, out, "k = 2"); got["requests"] != 6 {
		t.Errorf("after 2 new releases %v requests, want 6: 2 indexes, 2 packages, 2 tarballs", got["requests"])
	}
	for _, name := range []string{"sync-01.cpu.prof", "sync-02.allocs.prof", "sync-03.block.prof", "sync-04.mutex.prof"} {
		if info, err := os.Stat(folder + "/" + name); err != nil || info.Size() == 0 {
			t.Errorf("profile %s: %v, %v", name, info, err)
		}
	}
}

// TestJuliaSectionsUseOneMirror also shows that the generated package server is one that
// offmirror accepts.
func TestJuliaSectionsUseOneMirror(t *testing.T) {
	out := benchmark(t, "--section julia-plan,julia-unchanged,julia-growth --versions 24 --artifacts 10 --artifact-bytes 10kB --changes 0,2 --json --profile "+t.TempDir())
	if got := figures(t, out, "plan of the first sync"); got["requests"] < 2 || got["peak_rss_bytes"] <= 0 {
		t.Errorf("figures of the first plan %v", got)
	}
	if got := figures(t, out, "plan after a new version"); got["requests"] < 2 || got["requests"] > 6 {
		t.Errorf("figures of a plan after one version %v", got)
	}
	if got := figures(t, out, "first sync"); got["requests"] < 24+10+2 {
		t.Errorf("figures of the first sync %v, want at least 2 lists, 24 packages and 10 artifacts", got)
	}
	if got := figures(t, out, "sync without changes"); got["requests"] != 1 {
		t.Errorf("figures of a sync without changes %v", got)
	}
	if got := figures(t, out, "k = 0"); got["requests"] != 1 {
		t.Errorf("figures of no change %v", got)
	}
	if got := figures(t, out, "k = 2"); got["requests"] < 4 || got["requests"] > 10 {
		t.Errorf("figures of two changes %v", got)
	}
}

func TestTablesAreForPeople(t *testing.T) {
	out := benchmark(t, "--section unchanged")
	if !strings.Contains(out, "\nunchanged: 4 tarballs of 2 packages, 1ms before each answer") || !strings.Contains(out, "sync without changes") {
		t.Errorf("printed\n%s", out)
	}
}

func TestFailingContenderEndsTheRun(t *testing.T) {
	args := []string{"--section", "cold", "--peer", "none", "--releases", "1", "--tarballs", "2", "--bytes", "20kB", "--offmirror", "/no/such/program", "--work", t.TempDir()}
	err := run(t.Context(), args, nil, io.Discard, io.Discard)
	if err == nil || !strings.HasPrefix(err.Error(), "cold: offmirror: ") {
		t.Errorf("error %v, want one that names section and contender", err)
	}
}

func TestWrongUsage(t *testing.T) {
	if err := run(t.Context(), []string{"--repeat", "0"}, nil, io.Discard, io.Discard); !errors.As(err, new(usageError)) {
		t.Errorf("error %v, want a usage error", err)
	}
	if err := run(t.Context(), []string{"--help"}, nil, io.Discard, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("--help: %v", err)
	}
}
