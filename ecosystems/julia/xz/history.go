package xz

// history is the decompressed data that matches may refer to.
type history struct {
	buf     []byte
	size    int   // how far back matches may reach
	dropped int64 // bytes since the last reset that are no longer in buf
}

// position counts bytes since the dictionary was reset.
func (h *history) position() int64 { return h.dropped + int64(len(h.buf)) }

// reset forgets everything, which must have been handed out.
func (h *history) reset() { h.buf, h.dropped = h.buf[:0], 0 }

func (h *history) last() byte {
	if len(h.buf) == 0 {
		return 0
	}
	return h.buf[len(h.buf)-1]
}

// at returns the byte at a distance, less one. A distance that reaches too far gives 0; only
// damaged files have such, and the next match or the check fails.
func (h *history) at(distance uint32) byte {
	if int64(distance) >= int64(len(h.buf)) {
		return 0
	}
	return h.buf[len(h.buf)-1-int(distance)]
}

// copy appends n bytes from a distance, less one; the two may overlap.
func (h *history) copy(distance uint32, n int) bool {
	if int64(distance) >= int64(min(h.size, len(h.buf))) {
		return false
	}
	for d := int(distance) + 1; n > 0; {
		from := h.buf[len(h.buf)-d:]
		from = from[:min(len(from), n)]
		h.buf = append(h.buf, from...)
		n -= len(from)
	}
	return true
}

// slide drops what no match can reach any more, once it is worth the copying. Everything
// must have been handed out.
func (h *history) slide() {
	if len(h.buf) < 2*h.size+maxChunk {
		return
	}
	gone := len(h.buf) - h.size
	h.dropped += int64(gone)
	h.buf = h.buf[:copy(h.buf, h.buf[gone:])]
}
