package main

import (
	"fmt"
	"os/exec"
)

// Peer is a downloader that one would otherwise use.
type Peer struct {
	Name    string // on the command line and in tables
	Program string // that must be there, beside those of every Unix

	// Command writes the peer's lists into job.Scratch and returns the fastest
	// honest way to fetch job's files with job.Concurrency requests at once.
	Command func(job Job) (Command, error)
}

// peers are all that we know, in the order of the tables.
var peers = []Peer{
	{"wget", "wget", wget},
	{"curl", "curl", curl},
	{"rclone", "rclone", rclone},
	{"aria2c", "aria2c", aria2c},
}

func peerNames() []string {
	var names []string
	for _, p := range peers {
		names = append(names, p.Name)
	}
	return names
}

// missing reports what is wrong with the peer's program, or "".
func (p Peer) missing() string {
	if !installed(p.Program) {
		return fmt.Sprintf("%s is not installed: see cmd/mirrorbench/install-peers.sh", p.Program)
	}
	return ""
}

func installed(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// wget has no concurrency of its own: one process for each request in flight,
// each with an equal share of the list and one connection that is kept open.
func wget(job Job) (Command, error) {
	list, err := job.writeList("wget", func(url, _ string) string { return url + "\n" })
	share := (job.Count + job.Concurrency - 1) / job.Concurrency
	return Command{Dir: job.Into, Args: []string{
		"xargs", "--arg-file", list, "-P", fmt.Sprint(job.Concurrency), "-n", fmt.Sprint(share),
		"wget", "--quiet", "--no-config", "--no-proxy",
	}}, err
}

// curl reuses connections among its parallel transfers.
func curl(job Job) (Command, error) {
	list, err := job.writeList("curl", func(url, name string) string {
		return fmt.Sprintf("url = %q\noutput = %q\n", url, name)
	})
	return Command{Dir: job.Into, Args: []string{
		"curl", "--disable", "--silent", "--show-error", "--fail", "--noproxy", "*", "--parallel", "--parallel-immediate",
		"--parallel-max", fmt.Sprint(job.Concurrency), "--config", list,
	}}, err
}

// rclone is told not to list, compare or ask for sizes first, each of which
// would cost another request for every file.
func rclone(job Job) (Command, error) {
	list, err := job.writeList("rclone", func(_, name string) string { return name + "\n" })
	return Command{Dir: job.Into, Env: []string{"RCLONE_CONFIG="}, Args: []string{
		"rclone", "copy", ":http:", ".", "--http-url", job.Base + "/", "--http-no-head",
		"--files-from-raw", list, "--no-traverse", "--no-check-dest", "--ignore-checksum", "--multi-thread-streams", "0",
		"--transfers", fmt.Sprint(job.Concurrency), "--checkers", fmt.Sprint(job.Concurrency), "--stats", "0", "--quiet",
	}}, err
}

// aria2c downloads so many files at once, each over a single connection: they
// are too small to be split.
func aria2c(job Job) (Command, error) {
	list, err := job.writeList("aria2c", func(url, name string) string { return url + "\n out=" + name + "\n" })
	return Command{Dir: job.Into, Args: []string{
		"aria2c", "--no-conf", "--no-proxy=*", "--quiet", "--input-file", list, "-j", fmt.Sprint(job.Concurrency), "-x", "1", "-s", "1",
		"--file-allocation=none", "--auto-file-renaming=false", "--allow-overwrite=true", "--summary-interval=0", "--download-result=hide",
		"--deferred-input=false", "--enable-dht=false", "--max-download-result=0",
	}}, err
}
