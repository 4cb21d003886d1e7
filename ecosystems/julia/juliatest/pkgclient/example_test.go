package pkgclient_test

import (
	"context"
	"fmt"
	"log"
	"maps"
	"net/http/httptest"
	"os"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest/pkgclient"
)

func Example() {
	mirror := &server{files: maps.Clone(worldFiles())}
	web := httptest.NewServer(mirror)
	defer web.Close()
	depot, err := os.MkdirTemp("", "depot")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(depot)

	c := pkgclient.New(pkgclient.Julia("1.12.6"), web.URL, depot)
	report, err := c.Add(context.Background(), "Lantern")
	fmt.Println(report, err)
	fmt.Println(len(report.Requests), "requests,", len(report.Misses()), "misses,", len(report.Escapes), "escapes")

	mirror.remove(artifactPath(perfume))
	report, err = c.UseLazy(context.Background(), "Oil_jll", "Perfume")
	fmt.Println(err != nil, report.Escapes)
	// Output:
	// Lantern 1.1.0, Oil_jll 1.2.3+0, Wick 1.0.0 <nil>
	// 9 requests, 0 misses, 0 escapes
	// true [artifact Oil_jll/Perfume: download https://far.example/perfume.tar.gz]
}
