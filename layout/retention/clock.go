package retention

import "time"

// Clock is what a machine knows of the time.
type Clock struct {
	Now time.Time // what everybody believes

	// Since it was started; Boot says which start that was, and is empty where nothing is
	// known. Nobody can put this one forward or back.
	Boot   string
	Uptime time.Duration
}

// jump returns by how much the clock was put forward between two looks at it, as far as
// that can be told; never less than nothing.
func (c Clock) jump(before Clock) time.Duration {
	if c.Boot == "" || c.Boot != before.Boot || before.Now.IsZero() {
		return 0
	}
	believed, passed := c.Now.Sub(before.Now), c.Uptime-before.Uptime
	const slack = 2 * time.Second // clocks that are kept right by a network are slowed and hastened
	if passed < 0 || believed-passed <= slack {
		return 0
	}
	return believed - passed
}
