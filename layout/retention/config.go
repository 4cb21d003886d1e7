package retention

import (
	"fmt"
	"time"
)

// Config says which snapshots are kept, and for how long what nothing refers to is.
type Config struct {
	KeepLast   int           `toml:"keep_last" doc:"keep the newest N snapshots of each ecosystem; without this and the next two, all are kept"`
	KeepDaily  int           `toml:"keep_daily" doc:"keep the newest snapshot of each of the last N days (UTC) that have one"`
	KeepWeekly int           `toml:"keep_weekly" doc:"keep the newest snapshot of each of the last N weeks (Monday to Sunday, UTC) that have one"`
	Grace      time.Duration `toml:"grace" doc:"gc removes an object this long after it found that nothing refers to it; 0s: at once"`
}

// DefaultConfig keeps every snapshot, and what nothing refers to for a day.
func DefaultConfig() Config { return Config{Grace: 24 * time.Hour} }

// maxGrace keeps sums of times far from overflow.
const maxGrace = 20 * 366 * 24 * time.Hour

// Check says which value is impossible. The error begins with the key, dotted.
func (c Config) Check() error {
	for _, rule := range []struct {
		key string
		n   int
	}{{"keep_last", c.KeepLast}, {"keep_daily", c.KeepDaily}, {"keep_weekly", c.KeepWeekly}} {
		if rule.n < 0 {
			return fmt.Errorf("snapshots.%s: %d is less than nothing; want how many to keep, or 0 for no such rule", rule.key, rule.n)
		}
	}
	if c.Grace < 0 || c.Grace > maxGrace {
		return fmt.Errorf("snapshots.grace: want a time from 0s to 20 years, such as 24h, not %s", c.Grace)
	}
	return nil
}

// HasRules reports whether any snapshot is ever forgotten.
func (c Config) HasRules() bool { return c.KeepLast > 0 || c.KeepDaily > 0 || c.KeepWeekly > 0 }
