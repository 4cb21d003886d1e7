package receipt

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/offmirror/offmirror/layout/bundle/trust"
)

// head is the first line; the number changes with the meaning of the second.
const head = "offmirror receipt 1\n"

// Sign writes the receipt, with the key of s in it. Equal receipts give equal bytes. It may be
// larger than [MaxSize].
func (r Receipt) Sign(s trust.Secret) ([]byte, error) {
	r.Key = s.Public()
	if err := r.check(); err != nil {
		return nil, err
	}
	message, err := r.message()
	if err != nil {
		return nil, err
	}
	sig, err := trust.Sign(s, message, "offmirror receipt of "+r.Site+" at "+r.Time.Format(time.RFC3339))
	return append(message, sig...), err
}

// message is what is signed.
func (r *Receipt) message() ([]byte, error) {
	full := *r
	if full.Ecosystems == nil {
		full.Ecosystems = []Holding{} // "null" would be a second way to write it
	}
	line, err := json.Marshal(full)
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	return append(append([]byte(head), line...), '\n'), nil
}
