package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be the processes that the benchmark starts of
// itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case upstreamWord, floorWord, diskWord, profileWord, hashWord:
			if err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
				os.Stderr.WriteString(err.Error() + "\n")
				os.Exit(1)
			}
			os.Exit(0)
		case "sync", "serve", "bundle", "verify", "receipt", "gc":
			if err := standIn(os.Args[1:]); err != nil {
				os.Stderr.WriteString(err.Error() + "\n")
				os.Exit(1)
			}
			os.Exit(0)
		}
		if !strings.HasPrefix(os.Args[1], "-") {
			os.Stderr.WriteString("this process is not to run the tests again: " + os.Args[1] + "\n")
			os.Exit(2)
		}
	}
	os.Exit(m.Run())
}

func started(t *testing.T) *Upstream {
	t.Helper()
	u, err := startUpstream(context.Background(), smallSpec(t)) // the test's own is over before the clean-up
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := u.Close(); err != nil {
			t.Errorf("closing the upstream: %v", err)
		}
	})
	return u
}

func receive(t *testing.T, url string) []byte {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, r.Status, err)
	}
	return body
}

func take(t *testing.T, u *Upstream) UpstreamStats {
	t.Helper()
	stats, err := u.Take()
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

func TestUpstreamServesAndCountsInItsOwnProcess(t *testing.T) {
	u := started(t)
	if got := take(t, u); got.Requests != 0 {
		t.Errorf("%d requests before the first", got.Requests)
	}
	receive(t, u.URL+"/names")
	receive(t, u.URL+"/tarballs/bulk_00000-1.0.0.tar")
	got := take(t, u)
	if got.Requests != 2 || got.Failed != 0 || got.InFlight != 1 {
		t.Errorf("took %+v, want 2 requests, one at a time", got)
	}
	if got.CPU <= 0 {
		t.Errorf("the upstream used %v CPU, want more than nothing", got.CPU)
	}
}

func TestUpstreamObeys(t *testing.T) {
	u := started(t)
	before := receive(t, u.URL+"/names")
	if err := u.Publish(1); err != nil {
		t.Fatal(err)
	}
	if after := receive(t, u.URL+"/names"); string(after) == string(before) {
		t.Error("publishing changed nothing")
	}
	receive(t, u.URL+"/tarballs/bulk_00000-1.2.0.tar")
	if err := u.SetLatency(time.Millisecond); err != nil {
		t.Fatal(err)
	}
	receive(t, u.URL+"/names")
}

func TestUpstreamThatCannotBeBuilt(t *testing.T) {
	spec := smallSpec(t)
	spec.Folder += "/gone"
	if u, err := startUpstream(t.Context(), spec); err == nil {
		u.Close()
		t.Error("no error although its folder is missing")
	}
}

func TestUpstreamReportsOrdersItDoesNotUnderstand(t *testing.T) {
	u := started(t)
	if _, err := io.WriteString(u.orders, "hello\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := u.answer(); err == nil || !strings.HasPrefix(err.Error(), "upstream: ") {
		t.Errorf("error %v, want the upstream's", err)
	}
	take(t, u) // it goes on
}
