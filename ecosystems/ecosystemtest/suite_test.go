package ecosystemtest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
)

// flawed is the variable by which this test program runs the suite on a driver
// that breaks a promise.
const flawed = "ECOSYSTEMTEST_FLAW"

func TestToyKeepsItsPromises(t *testing.T) {
	ecosystemtest.Run(t, ecosystemtest.Suite{Ecosystem: toyEcosystem(), Upstream: startToy(os.Getenv(flawed))})
}

// Each broken promise fails the subtest of its name.
func TestSuiteFindsFlaws(t *testing.T) {
	for flaw, promise := range map[string]string{
		"order": "items", "names": "items", "limits": "items", "proof": "items",
		"unchanged": "unchanged", "planning": "plan", "hostile": "hostile",
		"serving": "serving", "clients": "clients", "proving": "proof",
	} {
		t.Run(flaw, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestToyKeepsItsPromises$/^"+promise+"$")
			cmd.Env = append(os.Environ(), flawed+"="+flaw)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestToyKeepsItsPromises/"+promise) {
				t.Errorf("the suite does not fail %q: %v\n%s", promise, err, out)
			}
		})
	}
}
