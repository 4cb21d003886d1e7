package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Column is one figure of every row of a section.
type Column struct {
	Key    string // in JSON, with its unit: "wall_seconds"
	Head   string // in the table
	Format func(float64) string
}

// Row is one contender's line.
type Row struct {
	Name    string
	Figures map[string]float64 // by Column.Key; one that is not there does not apply
	Remark  string             // why there are no figures, say
}

// Table is the outcome of a section.
type Table struct {
	Section string
	Title   string // what was measured, and against which bound
	Columns []Column
	Rows    []Row
}

// The ways to write figures.
var (
	seconds = func(v float64) string { return fmt.Sprintf("%.2f s", v) }
	times   = func(v float64) string { return fmt.Sprintf("%.2f ×", v) }
	percent = func(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }
	count   = func(v float64) string { return fmt.Sprintf("%.0f", v) }
	mebi    = func(v float64) string { return fmt.Sprintf("%.0f MiB", v/(1<<20)) }
	perSec  = func(v float64) string { return fmt.Sprintf("%.0f /s", v) }
	megaSec = func(v float64) string { return fmt.Sprintf("%.0f MB/s", v/1e6) }
)

// Write prints the table with aligned columns: names to the left, figures to
// the right.
func (t Table) Write(w io.Writer) error {
	lines := [][]string{{""}}
	for _, c := range t.Columns {
		lines[0] = append(lines[0], c.Head)
	}
	for _, r := range t.Rows {
		line := []string{r.Name}
		for _, c := range t.Columns {
			cell := "–"
			if v, ok := r.Figures[c.Key]; ok {
				cell = c.Format(v)
			}
			line = append(line, cell)
		}
		lines = append(lines, line)
	}
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n", t.Section, t.Title)
	for n, line := range lines {
		b.WriteString("  " + pad(line[0], widths[0]))
		if n > 0 && len(t.Rows[n-1].Figures) == 0 {
			b.WriteString("  " + t.Rows[n-1].Remark + "\n")
			continue
		}
		for i, cell := range line[1:] {
			b.WriteString("  " + pad(cell, -widths[i+1]))
		}
		if n > 0 && t.Rows[n-1].Remark != "" {
			b.WriteString("  " + t.Rows[n-1].Remark)
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// pad fills s with spaces to |width| characters, on the left if width is negative.
func pad(s string, width int) string {
	fill := strings.Repeat(" ", max(0, max(width, -width)-utf8.RuneCountInString(s)))
	if width < 0 {
		return fill + s
	}
	return s + fill
}
