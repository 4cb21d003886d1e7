package layout

import "bytes"

// merge makes one list of several, which it uses up: what has been read of them is
// given back on the way, so that there is hardly more than one list's memory.
func merge(runs []*List) (*List, error) {
	var heap cursorHeap
	for _, l := range runs {
		if c := l.cursor(0); c.next() {
			heap = append(heap, &c)
		}
	}
	for i := len(heap)/2 - 1; i >= 0; i-- {
		heap.down(i)
	}
	var p packer
	var last record
	for len(heap) > 0 {
		c := heap[0]
		if p.list.count > 0 && bytes.Equal(c.path, last.path) {
			if err := again(last.entry(), c.entry()); err != nil {
				return nil, err
			}
		} else {
			p.add(&c.record)
			last.copy(&c.record)
		}
		if !c.next() {
			heap[0] = heap[len(heap)-1]
			heap = heap[:len(heap)-1]
		}
		c.forget()
		heap.down(0)
	}
	return p.finish(), nil
}

// cursorHeap has the cursor with the least path first.
type cursorHeap []*cursor

func (h cursorHeap) less(i, j int) bool { return bytes.Compare(h[i].path, h[j].path) < 0 }

// down puts i in its place below.
func (h cursorHeap) down(i int) {
	for {
		least := i
		for _, below := range []int{2*i + 1, 2*i + 2} {
			if below < len(h) && h.less(below, least) {
				least = below
			}
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

// forget gives back the slabs that the cursor has gone through. Nobody else may use the list.
func (c *cursor) forget() {
	l := c.list
	for i := int(l.blocks[(c.index-1)/blockEntries]>>slabBits) - 1; i >= 0 && l.slabs[i] != nil; i-- {
		l.slabs[i] = nil
	}
}
