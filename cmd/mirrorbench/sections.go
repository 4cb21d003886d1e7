package main

import "context"

// section is one part of the benchmark.
type section struct {
	name string
	run  func(context.Context, *Bench) (Table, error)
}

// sections are all that we know, in the order in which they run.
var sections = []section{
	{"cold", cold},
	{"loopback", loopback},
	{"unchanged", unchanged},
	{"growth", growth},
	{"serve", serve},
	{"julia-hash", juliaHash},
	{"julia-plan", juliaPlan},
	{"julia-unchanged", juliaUnchanged},
	{"julia-growth", juliaGrowth},
	{"justmr", justMR},
	{"bundle", bundled},
	{"million", million},
}

func sectionNames() []string {
	names := make([]string, 0, len(sections))
	for _, s := range sections {
		names = append(names, s.name)
	}
	return names
}
