package lockfile_test

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems/hexpm/lockfile"
)

func ExampleParse() {
	lock, err := lockfile.Parse("app/mix.lock", []byte(`%{
  "jason": {:hex, :jason, "1.4.4", "1f4b1d2b9d2c4a7b9e6a5c3d8f0e1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b", [:mix], [], "hexpm", "c5eb0cab91f094599f94d55bc63409236a8ec69a21a67814529e8d5f6cc90b3b"},
  "toast": {:git, "https://git.example.com/ui/toast.git", "6bf8c2bd", [branch: "main"]},
}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range lock.Entries {
		fmt.Println(e.Package, e.Version, "from", e.Repository)
	}
	for _, o := range lock.Outside {
		fmt.Printf("%s:%d: %s comes from %s, which is no part of the mirror\n", lock.Name, o.Line, o.App, o.Kind)
	}
	// Output:
	// jason 1.4.4 from hexpm
	// app/mix.lock:3: toast comes from git, which is no part of the mirror
}

func ExampleError() {
	_, err := lockfile.Parse("mix.lock", []byte("%{\n<<<<<<< HEAD\n"))
	fmt.Println(err)
	// Output:
	// mix.lock:2: has an unresolved merge conflict; resolve it and lock again
}
