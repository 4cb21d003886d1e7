package treehash

import "cmp"

// Limits bound what a tarball may cost. A zero field stands for its value in
// [DefaultLimits]; so the zero Limits are the default ones.
type Limits struct {
	Entries int   // files, links and directories, implied ones and repetitions too
	Bytes   int64 // size of the tar stream when decompressed
	Ratio   int64 // decompressed bytes per byte of the tarball, beyond the first GiB
	Name    int   // bytes of one part of a path
	Path    int   // bytes of a path
	Link    int   // bytes of the target of a link
	Depth   int   // parts of a path
	Names   int64 // bytes of all paths and link targets together
	Header  int64 // bytes of one extended header
	Window  int64 // bytes of history that decompression may need
	Collect int64 // bytes of all files kept by Options.Collect together
}

// DefaultLimits are far above what registries, packages and artifacts need, and far
// below what would hurt: the worst that they admit is some hundred megabytes of memory.
var DefaultLimits = Limits{
	Entries: 1 << 20,
	Bytes:   64 << 30,
	Ratio:   250,
	Name:    255, // the most that any usual file system can unpack
	Path:    4096,
	Link:    4096,
	Depth:   256,
	Names:   128 << 20,
	Header:  1 << 20,
	Window:  128 << 20, // what the zstd program admits unasked
	Collect: 64 << 20,
}

// ratioFree is how many bytes may come out of any tarball, however small.
const ratioFree = 1 << 30

func (l Limits) orDefault() Limits {
	d := DefaultLimits
	return Limits{
		Entries: cmp.Or(l.Entries, d.Entries),
		Bytes:   cmp.Or(l.Bytes, d.Bytes),
		Ratio:   cmp.Or(l.Ratio, d.Ratio),
		Name:    cmp.Or(l.Name, d.Name),
		Path:    cmp.Or(l.Path, d.Path),
		Link:    cmp.Or(l.Link, d.Link),
		Depth:   cmp.Or(l.Depth, d.Depth),
		Names:   cmp.Or(l.Names, d.Names),
		Header:  cmp.Or(l.Header, d.Header),
		Window:  cmp.Or(l.Window, d.Window),
		Collect: cmp.Or(l.Collect, d.Collect),
	}
}
