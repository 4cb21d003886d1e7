package retention

import (
	"testing"
	"time"
)

func TestJump(t *testing.T) {
	before := Clock{Now: start, Boot: "b", Uptime: time.Hour}
	for name, c := range map[string]struct {
		believed, passed time.Duration
		boot             string
		want             time.Duration
	}{
		"no jump":               {time.Hour, time.Hour, "b", 0},
		"put forward":           {24 * time.Hour, time.Hour, "b", 23 * time.Hour},
		"put back":              {-time.Hour, time.Hour, "b", 0},
		"kept right":            {time.Hour + time.Second, time.Hour, "b", 0},
		"started again":         {24 * time.Hour, time.Hour, "other", 0},
		"nothing known":         {24 * time.Hour, time.Hour, "", 0},
		"counts less than then": {time.Hour, -time.Minute, "b", 0},
	} {
		now := Clock{Now: start.Add(c.believed), Boot: c.boot, Uptime: time.Hour + c.passed}
		if got := now.jump(before); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if got := before.jump(Clock{}); got != 0 {
		t.Errorf("since nothing: %s", got)
	}
}

func TestSystemClock(t *testing.T) {
	first := SystemClock()
	second := SystemClock()
	if second.Now.Before(first.Now) || second.Uptime < first.Uptime || second.Boot != first.Boot {
		t.Errorf("%+v, then %+v", first, second)
	}
	if got := second.jump(first); got != 0 {
		t.Errorf("a jump of %s", got)
	}
}
