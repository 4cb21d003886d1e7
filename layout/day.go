package layout

import (
	"slices"
	"time"
)

// dayForm is how a day is written where a snapshot is meant.
const dayForm = time.DateOnly

// parseDay returns the first instant after a day, in UTC.
func parseDay(ref string) (end time.Time, ok bool) {
	day, err := time.Parse(dayForm, ref)
	return day.AddDate(0, 0, 1), err == nil
}

// onDay returns the id of the newest snapshot whose content was complete before the end
// of a day.
func (h *History) onDay(ref string, end time.Time) (string, error) {
	kept, err := h.List()
	if err != nil {
		return "", err
	}
	for _, k := range slices.Backward(kept) { // oldest first
		if k.Time.Before(end) {
			return k.ID, nil
		}
	}
	text := "of " + ref
	if len(kept) > 0 {
		text = "as old as " + ref + " (the oldest is of " + kept[0].Time.UTC().Format(dayForm) + ")"
	}
	return "", noSnapshotError{h.ecosystem, text}
}
