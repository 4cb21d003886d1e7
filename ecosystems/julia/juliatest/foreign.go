package juliatest

import (
	"archive/tar"
	"bytes"
	"maps"
	"slices"
	"time"
)

// foreignTar returns the tree as GNU tar would pack it, which is what lies at download
// URLs: names begin with "./", owners and times are those of some machine.
func (n *node) foreignTar() []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	n.writeForeign(w, "./")
	if err := w.Close(); err != nil {
		panic("juliatest: " + err.Error())
	}
	return b.Bytes()
}

func (n *node) writeForeign(w *tar.Writer, path string) {
	h := tar.Header{
		Name: path, Uid: 1000, Gid: 1000, Uname: "builder", Gname: "builder",
		ModTime: time.Unix(1_600_000_000, 0), Format: tar.FormatGNU,
	}
	switch n.mode {
	case modeTree:
		h.Typeflag, h.Mode = tar.TypeDir, 0o755
	case modeLink:
		h.Typeflag, h.Mode, h.Linkname = tar.TypeSymlink, 0o777, n.text
	case modeExec:
		h.Typeflag, h.Mode, h.Size = tar.TypeReg, 0o775, int64(len(n.text))
	default:
		h.Typeflag, h.Mode, h.Size = tar.TypeReg, 0o664, int64(len(n.text))
	}
	err := w.WriteHeader(&h)
	if err == nil && h.Typeflag == tar.TypeReg {
		_, err = w.Write([]byte(n.text))
	}
	if err != nil {
		panic("juliatest: " + path + ": " + err.Error())
	}
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		child := n.children[name]
		below := path + name
		if child.children != nil {
			below += "/"
		}
		child.writeForeign(w, below)
	}
}
