package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sampleTable() Table {
	return Table{
		Section: "cold",
		Title:   "4 tarballs",
		Columns: []Column{wallColumn, boundColumn, peakColumn},
		Rows: []Row{
			{Name: "offmirror", Figures: map[string]float64{"wall_seconds": 6.5, "bound_ratio": 1.04, "peak_rss_bytes": 64 << 20}},
			{Name: "(bound)", Figures: map[string]float64{"wall_seconds": 12.346}, Remark: "by arithmetic"},
			{Name: "rclone", Remark: "rclone is not installed"},
		},
	}
}

func TestTableAlignsNamesLeftAndFiguresRight(t *testing.T) {
	var b strings.Builder
	if err := sampleTable().Write(&b); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"cold: 4 tarballs",
		"",
		"                wall  ÷ bound    peak",
		"  offmirror   6.50 s   1.04 ×  64 MiB",
		"  (bound)    12.35 s        –       –  by arithmetic",
		"  rclone     rclone is not installed",
		"", "",
	}, "\n")
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("the table differs (-want +got):\n%s", diff)
	}
}

func TestTableAsJSONHasOneObjectALine(t *testing.T) {
	var b strings.Builder
	if err := sampleTable().WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		`{"type":"figures","section":"cold","title":"4 tarballs","contender":"offmirror","figures":{"bound_ratio":1.04,"peak_rss_bytes":67108864,"wall_seconds":6.5}}`,
		`{"type":"figures","section":"cold","title":"4 tarballs","contender":"(bound)","figures":{"wall_seconds":12.346},"remark":"by arithmetic"}`,
		`{"type":"figures","section":"cold","title":"4 tarballs","contender":"rclone","remark":"rclone is not installed"}`,
		"",
	}, "\n")
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("the lines differ (-want +got):\n%s", diff)
	}
}

type full struct{}

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestTableReportsThatItCouldNotBeWritten(t *testing.T) {
	for name, write := range map[string]func(Table) error{
		"text": func(t Table) error { return t.Write(full{}) },
		"JSON": func(t Table) error { return t.WriteJSON(full{}) },
	} {
		if err := write(sampleTable()); !errors.Is(err, errFull) {
			t.Errorf("%s: error %v, want the writer's", name, err)
		}
	}
}

func TestFigures(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{seconds(1.005), "1.00 s"},
		{times(2.5), "2.50 ×"},
		{percent(0.625), "62 %"},
		{count(200_002), "200002"},
		{mebi(100 << 20), "100 MiB"},
		{perSec(1234.4), "1234 /s"},
		{megaSec(352.1e6), "352 MB/s"},
	} {
		if c.got != c.want {
			t.Errorf("wrote %q, want %q", c.got, c.want)
		}
	}
}

func TestPadCountsCharactersNotBytes(t *testing.T) {
	if got := pad("÷", 3) + "|" + pad("×", -3); got != "÷  |  ×" {
		t.Errorf("padded to %q", got)
	}
	if got := pad("longer", 3); got != "longer" {
		t.Errorf("cut %q", got)
	}
}
