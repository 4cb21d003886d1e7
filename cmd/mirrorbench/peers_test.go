package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sampleJob is a job of three files, two at once.
func sampleJob(t *testing.T) Job {
	t.Helper()
	dir := t.TempDir()
	job := Job{
		Base:  "http://127.0.0.1:1/tarballs",
		Names: dir + "/names", Sums: dir + "/sums", Count: 3,
		Into: dir + "/files", Scratch: dir + "/lists", Concurrency: 2,
	}
	for _, err := range []error{
		os.Mkdir(job.Into, 0o755), os.Mkdir(job.Scratch, 0o755),
		os.WriteFile(job.Names, []byte("a-1.0.0.tar\na-1.1.0.tar\nb-1.0.0.tar\n"), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return job
}

// The command lines decide whether the comparison is fair, so they are written
// out here once more.
func TestPeersCommandLines(t *testing.T) {
	for _, c := range []struct {
		peer    string
		command string
		list    string
	}{{
		"wget",
		"xargs --arg-file LIST -P 2 -n 2 wget --quiet --no-config --no-proxy",
		"http://127.0.0.1:1/tarballs/a-1.0.0.tar\nhttp://127.0.0.1:1/tarballs/a-1.1.0.tar\nhttp://127.0.0.1:1/tarballs/b-1.0.0.tar\n",
	}, {
		"curl",
		"curl --disable --silent --show-error --fail --noproxy * --parallel --parallel-immediate --parallel-max 2 --config LIST",
		"url = \"http://127.0.0.1:1/tarballs/a-1.0.0.tar\"\noutput = \"a-1.0.0.tar\"\n" +
			"url = \"http://127.0.0.1:1/tarballs/a-1.1.0.tar\"\noutput = \"a-1.1.0.tar\"\n" +
			"url = \"http://127.0.0.1:1/tarballs/b-1.0.0.tar\"\noutput = \"b-1.0.0.tar\"\n",
	}, {
		"rclone",
		"rclone copy :http: . --http-url http://127.0.0.1:1/tarballs/ --http-no-head --files-from-raw LIST --no-traverse --no-check-dest " +
			"--ignore-checksum --multi-thread-streams 0 --transfers 2 --checkers 2 --stats 0 --quiet",
		"a-1.0.0.tar\na-1.1.0.tar\nb-1.0.0.tar\n",
	}, {
		"aria2c",
		"aria2c --no-conf --no-proxy=* --quiet --input-file LIST -j 2 -x 1 -s 1 --file-allocation=none --auto-file-renaming=false " +
			"--allow-overwrite=true --summary-interval=0 --download-result=hide --deferred-input=false --enable-dht=false --max-download-result=0",
		"http://127.0.0.1:1/tarballs/a-1.0.0.tar\n out=a-1.0.0.tar\n" +
			"http://127.0.0.1:1/tarballs/a-1.1.0.tar\n out=a-1.1.0.tar\n" +
			"http://127.0.0.1:1/tarballs/b-1.0.0.tar\n out=b-1.0.0.tar\n",
	}} {
		job := sampleJob(t)
		var peer Peer
		for _, p := range peers {
			if p.Name == c.peer {
				peer = p
			}
		}
		command, err := peer.Command(job)
		if err != nil {
			t.Fatalf("%s: %v", c.peer, err)
		}
		if command.Dir != job.Into {
			t.Errorf("%s runs in %s, want the folder for the files", c.peer, command.Dir)
		}
		list := filepath.Join(job.Scratch, c.peer)
		if diff := cmp.Diff(strings.ReplaceAll(c.command, "LIST", list), strings.Join(command.Args, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.peer, diff)
		}
		if got, _ := os.ReadFile(list); string(got) != c.list {
			t.Errorf("%s was given the list\n%s\nwant\n%s", c.peer, got, c.list)
		}
	}
}

func TestPeersWithoutAListFail(t *testing.T) {
	job := sampleJob(t)
	job.Names += ".gone"
	for _, p := range peers {
		if _, err := p.Command(job); err == nil {
			t.Errorf("%s: no error without a list of names", p.Name)
		}
	}
}

func TestMissingPeerSaysHowToGetIt(t *testing.T) {
	p := Peer{Name: "x", Program: "no-such-downloader"}
	if got := p.missing(); !strings.Contains(got, "no-such-downloader is not installed") || !strings.Contains(got, "install-peers.sh") {
		t.Errorf("said %q", got)
	}
	if got := (Peer{Program: "sh"}).missing(); got != "" {
		t.Errorf("sh is missing? %q", got)
	}
}

func TestVerifyAndSyncFindsDamage(t *testing.T) {
	job := sampleJob(t)
	const sumOfHello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	if err := os.WriteFile(job.Sums, []byte(sumOfHello+"  a-1.0.0.tar\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for content, good := range map[string]bool{"hello": true, "hullo": false} {
		if err := os.WriteFile(job.Into+"/a-1.0.0.tar", []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := job.verifyAndSync().Run(t.Context()); (err == nil) != good {
			t.Errorf("with %q: %v", content, err)
		}
	}
}
