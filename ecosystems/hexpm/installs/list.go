package installs

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
	"github.com/offmirror/offmirror/fetch/digest"
)

// Caps on a list.
const (
	MaxList      = 8 << 20 // bytes of a CSV file or builds.txt
	MaxSignature = 4 << 10 // bytes of a .signed file
	MaxRows      = 1 << 16
	MaxColumns   = 1 << 10
)

// ErrMalformed means that bytes are no list of installers or builds, or no signature of one.
var ErrMalformed = errors.New("not a valid list")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrMalformed, fmt.Errorf(format, args...))
}

// List is one of the CSV files below /installs.
type List struct {
	File string // "hex.csv"
	Tool string // what it lists: "hex", "rebar3" or "rebar"
	OTP  bool   // of the newer family: one Elixir and one OTP release a row
	For  string // which clients read it, for people
}

// Lists returns all files, the newer family first.
func Lists() []List {
	return []List{
		{File: "hex.csv", Tool: "hex", OTP: true, For: "Elixir 1.18.4 and later"},
		{File: "rebar.csv", Tool: "rebar3", OTP: true, For: "Elixir 1.18.4 and later"},
		{File: "hex-1.x.csv", Tool: "hex", For: "Elixir up to 1.18.3, and Hex's own check for updates"},
		{File: "rebar3-1.x.csv", Tool: "rebar3", For: "Elixir up to 1.18.3"},
		{File: "rebar-1.x.csv", Tool: "rebar", For: "Elixir up to 1.13"},
	}
}

// Path returns the path of the list itself below the base URL.
func (l List) Path() string { return "installs/" + l.File }

// SignaturePath returns the path of the list's signature.
func (l List) SignaturePath() string { return l.Path() + ".signed" }

// Row is one line of a list.
type Row struct {
	Version string        // of the tool
	SHA512  digest.Digest // of the archive
	Elixir  []string      // Elixir versions that it was built for; exactly one in the newer family
	OTP     string        // OTP release; empty in the older family
}

// Parse reads the rows of a list in their order. Every value in them is safe as
// part of a path. Errors match [ErrMalformed] and name the line.
func (l List) Parse(csv []byte) ([]Row, error) {
	if len(csv) > MaxList {
		return nil, malformed("%s: %d bytes, more than %d", l.File, len(csv), MaxList)
	}
	var rows []Row
	number := 0
	for line := range bytes.Lines(csv) {
		number++
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			continue
		}
		if len(rows) == MaxRows {
			return nil, malformed("%s: more than %d rows", l.File, MaxRows)
		}
		row, err := l.parseRow(string(line))
		if err != nil {
			return nil, malformed("%s line %d: %w", l.File, number, err)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, malformed("%s: no rows", l.File)
	}
	return rows, nil
}

func (l List) parseRow(line string) (Row, error) {
	columns := strings.Split(line, ",")
	switch {
	case len(columns) > MaxColumns:
		return Row{}, fmt.Errorf("%d columns, more than %d", len(columns), MaxColumns)
	case l.OTP && len(columns) < 4:
		return Row{}, fmt.Errorf("%d columns in %.80q, want version, SHA-512, Elixir and OTP", len(columns), line)
	case len(columns) < 3:
		return Row{}, fmt.Errorf("%d columns in %.80q, want version, SHA-512 and Elixir", len(columns), line)
	}
	sum, err := parseSHA512(columns[1])
	if err != nil {
		return Row{}, err
	}
	row := Row{Version: columns[0], SHA512: sum, Elixir: columns[2:]}
	if l.OTP { // clients ignore further columns
		row.Elixir, row.OTP = columns[2:3], columns[3]
		if err := version.CheckPathComponent(row.OTP); err != nil {
			return Row{}, fmt.Errorf("column of OTP: %w", err)
		}
	}
	if err := version.CheckPathComponent(row.Version); err != nil {
		return Row{}, err
	}
	for _, e := range row.Elixir {
		if err := version.CheckPathComponent(e); err != nil {
			return Row{}, fmt.Errorf("column of Elixir: %w", err)
		}
	}
	return row, nil
}

func parseSHA512(s string) (digest.Digest, error) {
	if b, err := hex.DecodeString(s); err != nil || len(b) != 64 {
		return digest.Digest{}, fmt.Errorf("%.40q is no SHA-512: want 128 hexadecimal digits", s)
	}
	return digest.Digest{Algorithm: digest.SHA512, Hex: strings.ToLower(s)}, nil
}
