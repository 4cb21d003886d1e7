package serve

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"
)

// Made answers with bytes that were made for the client, such as a list that names the URL by
// which it came: with an ETag, and to be asked for again each time.
func Made(w http.ResponseWriter, r *http.Request, contentType string, data []byte) {
	sum := sha256.Sum256(data)
	h := w.Header()
	h.Set("Etag", `"`+hex.EncodeToString(sum[:])+`"`)
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}
