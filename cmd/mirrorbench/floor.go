package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
)

// floorWord is the argument that makes a process of this program fetch URLs and
// throw the bytes away.
const floorWord = "fetch-nothing"

// floorContender is what Go's HTTP client needs to receive the tarballs, without
// writing or hashing a byte: no program built on it can be faster on this
// machine, beside this upstream.
func (b *Bench) floorContender(u *Upstream) contender {
	return contender{names: []string{"(Go's client, nothing kept)"}, run: func(ctx context.Context, folder string) ([]Measurement, error) {
		job, err := newJob(u, folder, b.Concurrency)
		if err != nil {
			return nil, err
		}
		list, err := job.writeList("floor", func(url, _ string) string { return url + "\n" })
		if err != nil {
			return nil, err
		}
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		m, err := b.measure(ctx, u, Command{Args: []string{self, floorWord, list, strconv.Itoa(b.Concurrency)}})
		return []Measurement{m}, err
	}}
}

// fetchNothing is the floor's process: it gets each URL of the list, with
// concurrency of them in flight.
func fetchNothing(ctx context.Context, list, concurrency string) error {
	n, err := strconv.Atoi(concurrency)
	if err != nil {
		return err
	}
	f, err := os.Open(list)
	if err != nil {
		return err
	}
	defer f.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n, MaxIdleConns: n, DisableCompression: true}}
	urls := make(chan string)
	failed := make(chan error, n)
	var workers sync.WaitGroup
	for range n {
		workers.Go(func() {
			var first error
			for url := range urls {
				if err := discard(ctx, client, url); err != nil && first == nil {
					first = err
				}
			}
			failed <- first
		})
	}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		urls <- lines.Text()
	}
	close(urls)
	workers.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return err
		}
	}
	return lines.Err()
}

// discard gets url and throws the bytes away. Only 200 is no error.
func discard(ctx context.Context, client *http.Client, url string) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	r, err := client.Do(q)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, r.Status)
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err
}
