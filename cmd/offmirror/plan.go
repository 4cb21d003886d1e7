package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
)

func (p *program) planCommand() *cli.Command {
	return &cli.Command{
		Name:      "plan",
		Usage:     "show what a sync would fetch, with sizes and reasons; nothing is downloaded but indexes",
		ArgsUsage: "[ECOSYSTEM…]",
		Flags:     append(selectionFlags(), p.optionFlags()...),
		Action:    p.plan,
	}
}

func (p *program) plan(c *cli.Context) error {
	w, err := p.prepare(c)
	if err != nil {
		return err
	}
	defer w.mirror.Close()
	for _, job := range w.jobs {
		plan, err := w.mirror.Plan(c.Context, job)
		if err != nil {
			return err
		}
		p.showPlan(plan, c.Bool("verbose"))
	}
	return errors.Join(p.out.err)
}

type planItemObject struct {
	Ecosystem string `json:"ecosystem"`
	mirror.PlannedItem
}

type planObject struct {
	Ecosystem  string `json:"ecosystem"`
	Unchanged  bool   `json:"unchanged"`
	Files      int    `json:"files"`
	Bytes      int64  `json:"bytes"`
	Fetch      int    `json:"fetch"`
	FetchBytes int64  `json:"fetch_bytes"`
	Estimated  int    `json:"estimated"`
	Unknown    int    `json:"unknown"`
	Free       int64  `json:"free"`
	Budget     int64  `json:"budget,omitempty"`
	Stored     int64  `json:"stored,omitempty"`

	Notices []ecosystems.Notice `json:"notices,omitempty"`
}

// showPlan prints a plan; with verbose, also all places where an item would be looked for.
func (p *program) showPlan(plan *mirror.Plan, verbose bool) {
	for _, it := range plan.Items {
		p.out.object("plan-item", planItemObject{plan.Ecosystem, it})
		state := "fetch"
		if it.Held {
			state = "held"
		}
		title := it.Path
		if it.Package != "" { // paths of ecosystems with packages need not tell people anything
			title += "  " + oneLine(it.Name)
		}
		if it.Error != "" {
			p.out.printf("lacks %10s  %s  (%s): %s", sizeText(it), title, it.Reason, oneLine(it.Error))
			continue
		}
		p.out.printf("%-5s %10s  %s  (%s)", state, sizeText(it), title, it.Reason)
		if verbose {
			for _, url := range it.Candidates {
				p.out.printf("%18s> %s", "", oneLine(url))
			}
		}
	}
	p.showGroups(plan, "package", plan.ByPackage())
	p.showGroups(plan, "platform", plan.ByPlatform())
	if len(plan.ByPackage())+len(plan.ByPlatform()) > 0 {
		p.out.printf("")
	}
	t := plan.Totals()
	p.out.object("plan", planObject{plan.Ecosystem, plan.Unchanged, t.Files, t.Bytes, t.Fetch, t.FetchBytes, t.Estimated, t.Unknown, plan.Room.Free, plan.Room.Budget, plan.Room.Stored, plan.Notices})
	if plan.Unchanged {
		p.out.printf("%s: unchanged, a sync would fetch nothing", plan.Ecosystem)
		return
	}
	for _, n := range plan.Notices {
		if n.Kind == ecosystems.UnknownYet {
			p.out.printf("%s: not known yet: %s", plan.Ecosystem, oneLine(n.Text))
		}
	}
	p.out.printf("%s: %d files, %s; %d to fetch, %s%s", plan.Ecosystem, t.Files, bytesText(t.Bytes), t.Fetch, bytesText(t.FetchBytes), doubt(t))
	p.showRoom(plan, t)
}

// showRoom tells what there is space for, and whether the plan fits.
func (p *program) showRoom(plan *mirror.Plan, t mirror.Totals) {
	room := plan.Room
	if err := room.Exceeded(t.FetchBytes); err != nil {
		p.out.printf("%s: a sync would not start: %v", plan.Ecosystem, err)
		return
	}
	if room.Budget > 0 {
		p.out.printf("%s: it fits: the store holds %s of a budget of %s, and %s are free",
			plan.Ecosystem, bytesText(room.Stored), bytesText(room.Budget), bytesText(room.Free))
		return
	}
	p.out.printf("%s: it fits: %s are free", plan.Ecosystem, bytesText(room.Free))
}

func sizeText(it mirror.PlannedItem) string {
	switch {
	case it.Size < 0:
		return "?"
	case it.Estimated:
		return "~" + bytesText(it.Size)
	}
	return bytesText(it.Size)
}
