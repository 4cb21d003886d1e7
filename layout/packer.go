package layout

// packer makes a list of records that come sorted and distinct.
type packer struct {
	list   List
	block  []byte // the one that is being made
	slab   []byte // the one that blocks go to
	path   []byte // of the last entry
	target []byte // of the last link in the block
}

// add takes the next entry, of a path greater than the last one.
func (p *packer) add(r *record) {
	if p.list.count%blockEntries == 0 {
		p.flush()
		p.block = appendNumber(p.block, uint64(len(r.path)))
		p.block = append(p.block, r.path...)
		p.target = p.target[:0]
	} else {
		same := shared(p.path, r.path)
		p.block = appendNumber(p.block, uint64(same))
		p.block = appendPacked(p.block, r.path[same:])
	}
	p.path = append(p.path[:0], r.path...)
	if r.isLink() {
		same := shared(p.target, r.link)
		p.block = appendNumber(append(p.block, linkBit), uint64(same))
		p.block = appendPacked(p.block, r.link[same:])
		p.target = append(p.target[:0], r.link...)
		p.list.links++
	} else {
		p.block = appendNumber(p.block, uint64(r.size)<<1)
		p.block = append(p.block, r.object[:]...)
	}
	p.list.count++
	p.list.bytes += r.size
}

// flush puts the block into a slab.
func (p *packer) flush() {
	if len(p.block) == 0 {
		return
	}
	if len(p.slab)+len(p.block) > slabSize {
		p.list.slabs = append(p.list.slabs, p.slab)
		p.slab = make([]byte, 0, slabSize)
	}
	p.list.blocks = append(p.list.blocks, uint32(len(p.list.slabs)<<slabBits|len(p.slab)))
	p.slab = append(p.slab, p.block...)
	p.block = p.block[:0]
}

// finish returns the list. The packer is empty afterwards.
func (p *packer) finish() *List {
	p.flush()
	if len(p.slab) > 0 {
		p.list.slabs = append(p.list.slabs, append(make([]byte, 0, len(p.slab)), p.slab...))
	}
	l := p.list
	*p = packer{}
	return &l
}
