package main

import (
	"context"
	"fmt"
)

// contender is one way to do a section's work. A run may have several stages
// that are listed apart: a download, and the same with verification behind it.
type contender struct {
	names []string // of the stages
	run   func(ctx context.Context, folder string) ([]Measurement, error)
}

// compete runs the contenders interleaved, so that whatever else the machine
// does meets all alike, each in an empty folder, and returns every run's
// measurement by the stage's name.
func (b *Bench) compete(ctx context.Context, section string, contenders []contender) (map[string][]Measurement, error) {
	runs := make(map[string][]Measurement)
	for round := range b.Repeat {
		for _, c := range contenders {
			folder, err := b.fresh()
			if err != nil {
				return nil, err
			}
			if err := settle(ctx, b.DropCaches); err != nil {
				return nil, err
			}
			stages, err := c.run(ctx, folder)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", section, c.names[0], err)
			}
			if err := empty(folder); err != nil {
				return nil, err
			}
			for i, m := range stages {
				runs[c.names[i]] = append(runs[c.names[i]], m)
				b.remark("%s, round %d of %d: %s %.2f s", section, round+1, b.Repeat, c.names[i], m.Wall.Seconds())
			}
		}
	}
	return runs, nil
}
