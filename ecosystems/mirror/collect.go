package mirror

import (
	"context"

	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/retention"
)

// Collect is [retention.Collect] for this root, with its lock held.
func (m *Mirror) Collect(ctx context.Context, o retention.Options) (result retention.Result, err error) {
	defer m.locate(&err)
	lock, err := layout.Lock(m.root)
	if err != nil {
		return result, err
	}
	defer lock.Unlock()
	return retention.Collect(ctx, m.root, m.store, o)
}
