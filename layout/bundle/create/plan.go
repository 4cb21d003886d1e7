package create

import (
	"fmt"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
)

// plan is where everything lies in which volume. It follows from the lists of the
// snapshots, the bases and the volume size: no payload is read for it.
type plan struct {
	name    string
	limit   int64 // what the volumes are smaller than
	lists   []bundle.Ecosystem
	objects []object
	volumes []volume
	total   int64 // of the ends of all volumes
}

// volume is the members of one volume, in the order lists, objects.
type volume struct {
	first, end int   // members first ≤ i < end are here, or a piece of the first
	piece      int   // the first member is here with this piece, counted from 1; 0: whole
	from, size int64 // of the piece, in the member
	index      int64 // where the header of the index begins: the payloads end here
	bound      int64 // what the volume is no longer than
}

// members is the number of lists and objects.
func (p *plan) members() int { return len(p.lists) + len(p.objects) }

// member returns list or object i.
func (p *plan) member(i int) bundle.Piece {
	if i < len(p.lists) {
		return p.lists[i].List
	}
	o := p.objects[i-len(p.lists)]
	return bundle.Piece{SHA256: o.id, Size: o.size}
}

// memberName returns its name in a volume.
func (p *plan) memberName(i int) string {
	if i < len(p.lists) {
		return bundle.ListMember(p.lists[i].Name, p.lists[i].Snapshot)
	}
	return bundle.ObjectMember(p.objects[i-len(p.lists)].id)
}

const (
	// begin is where the second member of a volume begins, after the README.
	begin = block + (int64(len(readme))+block-1)/block*block

	// tail is what follows the index: two blocks of nothing, as tar wants it.
	tail = 2 * block

	// ageHeader is the room that is left for what age writes in front of an encrypted
	// volume. Where volumes end must not depend on whether they are encrypted.
	ageHeader = 8 << 10
	ageChunk  = 64 << 10
	ageTag    = 16
)

// room is how long a plain volume may be, so that it is smaller than the limit,
// and encrypted as well.
func room(limit int64) int64 {
	n := limit - 1 - ageHeader
	n -= (n/ageChunk + 1) * ageTag
	return n / block * block
}

// indexBound is an upper bound of the length of an index whose lines have so many
// bytes: what zstd makes of them in the worst case.
func indexBound(lines int64) int64 { return lines + lines/128 + 256 }

// lineLength is the length of a line of the index.
func lineLength(size, offset int64) int64 { return 64 + 1 + digits(size) + 1 + digits(offset) + 1 }

func digits(n int64) int64 {
	d := int64(1)
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}

// fill is a volume while it is being planned.
type fill struct {
	at    int64 // where the next header begins
	lines int64 // bytes of the index, not yet compressed
}

const headLine = 100 // no less than the first line of an index has

// with is the volume with one more payload.
func (f fill) with(size int64) fill {
	f.lines += lineLength(size, f.at+block)
	f.at += block + padded(size)
	return f
}

// length is what the volume is no longer than, as it stands.
func (f fill) length() int64 { return f.at + block + padded(indexBound(f.lines)) + tail }

// newPlan distributes members to volumes. What fits into an empty volume is whole: if it does not fit into
// what is left of one, the next one begins. What does not begins a volume of its own, fills as many as it
// needs, and shares the last one with what follows.
func newPlan(limit int64, lists []bundle.Ecosystem, objects []object) (*plan, error) {
	p := &plan{limit: limit, lists: lists, objects: objects}
	room := room(limit)
	empty := fill{at: begin, lines: headLine}
	now, v := empty, volume{}
	next := func(first int) error {
		p.end(v, now)
		if len(p.volumes) >= bundle.MaxVolumes {
			return fmt.Errorf("bundle: more than %d volumes of %d bytes; make larger ones", bundle.MaxVolumes, limit)
		}
		v, now = volume{first: first, end: first}, empty
		return nil
	}
	for i := range p.members() {
		size := p.member(i).Size
		if now.with(size).length() <= room {
			now, v.end = now.with(size), i+1
			continue
		}
		if now != empty {
			if err := next(i); err != nil {
				return nil, err
			}
		}
		if now.with(size).length() <= room {
			now, v.end = now.with(size), i+1
			continue
		}
		most := pieceSize(room)
		for from, n := int64(0), 1; from < size; n++ {
			if n > 1 {
				if err := next(i); err != nil {
					return nil, err
				}
			}
			v.piece, v.from, v.size = n, from, min(most, size-from)
			now, v.end = now.with(v.size), i+1
			from += v.size
		}
	}
	p.end(v, now)
	return p, nil
}

func (p *plan) end(v volume, f fill) {
	v.index, v.bound = f.at, f.length()
	p.volumes = append(p.volumes, v)
	p.total += v.index
}

// pieceSize is the largest payload of a volume that holds nothing else.
func pieceSize(room int64) int64 {
	size := (room - begin) / block * block
	for (fill{at: begin, lines: headLine}).with(size).length() > room {
		size -= block
	}
	return size
}

// part is one payload of a volume: where its header begins, and what of which member it is.
type part struct {
	member int
	piece  int // 0: all of the member
	id     store.ID
	from   int64 // in the member
	size   int64
	header int64 // offset in the volume; the payload follows a block later
}

func (x part) payload() int64 { return x.header + block }
func (x part) end() int64     { return x.header + block + padded(x.size) }

// part returns what of member i is in a volume, if its header begins at an offset.
func (p *plan) part(v *volume, i int, header int64) part {
	m := p.member(i)
	x := part{member: i, id: m.SHA256, size: m.Size, header: header}
	if i == v.first && v.piece > 0 {
		x.piece, x.from, x.size = v.piece, v.from, v.size
	}
	return x
}

// partName returns the name of a part in its volume.
func (p *plan) partName(x part) string {
	name := p.memberName(x.member)
	if x.piece > 0 {
		name = bundle.PieceMember(name, x.piece)
	}
	return name
}

// lastPiece reports whether the first part of a volume is the last piece of its member.
func (p *plan) lastPiece(v *volume) bool {
	return v.piece > 0 && v.from+v.size == p.member(v.first).Size
}
