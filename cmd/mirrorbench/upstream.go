package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// upstreamWord is the argument that makes a process of this program an upstream.
const upstreamWord = "serve-upstream"

// UpstreamSpec is what an upstream builds and serves: a repository of Hex, or a package server of
// Julia.
type UpstreamSpec struct {
	Julia     bool
	Packages  int
	Releases  int           // of each package
	Artifacts int           // of all packages together; Julia only
	Bytes     int64         // of all tarballs, about; of Julia all artifacts
	Latency   time.Duration // before each answer, until told otherwise
	Folder    string        // for its lists: names, sums and key.pem
}

// Tarballs returns how many there are before anything is published.
func (s UpstreamSpec) Tarballs() int { return s.Packages * s.Releases }

// Files returns how many files there are, apart from indexes.
func (s UpstreamSpec) Files() int { return s.Tarballs() + s.Artifacts }

// What says what there is.
func (s UpstreamSpec) What() string {
	what := fmt.Sprintf("%d tarballs of %d packages", s.Tarballs(), s.Packages)
	if s.Artifacts > 0 {
		what += fmt.Sprintf(" and %d artifacts", s.Artifacts)
	}
	return what
}

// The lists in an upstream's folder.
const (
	namesFile = "names"   // the tarballs' file names, one a line
	sumsFile  = "sums"    // the same with their SHA-256, as sha256sum writes it
	keyFile   = "key.pem" // what its indexes are signed with
)

// order is a line to an upstream's process; answer is the line that it sends back.
type order struct {
	Latency *time.Duration `json:",omitempty"` // wait this long from now on
	Publish int            // publish so many new releases, each of another package
}

type answer struct {
	URL   string        `json:",omitempty"` // of the repository; in the first answer
	Stats UpstreamStats // since the last answer
	Error string        `json:",omitempty"`
}

// Upstream is a repository that is served by a process of its own.
type Upstream struct {
	UpstreamSpec
	URL string

	process *exec.Cmd
	orders  io.WriteCloser
	answers *bufio.Scanner
}

// startUpstream starts a process that builds and serves the repository, and
// waits until it is ready.
func startUpstream(ctx context.Context, spec UpstreamSpec) (*Upstream, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	argument, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	u := &Upstream{UpstreamSpec: spec, process: exec.CommandContext(ctx, self, upstreamWord, string(argument))}
	u.process.Stderr = os.Stderr
	if u.orders, err = u.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := u.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	u.answers = bufio.NewScanner(out)
	if err := u.process.Start(); err != nil {
		return nil, err
	}
	ready, err := u.answer()
	if err != nil {
		return nil, errors.Join(err, u.Close())
	}
	u.URL = ready.URL
	return u, nil
}

// Take returns what the upstream did since it was last asked anything.
func (u *Upstream) Take() (UpstreamStats, error) {
	a, err := u.tell(order{})
	return a.Stats, err
}

// SetLatency makes the upstream wait so long before each answer.
func (u *Upstream) SetLatency(d time.Duration) error {
	_, err := u.tell(order{Latency: &d})
	return err
}

// Publish adds new releases to the repository, each of another package, and
// signs the indexes anew.
func (u *Upstream) Publish(releases int) error {
	_, err := u.tell(order{Publish: releases})
	return err
}

// Close ends the process.
func (u *Upstream) Close() error {
	return errors.Join(u.orders.Close(), u.process.Wait())
}

func (u *Upstream) tell(o order) (answer, error) {
	if err := json.NewEncoder(u.orders).Encode(o); err != nil {
		return answer{}, fmt.Errorf("upstream: %w", err)
	}
	return u.answer()
}

func (u *Upstream) answer() (answer, error) {
	var a answer
	if !u.answers.Scan() {
		return a, errors.Join(errors.New("the upstream ended early"), u.answers.Err())
	}
	if err := json.Unmarshal(u.answers.Bytes(), &a); err != nil {
		return a, fmt.Errorf("upstream: %w", err)
	}
	if a.Error != "" {
		return a, errors.New("upstream: " + a.Error)
	}
	return a, nil
}
