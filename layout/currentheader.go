package layout

import (
	"fmt"
	"io/fs"
)

// CurrentHeader returns the header of the published snapshot without reading its
// list. If nothing has been published the error matches [fs.ErrNotExist].
func (h *History) CurrentHeader() (Header, error) {
	id, err := h.CurrentID()
	if err != nil {
		return Header{}, err
	}
	if id == "" {
		return Header{}, fmt.Errorf("%s has not been published yet; run sync first: %w", h.ecosystem, fs.ErrNotExist)
	}
	return h.readHeader(id)
}
