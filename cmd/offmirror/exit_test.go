package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/config"
)

func TestExitCode(t *testing.T) {
	alive := context.Background()
	ended, cancel := context.WithCancel(alive)
	cancel()
	for name, tc := range map[string]struct {
		ctx  context.Context
		err  error
		want int
	}{
		"no error":               {alive, nil, 0},
		"no error, interrupted":  {ended, nil, 0}, // serve, which is meant to be
		"any error":              {alive, errors.New("x"), 1},
		"usage":                  {alive, fmt.Errorf("while: %w", usagef("x")), 2},
		"configuration":          {alive, fmt.Errorf("while: %w", &config.Error{Problem: "x"}), 2},
		"partial":                {alive, &outcomeError{exitPartial, "x"}, 3},
		"damage":                 {alive, &outcomeError{exitDamage, "x"}, 4},
		"interrupted":            {ended, context.Canceled, 130},
		"whatever, interrupted":  {ended, errors.New("connection reset"), 130},
		"failed beside a usage":  {alive, errors.Join(errors.New("x"), usagef("y")), 2},
		"failed, and incomplete": {alive, errors.Join(errors.New("x"), errors.New("y")), 1},
	} {
		if got := exitCode(tc.ctx, tc.err); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
}
