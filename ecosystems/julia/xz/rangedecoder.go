package xz

// rangeDecoder decodes bits from the bytes of one chunk. Reading beyond them gives zeros and
// is noticed at the end, so the loops need no error.
type rangeDecoder struct {
	in     []byte
	pos    int
	width  uint32
	code   uint32
	beyond bool
}

// prob is the probability of a zero bit, in units of 2^-11.
type prob = uint16

const (
	probBits = 11
	probInit = 1 << (probBits - 1)
	probMove = 5
	topWidth = 1 << 24
)

func resetProbs(p []prob) {
	for i := range p {
		p[i] = probInit
	}
}

func (r *rangeDecoder) init(in []byte) bool {
	*r = rangeDecoder{in: in, width: 0xffffffff}
	if len(in) < 5 || in[0] != 0 {
		return false
	}
	for _, c := range in[1:5] {
		r.code = r.code<<8 | uint32(c)
	}
	r.pos = 5
	return true
}

func (r *rangeDecoder) normalize() {
	if r.width < topWidth {
		r.width <<= 8
		r.code <<= 8
		if r.pos < len(r.in) {
			r.code |= uint32(r.in[r.pos])
		} else {
			r.beyond = true
		}
		r.pos++
	}
}

// finished tells whether the chunk ended exactly here.
func (r *rangeDecoder) finished() bool {
	r.normalize()
	return !r.beyond && r.pos == len(r.in) && r.code == 0
}

func (r *rangeDecoder) bit(p *prob) uint32 {
	r.normalize()
	bound := (r.width >> probBits) * uint32(*p)
	if r.code < bound {
		r.width = bound
		*p += (1<<probBits - *p) >> probMove
		return 0
	}
	r.width -= bound
	r.code -= bound
	*p -= *p >> probMove
	return 1
}

// direct decodes bits that are as often zero as one.
func (r *rangeDecoder) direct(n uint32) (v uint32) {
	for ; n > 0; n-- {
		r.normalize()
		r.width >>= 1
		r.code -= r.width
		mask := -(r.code >> 31) // all ones if it went below zero
		r.code += r.width & mask
		v = v<<1 + mask + 1
	}
	return v
}

// tree decodes a number of n bits, the highest first.
func (r *rangeDecoder) tree(p []prob, n uint) uint32 {
	m := uint32(1)
	for range n {
		m = m<<1 | r.bit(&p[m])
	}
	return m - 1<<n
}

// reverse decodes a number of n bits, the lowest first.
func (r *rangeDecoder) reverse(p []prob, n uint32) (v uint32) {
	m := uint32(1)
	for i := range n {
		b := r.bit(&p[m])
		m = m<<1 | b
		v |= b << i
	}
	return v
}
