package main

import (
	"errors"
	"flag"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOptionsByDefaultAreTheBenchmarkThatIsPublished(t *testing.T) {
	o, err := parseOptions(nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := Options{
		Sections: []string{"cold", "loopback", "unchanged", "growth", "serve", "julia-hash", "julia-plan", "julia-unchanged", "julia-growth", "justmr", "bundle", "million"},
		Peers:    []string{"wget", "curl", "rclone", "aria2c"},
		Tarballs: 20_000, Bytes: 820_000_000, Releases: 10,
		Latency: 20 * time.Millisecond, Concurrency: 64, Repeat: 3,
		Many: 200_000, ManyBytes: 1_100_000_000, Changes: []int{0, 10, 100, 1000},
		ServeFor: 5 * time.Second, HashBytes: 400_000_000, SourceBytes: 64_000_000,
		Entries: 1_000_000, Versions: 100_000, Artifacts: 100_000, ArtifactBytes: 200_000_000,
	}
	if diff := cmp.Diff(want, o); diff != "" {
		t.Errorf("defaults differ (-want +got):\n%s", diff)
	}
}

func TestOptionsRead(t *testing.T) {
	o, err := parseOptions(strings.Fields("--section cold,serve --section cold --releases 5 --peer none --tarballs 10 --bytes 1MiB --many-bytes 2GB --changes 1,5 --latency 1s --json"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"cold", "serve"}, o.Sections); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{1, 5}, o.Changes); diff != "" {
		t.Error(diff)
	}
	if o.Tarballs != 10 || o.Bytes != 1<<20 || o.ManyBytes != 2_000_000_000 || o.Latency != time.Second || !o.JSON || o.Peers[0] != "none" {
		t.Errorf("read %+v", o)
	}
}

func TestOptionsRefuse(t *testing.T) {
	for args, want := range map[string]string{
		"--section warm":        `"warm" is none of cold, loopback`,
		"--peer axel":           `"axel" is none of wget, curl`,
		"--changes 1,-2":        `"-2" is not a count`,
		"--changes x":           `"x" is not a count`,
		"--bytes lots":          `"lots" is not a size`,
		"--bytes 1TB":           `"1TB" is not a size`,
		"--bytes 99999999999GB": `is not a size`,
		"--bytes 1kB":           "--bytes 1000: a tarball has",
		"--many-bytes 1kB":      "--many-bytes 1000: a tarball has",
		"--tarballs 0":          "--tarballs 0: want 1 or more",
		"--repeat 0":            "--repeat 0: want 1 or more",
		"--concurrency -1":      "--concurrency -1: want 1 or more",
		"--releases 3":          "--releases 3: --tarballs 20000, --many 200000, --entries 1000000 and --versions 100000 must be multiples of it",
		"--latency -1s":         "want a positive duration",
		"--serve-for 0s":        "want a positive duration",
		"everything":            `unexpected argument "everything"`,
		"--concurrencies 3":     "flag provided but not defined",
	} {
		_, err := parseOptions(strings.Fields(args), io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", args, err, want)
		}
	}
}

func TestOptionsHelpNamesEverySectionAndPeer(t *testing.T) {
	var usage strings.Builder
	if _, err := parseOptions([]string{"--help"}, &usage); !errors.Is(err, flag.ErrHelp) {
		t.Fatalf("error %v, want flag.ErrHelp", err)
	}
	for _, word := range append(sectionNames(), peerNames()...) {
		if !strings.Contains(usage.String(), word) {
			t.Errorf("the help does not name %s", word)
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "17": 17, "17B": 17, "3kB": 3000, "3KiB": 3072, "820MB": 820_000_000, "1GiB": 1 << 30,
	} {
		var got int64
		if err := size(&got)(text); err != nil || got != want {
			t.Errorf("%s is %d, %v; want %d", text, got, err, want)
		}
	}
}
