package bundle_test

import (
	"strings"
	"testing"

	"github.com/offmirror/offmirror/layout/bundle"
)

func TestConfigIsChecked(t *testing.T) {
	if err := bundle.DefaultConfig().Check(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for site, ok := range map[string]bool{"plant-7": true, "plant 7": false, "-7": false, "büro": false, strings.Repeat("a", 65): false} {
		err := bundle.Config{Site: site}.Check()
		if (err == nil) != ok {
			t.Errorf("%q: %v", site, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "bundle.site: ") {
			t.Errorf("%q: %q does not begin with the key", site, err)
		}
	}
}
