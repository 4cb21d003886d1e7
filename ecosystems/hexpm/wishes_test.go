package hexpm_test

import (
	"fmt"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
)

// A package may have thousands of dependencies in each release; what a closure
// costs must not be theirs to choose.
func TestMoreRequirementsThanAnybodyHas(t *testing.T) {
	w := newWorld(t)
	w.Publish("victim", "1.0.0")
	w.Publish("victim", "2.0.0")
	for release := range 5 {
		var deps []hexpmtest.ReleaseOption
		for i := range 4000 {
			deps = append(deps, hexpmtest.Dep("victim", fmt.Sprintf("== 1.%d.%d", release+1, i)))
		}
		w.Publish("evil", fmt.Sprintf("1.%d.0", release), deps...)
	}
	w.options.Packages = []string{"evil"}
	run := w.sync()
	if run.Err != nil {
		t.Fatal(run.Err)
	}
	w.wantNotice(run, "odd-requirement", "more than 16384 different requirements")
	w.wantTarballs("evil-1.0.0", "evil-1.1.0", "evil-1.2.0", "evil-1.3.0", "evil-1.4.0", "victim-1.0.0", "victim-2.0.0")
}
