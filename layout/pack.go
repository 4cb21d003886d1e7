package layout

import "encoding/binary"

// The packed form of text. In a snapshot most text is what the entry before has as
// well, and most of the rest is hexadecimal digits. So of a path there is the number
// of bytes that it shares with the one before, and then pieces of the rest:
//
//	n<<2          n bytes as they are, which end the text
//	n<<2|run      n bytes as they are, the number of digits that follow, and these, two in a byte
//	n<<2|run|end  the same, and the text ends with them
//
// All numbers are varints.
const (
	run = 1 << iota
	end
	pieceBits = iota
)

// shortestRun is how many digits are worth to be packed.
const shortestRun = 8

// appendPacked appends the packed form of text.
func appendPacked(b, text []byte) []byte {
	for {
		from, to := hexRun(text)
		if from == to {
			b = appendNumber(b, uint64(len(text))<<pieceBits)
			return append(b, text...)
		}
		head := uint64(from)<<pieceBits | run
		if to == len(text) {
			head |= end
		}
		b = appendNumber(b, head)
		b = append(b, text[:from]...)
		b = appendNumber(b, uint64(to-from))
		for i := from; i < to; i += 2 {
			pair := hexValue[text[i]] << 4
			if i+1 < to {
				pair |= hexValue[text[i+1]]
			}
			b = append(b, pair)
		}
		if to == len(text) {
			return b
		}
		text = text[to:]
	}
}

// hexRun finds the first long run of hexadecimal digits in text. There is none if from == to.
func hexRun(text []byte) (from, to int) {
	for i := 0; i < len(text); i++ {
		from = i
		for i < len(text) && hexValue[text[i]] != noDigit {
			i++
		}
		if i-from >= shortestRun {
			return from, i
		}
	}
	return 0, 0
}

const (
	hexDigits = "0123456789abcdef"
	noDigit   = 0xff
)

var hexValue = func() (values [256]byte) {
	for i := range values {
		values[i] = noDigit
	}
	for i := range hexDigits {
		values[hexDigits[i]] = byte(i)
	}
	return values
}()

var hexPairs = func() (pairs [256][2]byte) {
	for i := range pairs {
		pairs[i] = [2]byte{hexDigits[i>>4], hexDigits[i&0xf]}
	}
	return pairs
}()

// unpack appends the text whose packed form data begins with, and returns what follows.
func unpack(text, data []byte) (longer, rest []byte) {
	for {
		head, data2 := number(data)
		n := head >> pieceBits
		text = append(text, data2[:n]...)
		data = data2[n:]
		if head&run == 0 {
			return text, data
		}
		digits, data2 := number(data)
		packed := data2[:(digits+1)/2]
		for _, pair := range packed {
			text = append(text, hexPairs[pair][0], hexPairs[pair][1])
		}
		if digits%2 == 1 {
			text = text[:len(text)-1]
		}
		data = data2[len(packed):]
		if head&end != 0 {
			return text, data
		}
	}
}

// compare compares the text whose packed form data begins with to another one. It
// returns how much they have in common, less than 0, 0 or more than 0 as bytes.Compare
// does, and what follows the packed form.
func comparePacked(data []byte, other string) (same, order int, rest []byte) {
	for {
		head, piece := number(data)
		n := int(head >> pieceBits)
		common := shared(piece[:n], other[same:])
		same += common
		if common < n {
			if same < len(other) && piece[common] < other[same] {
				return same, -1, skip(data)
			}
			return same, 1, skip(data)
		}
		rest = piece[n:]
		if head&run != 0 {
			digits, packed := number(rest)
			i := 0
			for ; i+1 < int(digits) && same+1 < len(other); i += 2 {
				if pair := hexPairs[packed[i/2]]; pair[0] != other[same] || pair[1] != other[same+1] {
					break
				}
				same += 2
			}
			for ; i < int(digits); i++ {
				digit := hexDigits[packed[i/2]>>(4-i%2*4)&0xf]
				if same == len(other) || digit > other[same] {
					return same, 1, skip(data)
				}
				if digit < other[same] {
					return same, -1, skip(data)
				}
				same++
			}
			rest = packed[(digits+1)/2:]
		}
		if head&run == 0 || head&end != 0 {
			return same, min(0, same-len(other)), rest
		}
		data = rest
	}
}

// skip returns what follows the packed form of a text.
func skip(data []byte) []byte {
	for {
		head, rest := number(data)
		data = rest[head>>pieceBits:]
		if head&run == 0 {
			return data
		}
		digits, rest := number(data)
		data = rest[(digits+1)/2:]
		if head&end != 0 {
			return data
		}
	}
}

func appendNumber(b []byte, n uint64) []byte { return binary.AppendUvarint(b, n) }

// number reads a varint; most are one byte.
func number(data []byte) (uint64, []byte) {
	if data[0] < 0x80 {
		return uint64(data[0]), data[1:]
	}
	return longNumber(data)
}

func longNumber(data []byte) (uint64, []byte) {
	n := uint64(0)
	for i, b := range data {
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			return n, data[i+1:]
		}
	}
	panic("a packed number without an end")
}

// shared returns how many bytes two texts have in common at their beginning.
func shared[A, B text](a A, b B) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
