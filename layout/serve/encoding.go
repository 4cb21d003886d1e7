package serve

import (
	"strconv"
	"strings"
)

// acceptsZstd reports whether the values of Accept-Encoding name zstd, and not in
// order to refuse it (RFC 9110, section 12.5.3). An asterisk does not name it: who
// sends one wants any coding that can be undone on the way, and there is none here.
func acceptsZstd(values []string) bool {
	for _, value := range values {
		for item := range strings.SplitSeq(value, ",") {
			name, parameters, _ := strings.Cut(item, ";")
			if !strings.EqualFold(strings.TrimSpace(name), "zstd") {
				continue
			}
			return weight(parameters) > 0
		}
	}
	return false
}

// weight reads "q=0.5". What is not one counts as nothing, so that nobody is sent
// what he may not want.
func weight(parameters string) float64 {
	if strings.TrimSpace(parameters) == "" {
		return 1
	}
	name, value, _ := strings.Cut(parameters, "=")
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if !strings.EqualFold(strings.TrimSpace(name), "q") || err != nil || !(q <= 1) {
		return 0
	}
	return q
}
