package apply

import (
	"math"

	"github.com/offmirror/offmirror/fetch/store"
)

// reserve is left free, so that snapshots, trees and the rest of the machine go on working.
const reserve = 64 << 20

// checkRoom refuses what does not fit before it is written.
func (a *application) checkRoom() error {
	need := a.plan.bytes
	if a.Budget > 0 && need > a.Budget {
		return &RoomError{Need: need, Limit: a.Budget, Budget: true}
	}
	if need == 0 {
		return nil
	}
	free := a.Free
	if free == nil {
		free = func() (int64, error) {
			bytes, known := store.FreeSpace(a.root)
			if !known { // then a full disk will say so
				return math.MaxInt64, nil
			}
			return bytes, nil
		}
	}
	bytes, err := free()
	if err != nil {
		return err
	}
	if usable := max(0, bytes-reserve); need > usable {
		return &RoomError{Need: need, Limit: usable, Free: bytes, Reserve: reserve}
	}
	return nil
}
