package main

import (
	"fmt"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
)

type damageObject struct {
	Ecosystem string `json:"ecosystem"`
	mirror.Damage
}

type repairObject struct {
	Ecosystem string `json:"ecosystem"`
	mirror.Repair
}

type verificationObject struct {
	Ecosystem string              `json:"ecosystem"`
	Snapshot  string              `json:"snapshot,omitempty"`
	Mode      string              `json:"mode"`
	Sample    *mirror.Sample      `json:"sample,omitempty"`
	Snapshots int                 `json:"snapshots"`
	Files     int                 `json:"files"`
	Objects   int                 `json:"objects"`
	Bytes     int64               `json:"bytes"`
	Damaged   int                 `json:"damaged"`
	Repaired  int                 `json:"repaired,omitempty"`
	Confirmed *time.Time          `json:"confirmed,omitempty"`
	Frozen    string              `json:"frozen,omitempty"`
	Notices   []ecosystems.Notice `json:"notices,omitempty"`
}

func (p *program) showVerification(v *mirror.Verification) {
	for _, d := range v.Damage {
		p.out.object("damage", damageObject{v.Ecosystem, d})
		p.out.printf("%s: %s", v.Ecosystem, damageText(d))
	}
	for _, r := range v.Repaired {
		p.out.object("repair", repairObject{v.Ecosystem, r})
		p.out.printf("%s: %s", v.Ecosystem, repairText(r))
	}
	p.out.object("verification", verificationObject{
		v.Ecosystem, v.Snapshot, v.Mode, v.Sample, v.Snapshots, v.Files, v.Objects, v.Bytes, damagedFiles(v), len(v.Repaired), v.Confirmed, v.Frozen, v.Notices,
	})
	for _, n := range v.Notices {
		p.log.Warn(v.Ecosystem+": "+n.Text, "kind", n.Kind)
	}
	if v.Sample != nil && v.Sample.ByDate != "" {
		p.log.Warn(v.Ecosystem+": the day chose the sample", "reason", v.Sample.ByDate)
	}
	if v.Frozen != "" {
		p.out.printf("%s: frozen: %s", v.Ecosystem, v.Frozen)
	}
	if len(v.Damage) == 0 && v.Snapshot != "" {
		p.out.printf("%s: snapshot %s is whole: %d files, %s read%s", v.Ecosystem, v.Snapshot, v.Files, bytesText(v.Bytes), verificationScope(v))
	}
}

// damageText says what is wrong with a path, and to which snapshot it belongs if not to the
// published one.
func damageText(d mirror.Damage) string {
	of := ""
	if d.Snapshot != "" {
		of = " of snapshot " + d.Snapshot
	}
	return fmt.Sprintf("damaged %s%s: %s", d.Path, of, oneLine(d.Error))
}

func repairText(r mirror.Repair) string {
	if r.Aside != "" {
		return fmt.Sprintf("moved %s to %s", r.Path, r.Aside)
	}
	return fmt.Sprintf("repaired %s from %s", r.Path, oneLine(r.From))
}

// verificationScope says what else was verified, or what was not.
func verificationScope(v *mirror.Verification) string {
	switch {
	case v.Sample != nil:
		return fmt.Sprintf(", a sample of %d of %d objects; %d such runs read everything", v.Sample.Objects, v.Objects, v.Sample.Cycle)
	case v.Snapshots > 1:
		return fmt.Sprintf(", with %d older %s", v.Snapshots-1, plural(v.Snapshots-1, "snapshot", "snapshots"))
	}
	return ""
}
