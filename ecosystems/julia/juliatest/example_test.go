package juliatest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// A private registry beside General, a package with binaries, and what a client asks for.
func Example() {
	up, stop, err := juliatest.Start()
	if err != nil {
		panic(err)
	}
	defer stop()
	up.Publish("Parsers", juliatest.Version{Number: "2.8.1", Deps: []string{"Dates"}})
	up.Publish("JSON", juliatest.Version{Number: "0.21.4", Deps: []string{"Dates", "Parsers 1, 2"}, Julia: "0.7, 1"})
	up.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu", "aarch64-apple-darwin")
	up.AddRegistry("Corp", uuid.UUID{}).Publish("Tool", juliatest.Version{Number: "1.0.0", Deps: []string{"JSON 0.21"}})

	resp, err := http.Get(up.BaseURL() + "/registries")
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	list, err := io.ReadAll(resp.Body)
	if err != nil {
		panic(err)
	}
	fmt.Println(strings.Count(string(list), "/registry/"), "registries")
	for _, r := range up.Requests() {
		fmt.Println(r.Method, r.Path, r.Status)
	}
	eager, _ := up.File("registries.eager")
	fmt.Println(string(eager) == string(list))
	// Output:
	// 2 registries
	// GET registries 302
	// GET registries.conservative 200
	// true
}

// A newer registry that only the eager flavor lists, and of which a package is missing.
func ExampleUpstream_Freeze() {
	up := juliatest.New()
	up.Publish("Example", juliatest.Version{Number: "0.5.3"})
	up.Freeze("registries.conservative")
	up.Publish("Example", juliatest.Version{Number: "0.5.4", Missing: true})

	old, _ := up.File("registries.conservative")
	newest, _ := up.File("registries.eager")
	rel, _ := up.Release("Example", "0.5.4")
	_, there := up.File(rel.Path)
	fmt.Println(string(old) != string(newest), strings.Contains(string(newest), up.Hash().String()), there)
	// Output: true true false
}
