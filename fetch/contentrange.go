package fetch

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// strongETag reports whether an entity tag may be used to put pieces together.
func strongETag(etag string) bool {
	return len(etag) > 2 && len(etag) <= maxETag && etag[0] == '"' && strings.IndexByte(etag[1:], '"') == len(etag)-2
}

// checkRange reports what is wrong with a 206 as the answer to a request for
// everything from x.from on.
func checkRange(h http.Header, x extra, p *partial) error {
	text := h.Get("Content-Range")
	first, last, total, ok := parseContentRange(text)
	switch {
	case !ok:
		return fmt.Errorf("HTTP 206 with the Content-Range %.60q", text)
	case first != x.from || last != total-1:
		return fmt.Errorf("HTTP 206 for bytes %d to %d of %d where all from %d on were asked for", first, last, total, x.from)
	case p.r.Size > 0 && total != p.r.Size:
		return fmt.Errorf("HTTP 206 of %d bytes in all instead of %d", total, p.r.Size)
	case total > p.limit:
		return fmt.Errorf("HTTP 206 of %d bytes in all, more than the %d that are allowed", total, p.limit)
	}
	if etag := h.Get("ETag"); etag != "" && etag != x.etag {
		return fmt.Errorf("HTTP 206 of another version (ETag %.60q)", etag)
	}
	return nil
}

// parseContentRange reads "bytes FIRST-LAST/TOTAL". A total that is unknown is of
// no use for a resumed transfer.
func parseContentRange(text string) (first, last, total int64, ok bool) {
	unit, rest, _ := strings.Cut(text, " ")
	span, all, _ := strings.Cut(rest, "/")
	from, to, _ := strings.Cut(span, "-")
	if !strings.EqualFold(unit, "bytes") {
		return 0, 0, 0, false
	}
	for _, n := range []struct {
		text string
		into *int64
	}{{from, &first}, {to, &last}, {all, &total}} {
		v, err := strconv.ParseUint(strings.TrimSpace(n.text), 10, 63)
		if err != nil {
			return 0, 0, 0, false
		}
		*n.into = int64(v)
	}
	return first, last, total, first <= last && last < total
}
