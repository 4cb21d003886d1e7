package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
)

// The stages of the section bundle, each beside what its row compares with.
const (
	tarCreates     = "tar c, then fsync"
	bundleCreates  = "offmirror bundle create"
	tarExtracts    = "tar x, then fsync of each file"
	tarExtractsAll = "tar x, then syncfs"
	bundleApplies  = "offmirror bundle apply"
	sumVerifies    = "sha256sum on all processors"
	mirrorVerifies = "offmirror verify"
)

var peerColumn = Column{"peer_ratio", "rate ÷ peer", percent}

// bundled measures how the same files are packed, unpacked and hashed by tar and sha256sum.
func bundled(ctx context.Context, b *Bench) (t Table, err error) {
	t = Table{
		Section: "bundle",
		Columns: []Column{wallColumn, peerColumn, spreadColumn, cpuColumn, peakColumn},
	}
	if b.Profile != "" {
		t.Rows = []Row{{Name: bundleCreates, Remark: "not profiled"}}
		return t, nil
	}
	packed := mirrored{bench: b, spec: UpstreamSpec{Packages: b.Tarballs / b.Releases, Releases: b.Releases, Bytes: b.Bytes}}
	u, err := packed.synced(ctx, 0)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, u.Close()) }()
	t.Title = fmt.Sprintf("a mirror of %s of %.0f MB, warm; everything durable in the end", u.What(), float64(u.Bytes)/1e6)
	j := bundleJob{b, packed.folder}
	runs, err := b.compete(ctx, t.Section, []contender{
		{names: []string{tarCreates, tarExtractsAll}, run: j.tar},
		{names: []string{bundleCreates, bundleApplies}, run: j.bundle},
		{names: []string{tarExtracts}, run: j.tarEach},
		{names: []string{sumVerifies, mirrorVerifies}, run: j.verify},
	})
	if err != nil {
		return t, err
	}
	for _, row := range []struct{ name, peer string }{
		{tarCreates, ""},
		{bundleCreates, tarCreates},
		{tarExtracts, ""},
		{tarExtractsAll, ""},
		{bundleApplies, tarExtracts},
		{sumVerifies, ""},
		{mirrorVerifies, sumVerifies},
	} {
		r := Row{Name: row.name, Figures: commonFigures(runs[row.name])}
		if row.peer != "" {
			r.Figures[peerColumn.Key] = ratio(medianByWall(runs[row.peer]).Wall, medianByWall(runs[row.name]).Wall)
		}
		t.Rows = append(t.Rows, r)
	}
	return t, nil
}

// bundleJob is a mirror to be carried away.
type bundleJob struct {
	*Bench
	folder string // that holds the mirror
}

func (j bundleJob) root() string { return j.folder + "/mirror" }

// on runs offmirror on a root.
func (j bundleJob) on(root string, words ...string) Command {
	return Command{Args: append(append([]string{j.Offmirror}, words...), "--quiet", "--root", root), Dir: j.folder}
}

// each measures commands, one after the other.
func (j bundleJob) each(ctx context.Context, commands ...Command) (all []Measurement, err error) {
	for _, c := range commands {
		if err := settle(ctx, j.DropCaches); err != nil {
			return nil, err
		}
		m, err := c.Run(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

func (j bundleJob) create(out string) Command {
	return j.on(j.root(), "bundle", "create", "--full", "-o", out)
}

func (j bundleJob) tar(ctx context.Context, folder string) ([]Measurement, error) {
	if err := os.Mkdir(folder+"/files", 0o755); err != nil {
		return nil, err
	}
	return j.each(ctx,
		shell(folder, "tar -C "+quote(j.root()+"/store")+" -cf all.tar sha256\nsync all.tar"),
		shell(folder, "tar -C files -xf all.tar\nsync --file-system files"))
}

func (j bundleJob) tarEach(ctx context.Context, folder string) ([]Measurement, error) {
	pack := shell(folder, "mkdir files\ntar -C "+quote(j.root()+"/store")+" -cf all.tar sha256\nsync all.tar")
	if _, err := pack.Run(ctx); err != nil {
		return nil, err
	}
	return j.each(ctx, shell(folder, "tar -C files -xf all.tar\nfind files -type f -print0 | xargs -0 sync"))
}

func (j bundleJob) bundle(ctx context.Context, folder string) ([]Measurement, error) {
	return j.each(ctx, j.create(folder+"/stick"), j.on(folder+"/far", "bundle", "apply", folder+"/stick"))
}

func (j bundleJob) verify(ctx context.Context, _ string) ([]Measurement, error) {
	return j.each(ctx,
		shell(j.root(), fmt.Sprintf("find store/sha256 -type f -print0 | xargs -0 -P %d -n 64 sha256sum >/dev/null", runtime.GOMAXPROCS(0))),
		j.on(j.root(), "verify"))
}
