package config

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	calendarUnits = map[string]time.Duration{"w": 7 * 24 * time.Hour, "d": 24 * time.Hour}
	calendarPart  = regexp.MustCompile(`^([0-9]{1,9}(?:\.[0-9]{1,9})?)([wd])`)
)

// ParseDuration reads a duration as [time.ParseDuration] does, and weeks and days of
// 24 hours in front of that: "7d", "2w", "1d12h", "36h". The error gives examples.
func ParseDuration(text string) (time.Duration, error) {
	rest, total := text, time.Duration(0)
	for {
		part := calendarPart.FindStringSubmatch(rest)
		if part == nil {
			break
		}
		n, err := strconv.ParseFloat(part[1], 64)
		n *= float64(calendarUnits[part[2]])
		if err != nil || n >= math.MaxInt64 || total > math.MaxInt64-time.Duration(n) {
			return 0, durationError(text)
		}
		total += time.Duration(n)
		rest = rest[len(part[0]):]
	}
	if rest == "" && text != "" {
		return total, nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil || rest != text && (d < 0 || strings.HasPrefix(rest, "+") || d > math.MaxInt64-total) {
		return 0, durationError(text)
	}
	return total + d, nil
}

func durationError(text string) error {
	return fmt.Errorf("want a duration such as 30s, 36h or 7d, not %.40q", text)
}

// withDurations gives the durations of a table the only form that the TOML package
// reads, and reports whether that changed any. The kinds of all values are right.
func (d *document) withDurations(path []string, table map[string]any, fields []Field) (changed bool, err error) {
	for _, f := range fields {
		at := append(slices.Clip(path), f.Key)
		value, ok := table[f.Key]
		if !ok {
			continue
		}
		if text, isText := value.(string); isText && f.Kind == Duration {
			duration, err := ParseDuration(text)
			if err != nil {
				return false, d.errorAt(at, err.Error())
			}
			table[f.Key] = duration.String()
			changed = changed || text != duration.String()
			continue
		}
		for _, inner := range tablesIn(value) {
			more, err := d.withDurations(at, inner, f.children())
			if err != nil {
				return false, err
			}
			changed = changed || more
		}
	}
	return changed, nil
}

// tablesIn returns the tables that the value of a key holds, itself included. Those of a map by name
// count as tables of fixed keys, which does no harm to a map of other things.
func tablesIn(value any) []map[string]any {
	switch v := value.(type) {
	case map[string]any:
		tables := []map[string]any{v}
		for _, inner := range v {
			if t, ok := inner.(map[string]any); ok {
				tables = append(tables, t)
			}
		}
		return tables
	case []map[string]any:
		return v
	}
	return nil
}

// unquotedDuration is how many write one at first.
var unquotedDuration = regexp.MustCompile(`^[^#"']*=\s*([0-9]+(?:\.[0-9]+)?(?:ms|s|m|h|d|w))\s*(?:#.*)?$`)

// durationAdvice is what to do about a line that is no TOML because of a duration without
// quotes; empty if that is not what is wrong with it.
func durationAdvice(source string, line int) string {
	lines := strings.SplitN(source, "\n", line+1)
	if line < 1 || line > len(lines) {
		return ""
	}
	found := unquotedDuration.FindStringSubmatch(strings.TrimRight(lines[line-1], "\r"))
	if found == nil {
		return ""
	}
	return fmt.Sprintf("a duration is written as text: %q", found[1])
}
