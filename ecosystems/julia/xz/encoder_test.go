package xz_test

// A small LZMA2 encoder that makes any decision it is told to, wise or not, so that properties can
// be checked which files made by xz show only by chance: it takes every way through
// the decoder, and every boundary between chunks.

const topWidth = 1 << 24

// rangeEncoder is the counterpart of the decoder in package xz.
type rangeEncoder struct {
	low       uint64
	width     uint32
	cache     byte
	cacheSize int
	out       []byte
}

func newRangeEncoder() *rangeEncoder { return &rangeEncoder{width: 0xffffffff, cacheSize: 1} }

func (e *rangeEncoder) shift() {
	if e.low < 0xff000000 || e.low > 0xffffffff {
		carry := byte(e.low >> 32)
		for c := e.cache; e.cacheSize > 0; e.cacheSize-- {
			e.out = append(e.out, c+carry)
			c = 0xff
		}
		e.cache = byte(e.low >> 24)
	}
	e.cacheSize++
	e.low = e.low << 8 & 0xffffffff
}

func (e *rangeEncoder) bit(p *uint16, b uint32) {
	bound := (e.width >> 11) * uint32(*p)
	if b == 0 {
		e.width = bound
		*p += (2048 - *p) >> 5
	} else {
		e.low += uint64(bound)
		e.width -= bound
		*p -= *p >> 5
	}
	for e.width < topWidth {
		e.width <<= 8
		e.shift()
	}
}

func (e *rangeEncoder) direct(v, n uint32) {
	for i := int(n) - 1; i >= 0; i-- {
		e.width >>= 1
		if v>>i&1 != 0 {
			e.low += uint64(e.width)
		}
		for e.width < topWidth {
			e.width <<= 8
			e.shift()
		}
	}
}

func (e *rangeEncoder) tree(p []uint16, v, n uint32) {
	m := uint32(1)
	for i := int(n) - 1; i >= 0; i-- {
		b := v >> i & 1
		e.bit(&p[m], b)
		m = m<<1 | b
	}
}

func (e *rangeEncoder) reverse(p []uint16, v, n uint32) {
	m := uint32(1)
	for i := range n {
		b := v >> i & 1
		e.bit(&p[m], b)
		m = m<<1 | b
	}
}

func (e *rangeEncoder) finish() []byte {
	for range 5 {
		e.shift()
	}
	return e.out
}

// probs makes probabilities on demand, under names.
type probs map[string][]uint16

func (p probs) get(name string, n int) []uint16 {
	list, ok := p[name]
	if !ok {
		list = make([]uint16, n)
		for i := range list {
			list[i] = 1024
		}
		p[name] = list
	}
	return list
}

// encoder writes one block.
type encoder struct {
	lc, lp, pb uint32
	data       []byte // what the decoder will have
	block      []byte

	probs probs
	state int
	rep   [4]int // distances
	e     *rangeEncoder
	begun int // where in data the chunk began
}

func newEncoder(lc, lp, pb uint32) *encoder {
	return &encoder{lc: lc, lp: lp, pb: pb, rep: [4]int{1, 1, 1, 1}}
}

// chunk ends the chunk; the next begins with the given reset: 3 of the dictionary, 2 of
// parameters and state, 1 of the state, 0 of nothing.
func (c *encoder) chunk(reset int) {
	c.e, c.begun = newRangeEncoder(), len(c.data)
	if reset >= 1 {
		c.probs, c.state, c.rep = probs{}, 0, [4]int{1, 1, 1, 1}
	}
	c.block = append(c.block, byte(0x80|reset<<5))
}

// end completes the chunk that chunk began.
func (c *encoder) end() {
	control := len(c.block) - 1
	size, packed := len(c.data)-c.begun-1, c.e.finish()
	c.block[control] |= byte(size >> 16)
	c.block = append(c.block, byte(size>>8), byte(size), byte((len(packed)-1)>>8), byte(len(packed)-1))
	if c.block[control] >= 0xc0 {
		c.block = append(c.block, byte((c.pb*5+c.lp)*9+c.lc))
	}
	c.block = append(c.block, packed...)
}

func (c *encoder) pos() int { return len(c.data) & (1<<c.pb - 1) }

func (c *encoder) literal(b byte) {
	c.e.bit(&c.probs.get("match", 192)[c.state<<4+c.pos()], 0)
	previous := byte(0)
	if len(c.data) > 0 {
		previous = c.data[len(c.data)-1]
	}
	context := uint32(len(c.data))&(1<<c.lp-1)<<c.lc + uint32(previous)>>(8-c.lc)
	p := c.probs.get("literals", 0x300<<4)[0x300*context:]
	m, matching := uint32(1), c.state >= 7
	var match uint32
	if matching {
		match = uint32(c.data[len(c.data)-c.rep[0]])
	}
	for i := 7; i >= 0; i-- {
		bit, at := uint32(b)>>i&1, m
		if matching {
			want := match >> i & 1
			at += (1 + want) << 8
			matching = want == bit
		}
		c.e.bit(&p[at], bit)
		m = m<<1 | bit
	}
	c.data = append(c.data, b)
	switch {
	case c.state < 4:
		c.state = 0
	case c.state < 10:
		c.state -= 3
	default:
		c.state -= 6
	}
}

func (c *encoder) length(name string, n int) {
	v := uint32(n - 2)
	choice := c.probs.get(name, 2)
	pos := string(rune('a' + c.pos()))
	switch {
	case v < 8:
		c.e.bit(&choice[0], 0)
		c.e.tree(c.probs.get(name+"low"+pos, 8), v, 3)
	case v < 16:
		c.e.bit(&choice[0], 1)
		c.e.bit(&choice[1], 0)
		c.e.tree(c.probs.get(name+"mid"+pos, 8), v-8, 3)
	default:
		c.e.bit(&choice[0], 1)
		c.e.bit(&choice[1], 1)
		c.e.tree(c.probs.get(name+"high", 256), v-16, 8)
	}
}

func (c *encoder) after(literal, match int) {
	if c.state < 7 {
		c.state = literal
	} else {
		c.state = match
	}
}

func (c *encoder) copied(distance, n int) {
	for range n {
		c.data = append(c.data, c.data[len(c.data)-distance])
	}
}

// match writes a match of 2 to 273 bytes.
func (c *encoder) match(distance, n int) {
	c.e.bit(&c.probs.get("match", 192)[c.state<<4+c.pos()], 1)
	c.e.bit(&c.probs.get("rep", 12)[c.state], 0)
	c.length("len", n)
	v, slot := uint32(distance-1), uint32(distance-1)
	if v >= 4 {
		bits := uint32(31)
		for v>>bits == 0 {
			bits--
		}
		slot = bits<<1 | v>>(bits-1)&1
	}
	c.e.tree(c.probs.get("slot"+string(rune('0'+min(n-2, 3))), 64), slot, 6)
	if slot >= 4 {
		bits := slot>>1 - 1
		base := (2 | slot&1) << bits
		if slot < 14 {
			c.e.reverse(c.probs.get("special", 115)[base-slot:], v-base, bits)
		} else {
			c.e.direct((v-base)>>4, bits-4)
			c.e.reverse(c.probs.get("align", 16), v&15, 4)
		}
	}
	c.rep = [4]int{distance, c.rep[0], c.rep[1], c.rep[2]}
	c.after(7, 10)
	c.copied(distance, n)
}

// repeat writes a match with the distance of one of the last four; n is 1 only for the first.
func (c *encoder) repeat(which, n int) {
	c.e.bit(&c.probs.get("match", 192)[c.state<<4+c.pos()], 1)
	c.e.bit(&c.probs.get("rep", 12)[c.state], 1)
	flag := func(name string, b uint32) { c.e.bit(&c.probs.get(name, 12)[c.state], b) }
	long := &c.probs.get("long", 192)[c.state<<4+c.pos()]
	switch which {
	case 0:
		flag("g0", 0)
		if n == 1 {
			c.e.bit(long, 0)
			c.after(9, 11)
			c.copied(c.rep[0], 1)
			return
		}
		c.e.bit(long, 1)
	case 1:
		flag("g0", 1)
		flag("g1", 0)
	default:
		flag("g0", 1)
		flag("g1", 1)
		flag("g2", uint32(which-2))
	}
	distance := c.rep[which]
	copy(c.rep[1:which+1], c.rep[:which])
	c.rep[0] = distance
	c.length("replen", n)
	c.after(8, 11)
	c.copied(distance, n)
}

// store writes a chunk that is not compressed.
func (c *encoder) store(b []byte, reset bool) {
	control := byte(2)
	if reset {
		control = 1
	}
	c.block = append(c.block, control, byte((len(b)-1)>>8), byte(len(b)-1))
	c.block = append(c.block, b...)
	c.data = append(c.data, b...)
}
