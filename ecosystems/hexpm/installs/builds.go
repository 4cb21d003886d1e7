package installs

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
	"github.com/offmirror/offmirror/fetch/digest"
)

// MaxBuild caps the size of a precompiled Elixir or OTP in bytes.
const MaxBuild = 1 << 30

// Build is one line of a builds.txt.
type Build struct {
	Name   string          // "v1.18.3-otp-27", "OTP-27.0", "maint-27"; safe as part of a path
	Commit string          // of its source
	Time   time.Time       // when it was built; zero if the line does not tell
	SHA256 []digest.Digest // one, or none in older lines
	Line   string          // as it came, without the end of line
}

// ParseBuilds reads a builds.txt. A name that is listed twice counts as its last
// line says. Errors match [ErrMalformed] and name the line.
func ParseBuilds(text []byte) ([]Build, error) {
	if len(text) > MaxList {
		return nil, malformed("builds.txt: %d bytes, more than %d", len(text), MaxList)
	}
	var builds []Build
	at := make(map[string]int)
	number := 0
	for line := range bytes.Lines(text) {
		number++
		s := strings.TrimRight(string(line), "\r\n")
		if strings.TrimSpace(s) == "" {
			continue
		}
		b, err := parseBuild(s)
		if err != nil {
			return nil, malformed("builds.txt line %d: %w", number, err)
		}
		if i, twice := at[b.Name]; twice {
			builds[i] = b
			continue
		}
		if len(builds) == MaxRows {
			return nil, malformed("builds.txt: more than %d builds", MaxRows)
		}
		at[b.Name] = len(builds)
		builds = append(builds, b)
	}
	return builds, nil
}

func parseBuild(line string) (Build, error) {
	columns := strings.Fields(line)
	if len(columns) < 2 {
		return Build{}, fmt.Errorf("%.80q: want name, commit, time and SHA-256", line)
	}
	b := Build{Name: columns[0], Commit: columns[1], Line: line}
	if err := version.CheckPathComponent(b.Name); err != nil {
		return Build{}, err
	}
	if len(columns) > 2 {
		b.Time, _ = time.Parse(time.RFC3339, columns[2])
	}
	if len(columns) > 3 {
		sum, err := hex.DecodeString(columns[3])
		if err != nil || len(sum) != 32 {
			return Build{}, fmt.Errorf("%.40q is no SHA-256: want 64 hexadecimal digits", columns[3])
		}
		b.SHA256 = []digest.Digest{{Algorithm: digest.SHA256, Hex: strings.ToLower(columns[3])}}
	}
	return b, nil
}

// FormatBuilds writes a builds.txt that lists builds, each line as it came.
func FormatBuilds(builds []Build) []byte {
	var b bytes.Buffer
	for _, build := range builds {
		b.WriteString(build.Line + "\n")
	}
	return b.Bytes()
}
