package xz

const (
	states      = 12
	maxPosBits  = 4
	minMatch    = 2
	lenContexts = 4
	literalSize = 0x300
	maxLiteral  = literalSize << 4 // lc + lp is at most 4
)

// lengths decodes the lengths of matches.
type lengths struct {
	choice, choice2 prob
	low, mid        [1 << maxPosBits][8]prob
	high            [256]prob
}

func (l *lengths) reset() {
	l.choice, l.choice2 = probInit, probInit
	for i := range l.low {
		resetProbs(l.low[i][:])
		resetProbs(l.mid[i][:])
	}
	resetProbs(l.high[:])
}

func (l *lengths) decode(r *rangeDecoder, posState uint32) uint32 {
	if r.bit(&l.choice) == 0 {
		return minMatch + r.tree(l.low[posState][:], 3)
	}
	if r.bit(&l.choice2) == 0 {
		return minMatch + 8 + r.tree(l.mid[posState][:], 3)
	}
	return minMatch + 16 + r.tree(l.high[:], 8)
}

// lzma is the state of an LZMA decoder between chunks.
type lzma struct {
	lc, lpMask, pbMask uint32

	state uint32
	rep   [4]uint32 // distances of the last matches, less one

	isMatch    [states << maxPosBits]prob
	isRep      [states]prob
	isRepG0    [states]prob
	isRepG1    [states]prob
	isRepG2    [states]prob
	isRep0Long [states << maxPosBits]prob
	slots      [lenContexts][64]prob
	special    [115]prob
	align      [16]prob
	matchLen   lengths
	repLen     lengths
	literals   [maxLiteral]prob
}

// setProperties takes the byte that holds three parameters.
func (d *lzma) setProperties(b byte) bool {
	if b >= 9*5*5 {
		return false
	}
	lc, lp, pb := uint32(b%9), uint32(b/9%5), uint32(b/45)
	d.lc, d.lpMask, d.pbMask = lc, 1<<lp-1, 1<<pb-1
	return lc+lp <= 4
}

func (d *lzma) reset() {
	d.state, d.rep = 0, [4]uint32{}
	for _, p := range [][]prob{
		d.isMatch[:], d.isRep[:], d.isRepG0[:], d.isRepG1[:], d.isRepG2[:], d.isRep0Long[:], d.special[:], d.align[:], d.literals[:],
	} {
		resetProbs(p)
	}
	for i := range d.slots {
		resetProbs(d.slots[i][:])
	}
	d.matchLen.reset()
	d.repLen.reset()
}

// decode appends n bytes to the history, from the bits of one chunk. It returns
// false if they make no sense.
func (d *lzma) decode(r *rangeDecoder, h *history, n int) bool {
	for end := len(h.buf) + n; len(h.buf) < end; {
		posState := uint32(h.position()) & d.pbMask
		if r.bit(&d.isMatch[d.state<<maxPosBits+posState]) == 0 {
			d.literal(r, h)
			continue
		}
		var length uint32
		ok := true
		if r.bit(&d.isRep[d.state]) == 0 {
			length, ok = d.match(r, posState)
		} else {
			length = d.repeat(r, posState)
		}
		if !ok || r.beyond || int(length) > end-len(h.buf) || !h.copy(d.rep[0], int(length)) {
			return false
		}
	}
	return !r.beyond
}

func (d *lzma) literal(r *rangeDecoder, h *history) {
	at := ((uint32(h.position())&d.lpMask)<<d.lc + uint32(h.last())>>(8-d.lc)) * literalSize
	p := d.literals[at : at+literalSize]
	m := uint32(1)
	if d.state >= 7 {
		match := uint32(h.at(d.rep[0]))
		for m < 0x100 {
			want := match >> 7 & 1
			match <<= 1
			b := r.bit(&p[(1+want)<<8+m])
			m = m<<1 | b
			if b != want {
				break
			}
		}
	}
	for m < 0x100 {
		m = m<<1 | r.bit(&p[m])
	}
	h.buf = append(h.buf, byte(m))
	switch {
	case d.state < 4:
		d.state = 0
	case d.state < 10:
		d.state -= 3
	default:
		d.state -= 6
	}
}

// match decodes a match with a distance of its own.
func (d *lzma) match(r *rangeDecoder, posState uint32) (length uint32, ok bool) {
	length = d.matchLen.decode(r, posState)
	slot := r.tree(d.slots[min(length-minMatch, lenContexts-1)][:], 6)
	distance := slot
	if slot >= 4 {
		n := slot>>1 - 1
		distance = (2 | slot&1) << n
		if slot < 14 {
			distance += r.reverse(d.special[distance-slot:], n)
		} else {
			distance += r.direct(n-4) << 4
			distance += r.reverse(d.align[:], 4)
		}
	}
	d.rep = [4]uint32{distance, d.rep[0], d.rep[1], d.rep[2]}
	d.after(7, 10)
	return length, distance != 0xffffffff // the end marker, which LZMA2 does not have
}

// repeat decodes a match with one of the last distances.
func (d *lzma) repeat(r *rangeDecoder, posState uint32) (length uint32) {
	if r.bit(&d.isRepG0[d.state]) == 0 {
		if r.bit(&d.isRep0Long[d.state<<maxPosBits+posState]) == 0 {
			d.after(9, 11)
			return 1
		}
	} else {
		which := 1
		if r.bit(&d.isRepG1[d.state]) != 0 {
			which = 2 + int(r.bit(&d.isRepG2[d.state]))
		}
		distance := d.rep[which]
		copy(d.rep[1:which+1], d.rep[:which])
		d.rep[0] = distance
	}
	length = d.repLen.decode(r, posState)
	d.after(8, 11)
	return length
}

func (d *lzma) after(literalBefore, matchBefore uint32) {
	if d.state < 7 {
		d.state = literalBefore
	} else {
		d.state = matchBefore
	}
}
