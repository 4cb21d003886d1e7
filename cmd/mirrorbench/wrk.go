package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

// wrk loads the server at url as script says and returns its answers and bytes a second.
func (b *Bench) wrk(ctx context.Context, script, url string) (answers, bytes float64, err error) {
	report, err := exec.CommandContext(ctx, "wrk", "-t1", fmt.Sprintf("-c%d", b.Concurrency),
		fmt.Sprintf("-d%ds", int(b.ServeFor.Seconds()+0.5)), "-s", script, url).CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("wrk: %w: %s", err, report)
	}
	return wrkRate(string(report))
}

var (
	wrkRequests = regexp.MustCompile(`(?m)^Requests/sec:\s+([0-9.]+)`)
	wrkTransfer = regexp.MustCompile(`(?m)^Transfer/sec:\s+([0-9.]+)([KMGT]?)B`)
	wrkFailures = regexp.MustCompile(`(?m)^\s*Non-2xx or 3xx responses:\s+(\d+)`)
)

// wrkRate reads the answers and bytes a second from wrk's report.
func wrkRate(report string) (answers, bytes float64, err error) {
	if m := wrkFailures.FindStringSubmatch(report); m != nil {
		return 0, 0, fmt.Errorf("%s answers were failures", m[1])
	}
	requests, transfer := wrkRequests.FindStringSubmatch(report), wrkTransfer.FindStringSubmatch(report)
	if requests == nil || transfer == nil {
		return 0, 0, fmt.Errorf("wrk reported no rate: %q", report)
	}
	if answers, err = strconv.ParseFloat(requests[1], 64); err != nil {
		return 0, 0, err
	}
	bytes, err = strconv.ParseFloat(transfer[1], 64)
	for _, unit := range "KMGT" {
		if transfer[2] == "" {
			break
		}
		if bytes *= 1024; transfer[2] == string(unit) {
			break
		}
	}
	return answers, bytes, err
}
