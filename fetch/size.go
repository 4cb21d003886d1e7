package fetch

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

var units = map[string]float64{
	"": 1, "b": 1,
	"k": 1e3, "kb": 1e3, "kib": 1 << 10,
	"m": 1e6, "mb": 1e6, "mib": 1 << 20,
	"g": 1e9, "gb": 1e9, "gib": 1 << 30,
	"t": 1e12, "tb": 1e12, "tib": 1 << 40,
}

// ParseSize reads an amount of bytes: a number above zero and a unit, such as
// "512", "80MiB" (1024 × 1024 bytes each), "1.5 GB" (1000 × 1000 × 1000 each).
// Units may be written in any case.
func ParseSize(s string) (int64, error) {
	text := strings.TrimSpace(s)
	end := strings.LastIndexAny(text, "0123456789.") + 1
	n, err := strconv.ParseFloat(text[:end], 64)
	unit, ok := units[strings.ToLower(strings.TrimSpace(text[end:]))]
	if n *= unit; err != nil || !ok || !(n >= 1) || n > math.MaxInt64/2 {
		return 0, fmt.Errorf("%.40q is no amount of bytes: want a number and a unit, such as \"80MiB\"", s)
	}
	return int64(n), nil
}

// ParseRate reads an amount of bytes a second: what [ParseSize] reads, with or
// without "/s" behind it.
func ParseRate(s string) (int64, error) {
	n, err := ParseSize(strings.TrimSuffix(strings.TrimSpace(s), "/s"))
	if err != nil {
		return 0, fmt.Errorf("%.40q is no speed: want bytes a second, such as \"80MiB/s\"", s)
	}
	return n, nil
}
