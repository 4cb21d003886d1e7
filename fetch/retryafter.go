package fetch

import (
	"net/http"
	"strings"
	"time"
)

// retryAfter reads a Retry-After header in either of its forms, a number of
// seconds or a date, and cuts it down to ceiling: what a server asks for is
// obeyed, but no server can stop a run. It returns 0 if there is none, or
// nonsense.
func retryAfter(h http.Header, now time.Time, ceiling time.Duration) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if strings.Trim(text, "0123456789") == "" {
		var seconds int64
		for _, digit := range text {
			if seconds = 10*seconds + int64(digit-'0'); seconds > int64(ceiling/time.Second) {
				return ceiling
			}
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), ceiling)
}
