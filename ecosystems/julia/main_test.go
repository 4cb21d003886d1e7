package julia_test

import (
	"testing"

	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
)

func TestMain(m *testing.M) { ecosystemtest.Main(m, 8) }
