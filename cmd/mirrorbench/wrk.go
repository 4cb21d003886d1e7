package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// writeLoadScript writes the script that makes wrk ask for one tarball of base
// after the other, and returns its path and the URL of the first.
func writeLoadScript(u *Upstream, folder, base string) (script, probe string, err error) {
	names := u.Folder + "/" + namesFile
	list, err := os.ReadFile(names)
	if err != nil {
		return "", "", err
	}
	parsed, err := url.Parse(base)
	if err != nil {
		return "", "", err
	}
	first, _, _ := strings.Cut(string(list), "\n")
	text := fmt.Sprintf(`local paths, at = {}, 0
for name in io.lines(%q) do paths[#paths + 1] = %q .. name end
request = function()
  at = (at + 7919) %% #paths
  return wrk.format("GET", paths[at + 1])
end
`, names, parsed.Path+"/tarballs/")
	script = folder + "/load.lua"
	return script, base + "/tarballs/" + first, os.WriteFile(script, []byte(text), 0o644)
}

// wrk loads the server at url as script says and returns its answers a second.
func (b *Bench) wrk(ctx context.Context, script, url string) (float64, error) {
	report, err := exec.CommandContext(ctx, "wrk", "-t1", fmt.Sprintf("-c%d", b.Concurrency),
		fmt.Sprintf("-d%ds", int(b.ServeFor.Seconds()+0.5)), "-s", script, url).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("wrk: %w: %s", err, report)
	}
	return wrkRate(string(report))
}

var (
	wrkRequests = regexp.MustCompile(`(?m)^Requests/sec:\s+([0-9.]+)`)
	wrkFailures = regexp.MustCompile(`(?m)^\s*Non-2xx or 3xx responses:\s+(\d+)`)
)

// wrkRate reads the answers a second from wrk's report.
func wrkRate(report string) (float64, error) {
	if m := wrkFailures.FindStringSubmatch(report); m != nil {
		return 0, fmt.Errorf("%s answers were failures", m[1])
	}
	m := wrkRequests.FindStringSubmatch(report)
	if m == nil {
		return 0, fmt.Errorf("wrk reported no rate: %q", report)
	}
	return strconv.ParseFloat(m[1], 64)
}
