package faults

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// offmirror is the program under test.
var offmirror string

// roles are what the test binary can be beside that, by a variable that holds what to do.
var roles = map[string]func(string) int{}

func TestMain(m *testing.M) {
	for variable, role := range roles {
		if text := os.Getenv(variable); text != "" {
			os.Exit(role(text))
		}
	}
	code, err := setUp(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		code = 1
	}
	os.Exit(code)
}

// setUp builds the program as users do, or takes the one that OFFMIRROR_BINARY names.
func setUp(m *testing.M) (int, error) {
	if offmirror = os.Getenv("OFFMIRROR_BINARY"); offmirror != "" {
		return m.Run(), nil
	}
	folder, err := os.MkdirTemp("", "offmirror-faults-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(folder)
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // the program runs as somebody else
		return 1, err
	}
	offmirror = filepath.Join(folder, "offmirror")
	build := exec.Command("go", "build", "-o", offmirror, "github.com/offmirror/offmirror/cmd/offmirror")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("%w: %s", err, text)
	}
	return m.Run(), nil
}

// rounds is how often a random test repeats itself: few times in a short walk, or
// as often as OFFMIRROR_FAULT_ROUNDS says.
func rounds(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("OFFMIRROR_FAULT_ROUNDS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("OFFMIRROR_FAULT_ROUNDS = %q: want a number above zero", text)
	}
	return n
}

// thorough reports whether this is the long walk.
func thorough() bool { return os.Getenv("OFFMIRROR_FAULT_ROUNDS") != "" }

// newRandom decides what a test picks: the same at each run, so that whoever fails the check can see it
// again, or in the long walk and with OFFMIRROR_FAULT_SEED something else.
func newRandom(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(1)
	if text := os.Getenv("OFFMIRROR_FAULT_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("OFFMIRROR_FAULT_SEED = %q: want a number", text)
		}
	} else if thorough() {
		seed = uint64(time.Now().UnixNano()) //nolint:gosec // any number does
	}
	t.Logf("OFFMIRROR_FAULT_SEED=%d", seed)
	name := fnv.New64a()
	name.Write([]byte(t.Name()))
	return rand.New(rand.NewPCG(seed, name.Sum64()))
}
