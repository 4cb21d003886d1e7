package receipt

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the white frame that a QR code needs, in modules.
const quiet = 4

// Code is a QR code.
type Code struct{ code *qr.Code }

// QR makes the QR code of a receipt, at the lowest level of redundancy. It holds the
// whole text, so that what a scanner reads can be saved as the receipt.
func QR(text []byte) (*Code, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("QR code: %d bytes, more than the %d that it can hold", len(text), MaxSize)
	}
	c, err := qr.Encode(string(text), qr.L)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	return &Code{c}, nil
}

// PNG returns the code as an image, eight pixels a module.
func (c *Code) PNG() []byte { return c.code.PNG() }

// Width returns how many columns and twice how many lines Text has.
func (c *Code) Width() int { return c.code.Size + 2*quiet }

// Text returns the code in half blocks, two modules a character, for a terminal that writes
// light on dark; on one that writes dark on light, inverted is right.
func (c *Code) Text(inverted bool) string {
	var b strings.Builder
	for y := -quiet; y < c.code.Size+quiet; y += 2 {
		for x := -quiet; x < c.code.Size+quiet; x++ {
			upper := c.code.Black(x, y) == inverted
			lower := (y+1 < c.code.Size+quiet) && c.code.Black(x, y+1) == inverted
			b.WriteString(halfBlock(upper, lower))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func halfBlock(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}
