package metrics

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ContentType is that of what a [Writer] writes.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Writer writes families of samples: the family first, then its samples, then the next family.
type Writer struct {
	b      bytes.Buffer
	family string
}

// Kind is what the values of a family are.
type Kind string

// The kinds.
const (
	Counter   Kind = "counter"   // grows until the process ends
	Gauge     Kind = "gauge"     // goes up and down
	Histogram Kind = "histogram" // counts by upper bound; see [Writer.Histogram]
)

// Family begins a family. Name and help are the program's own.
func (w *Writer) Family(name string, kind Kind, help string) {
	w.family = name
	w.b.WriteString("# HELP " + name + " " + helpEscaper.Replace(help) + "\n# TYPE " + name + " " + string(kind) + "\n")
}

// Sample writes a value of the family. Labels are names and values in turn; a value may be any
// text.
func (w *Writer) Sample(value float64, labels ...string) { w.sample("", value, labels) }

// Count is Sample for a number that may be too large for a float64 to be exact.
func (w *Writer) Count(value uint64, labels ...string) {
	w.name("", labels)
	w.b.WriteString(strconv.FormatUint(value, 10) + "\n")
}

// Histogram writes a histogram of the family: how many observations were at most as large as each
// of bounds, which ascend, beginning after the one before; one number more for the rest; and their sum.
func (w *Writer) Histogram(bounds []float64, counts []uint64, sum float64, labels ...string) {
	var total uint64
	for i, n := range counts {
		total += n
		le := "+Inf"
		if i < len(bounds) {
			le = number(bounds[i])
		}
		w.name("_bucket", append(slices.Clip(labels), "le", le))
		w.b.WriteString(strconv.FormatUint(total, 10) + "\n")
	}
	w.sample("_sum", sum, labels)
	w.name("_count", labels)
	w.b.WriteString(strconv.FormatUint(total, 10) + "\n")
}

// Bytes returns what has been written.
func (w *Writer) Bytes() []byte { return w.b.Bytes() }

func (w *Writer) sample(suffix string, value float64, labels []string) {
	w.name(suffix, labels)
	w.b.WriteString(number(value) + "\n")
}

func (w *Writer) name(suffix string, labels []string) {
	w.b.WriteString(w.family + suffix)
	for i := 0; i+1 < len(labels); i += 2 {
		w.b.WriteByte("{,"[min(i, 1)])
		w.b.WriteString(labels[i] + `="` + valueEscaper.Replace(strings.ToValidUTF8(labels[i+1], "\uFFFD")) + `"`)
	}
	if len(labels) > 1 {
		w.b.WriteByte('}')
	}
	w.b.WriteByte(' ')
}

var (
	valueEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	helpEscaper  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
)

func number(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "+Inf"
	case math.IsInf(f, -1):
		return "-Inf"
	case math.IsNaN(f):
		return "NaN"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}
