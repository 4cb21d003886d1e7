package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options is what the flags select.
type Options struct {
	Sections      []string
	Peers         []string
	Tarballs      int           // of the sections cold, loopback and bundle
	Bytes         int64         // of those tarballs together
	Releases      int           // of each package
	Latency       time.Duration // before each answer
	Concurrency   int           // requests at once
	Repeat        int           // runs of each contender
	Many          int           // tarballs of the sections unchanged, growth and serve
	ManyBytes     int64         // of those tarballs together
	Changes       []int         // releases that are published before a sync of growth
	ServeFor      time.Duration // how long each server is loaded
	SourceBytes   int64         // of the archives of justmr together
	HashBytes     int64         // of the tarballs of julia-hash together when unpacked
	Versions      int           // of all packages of the other sections of julia
	Artifacts     int           // of those
	ArtifactBytes int64         // of those artifacts together
	Entries       int           // of the mirror of million
	Work          string        // folder for a temporary folder that holds everything
	Offmirror     string        // program; built from the module in the current folder if empty
	Profile       string        // folder for profiles of offmirror, or empty
	DropCaches    bool
	JSON          bool
}

// parseOptions reads the command line. The error says which flag is wrong;
// usage goes to usage.
func parseOptions(args []string, usage io.Writer) (Options, error) {
	var o Options
	f := flag.NewFlagSet("mirrorbench", flag.ContinueOnError)
	f.SetOutput(usage)
	f.Func("section", "sections to run: "+strings.Join(sectionNames(), ", ")+" (default all)", words(&o.Sections, sectionNames()))
	f.Func("peer", "peers of the section cold: "+strings.Join(peerNames(), ", ")+", or none (default all)", words(&o.Peers, append(peerNames(), "none")))
	f.IntVar(&o.Tarballs, "tarballs", 20_000, "tarballs in cold, loopback and bundle")
	f.Func("bytes", "`size` of those tarballs together (default 820MB)", size(&o.Bytes))
	f.IntVar(&o.Releases, "releases", 10, "releases of each package")
	f.DurationVar(&o.Latency, "latency", 20*time.Millisecond, "the upstream waits this long before each answer")
	f.IntVar(&o.Concurrency, "concurrency", 64, "requests in flight at once, of every contender")
	f.IntVar(&o.Repeat, "repeat", 3, "runs of each contender; the median counts")
	f.IntVar(&o.Many, "many", 200_000, "tarballs in unchanged, growth and serve")
	f.Func("many-bytes", "`size` of those tarballs together (default 1100MB)", size(&o.ManyBytes))
	f.Func("changes", "releases published before a sync of growth (default 0,10,100,1000)", numbers(&o.Changes))
	f.Func("source-bytes", "`size` of the archives of justmr together (default 64MB)", size(&o.SourceBytes))
	f.Func("hash-bytes", "`size` of the tarballs of julia-hash together when unpacked (default 400MB)", size(&o.HashBytes))
	f.IntVar(&o.Versions, "versions", 100_000, "versions of all packages in julia-plan, julia-unchanged and julia-growth")
	f.IntVar(&o.Artifacts, "artifacts", 100_000, "artifacts of those packages")
	f.Func("artifact-bytes", "`size` of those artifacts together, beside some hundred bytes of each (default 200MB)", size(&o.ArtifactBytes))
	f.IntVar(&o.Entries, "entries", 1_000_000, "tarballs in million")
	f.DurationVar(&o.ServeFor, "serve-for", 5*time.Second, "how long each server is loaded")
	f.StringVar(&o.Work, "work", "", "`folder` on the disk to be measured, for a temporary folder with everything (default: the system's)")
	f.StringVar(&o.Offmirror, "offmirror", "", "the `program` to measure (default: built from the module in the current folder)")
	f.StringVar(&o.Profile, "profile", "", "run offmirror's packages inside this program, and write profiles of each sync into this `folder`")
	f.BoolVar(&o.DropCaches, "drop-caches", false, "drop the page cache before each run (root only)")
	f.BoolVar(&o.JSON, "json", false, "one JSON object a line on stdout instead of tables")
	o.Bytes, o.ManyBytes, o.HashBytes, o.ArtifactBytes, o.SourceBytes = 820_000_000, 1_100_000_000, 400_000_000, 200_000_000, 64_000_000
	o.Changes = []int{0, 10, 100, 1000}
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; see --help", f.Arg(0))
	}
	if len(o.Sections) == 0 {
		o.Sections = sectionNames()
	}
	if len(o.Peers) == 0 {
		o.Peers = peerNames()
	}
	return o, o.check()
}

// check refuses what no run could use.
func (o Options) check() error {
	for _, n := range []struct {
		flag  string
		value int
	}{{"tarballs", o.Tarballs}, {"releases", o.Releases}, {"concurrency", o.Concurrency}, {"repeat", o.Repeat}, {"many", o.Many}, {"entries", o.Entries}, {"versions", o.Versions}} {
		if n.value < 1 {
			return fmt.Errorf("--%s %d: want 1 or more", n.flag, n.value)
		}
	}
	if o.Tarballs%o.Releases != 0 || o.Many%o.Releases != 0 || o.Entries%o.Releases != 0 || o.Versions%o.Releases != 0 {
		return fmt.Errorf("--releases %d: --tarballs %d, --many %d, --entries %d and --versions %d must be multiples of it", o.Releases, o.Tarballs, o.Many, o.Entries, o.Versions)
	}
	if o.Artifacts < 0 {
		return fmt.Errorf("--artifacts %d: want 0 or more", o.Artifacts)
	}
	if o.SourceBytes < 1 {
		return fmt.Errorf("--source-bytes %d: want 1 or more", o.SourceBytes)
	}
	if o.HashBytes < 1 {
		return fmt.Errorf("--hash-bytes %d: want 1 or more", o.HashBytes)
	}
	if o.Latency < 0 || o.ServeFor <= 0 {
		return errors.New("--latency and --serve-for: want a positive duration")
	}
	if least := int64(o.Tarballs) * smallestTarball; o.Bytes < least {
		return fmt.Errorf("--bytes %d: a tarball has %d bytes at least, so %d of them need %d", o.Bytes, smallestTarball, o.Tarballs, least)
	}
	if least := int64(o.Many) * smallestTarball; o.ManyBytes < least {
		return fmt.Errorf("--many-bytes %d: a tarball has %d bytes at least, so %d of them need %d", o.ManyBytes, smallestTarball, o.Many, least)
	}
	return nil
}

// words reads a list of known words into v; the flag may be repeated.
func words(v *[]string, known []string) func(string) error {
	return func(s string) error {
		for w := range strings.SplitSeq(s, ",") {
			if !slices.Contains(known, w) {
				return fmt.Errorf("%q is none of %s", w, strings.Join(known, ", "))
			}
			if !slices.Contains(*v, w) {
				*v = append(*v, w)
			}
		}
		return nil
	}
}

// numbers reads a list of counts that replaces *v.
func numbers(v *[]int) func(string) error {
	return func(s string) error {
		var all []int
		for w := range strings.SplitSeq(s, ",") {
			n, err := strconv.Atoi(w)
			if err != nil || n < 0 {
				return fmt.Errorf("%q is not a count", w)
			}
			all = append(all, n)
		}
		*v = all
		return nil
	}
}

// size reads a number of bytes with an optional unit: kB, MB, GB, KiB, MiB, GiB.
func size(v *int64) func(string) error {
	return func(s string) error {
		digits := strings.TrimRight(s, "kKMGiB")
		n, err := strconv.ParseInt(digits, 10, 64)
		factor, known := map[string]int64{
			"": 1, "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
		}[s[len(digits):]]
		if err != nil || !known || n < 0 || n > (1<<62)/factor {
			return fmt.Errorf("%q is not a size such as 820MB or 512MiB", s)
		}
		*v = n * factor
		return nil
	}
}
