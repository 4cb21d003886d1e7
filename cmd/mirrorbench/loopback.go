package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
)

// diskWord is the argument that makes a process of this program write to the
// disk in one of the diskPatterns.
const diskWord = "write-disk"

var (
	rateColumn = Column{"bytes_per_second", "rate", megaSec}
	diskColumn = Column{"disk_share", "of the disk's rate", percent}
)

// loopback compares a first sync from an upstream that does not wait with what
// the disk could take.
func loopback(ctx context.Context, b *Bench) (Table, error) {
	u, err := b.smallUpstream(ctx, 0)
	if err != nil {
		return Table{}, err
	}
	const sequential = "(one file, one fsync)"
	contenders := []contender{
		b.offmirrorContender(u),
		b.floorContender(u),
		b.diskContender(u, sequential, "sequential"),
		b.diskContender(u, "(files, fsync in groups)", "grouped"),
		b.diskContender(u, "(files, fsync of each)", "each"),
	}
	runs, err := b.compete(ctx, "loopback", contenders)
	if err != nil {
		return Table{}, err
	}
	t := Table{
		Section: "loopback",
		Title:   fmt.Sprintf("%d tarballs, %.0f MB, no latency, beside the disk alone", b.Tarballs, float64(b.Bytes)/1e6),
		Columns: []Column{wallColumn, rateColumn, diskColumn, spreadColumn, cpuColumn, peakColumn, upstreamColumn},
	}
	disk := medianByWall(runs[sequential]).Wall
	for _, c := range contenders {
		all := runs[c.names[0]]
		r := Row{Name: c.names[0], Figures: commonFigures(all)}
		wall := medianByWall(all).Wall
		r.Figures[rateColumn.Key] = float64(b.Bytes) / wall.Seconds()
		r.Figures[diskColumn.Key] = ratio(disk, wall)
		t.Rows = append(t.Rows, r)
	}
	return t, nil
}

// diskContender writes as many bytes, in as many files of their mean size.
func (b *Bench) diskContender(u *Upstream, name, pattern string) contender {
	return contender{names: []string{name}, run: func(ctx context.Context, folder string) ([]Measurement, error) {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		m, err := b.measure(ctx, nil, Command{Args: []string{
			self, diskWord, pattern, folder, strconv.Itoa(u.Tarballs()), strconv.FormatInt(u.Bytes/int64(u.Tarballs()), 10),
		}})
		return []Measurement{m}, err
	}}
}

// writeDisk is the process of a disk contender.
func writeDisk(pattern, folder, count, size string) error {
	write, known := diskPatterns[pattern]
	n, err := strconv.Atoi(count)
	bytes, err2 := strconv.ParseInt(size, 10, 64)
	if !known || err != nil || err2 != nil {
		return fmt.Errorf("%s %s %s %s: want PATTERN FOLDER COUNT SIZE", pattern, folder, count, size)
	}
	dir, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer dir.Close()
	return write(dir, n, bytes)
}
