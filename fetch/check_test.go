package fetch

import (
	"strings"
	"testing"
)

func TestConfigCheck(t *testing.T) {
	if err := DefaultConfig().Check(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	c := DefaultConfig()
	c.Bandwidth = "fast"
	if err := c.Check(); err == nil || !strings.HasPrefix(err.Error(), "fetch.bandwidth: ") {
		t.Errorf("error %v", err)
	}
}
