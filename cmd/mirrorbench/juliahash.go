package main

import (
	"bufio"
	"bytes"
	stdgzip "compress/gzip"
	"context"
	"crypto/sha1" //nolint:gosec // it is the algorithm of git, whose rate is the bound
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
)

// hashWord is the argument that makes a process of this program go through the
// tarballs of a folder.
const hashWord = "hash-tarballs"

// hashers are what is done with each tarball. Whoever proves a tree hash cannot do less than
// the others: gunzip, and SHA-1 of what comes out.
var hashers = map[string]func(f *os.File) error{
	"proof": func(f *os.File) error {
		want, err := treehash.ParseHash(strings.TrimSuffix(filepath.Base(f.Name()), ".tar.gz"))
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err != nil {
			return err
		}
		return treehash.Proof(want, treehash.Package...)(f, info.Size())
	},
	"compress": func(f *os.File) error {
		z, err := stdgzip.NewReader(bufio.NewReaderSize(f, 64<<10))
		if err == nil {
			err = hashAll(z)
		}
		return err
	},
	"klauspost": func(f *os.File) error {
		z, err := gzip.NewReader(bufio.NewReaderSize(f, 64<<10))
		if err == nil {
			err = hashAll(z)
		}
		return err
	},
}

func hashAll(r io.Reader) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{sha1.New()}, struct{ io.Reader }{r}, make([]byte, 64<<10)) //nolint:gosec // as above
	return err
}

// hashTarballs is that process: workers of it take the tarballs of a folder.
func hashTarballs(hasher, folder, workers string) error {
	n, err := strconv.Atoi(workers)
	if err != nil {
		return err
	}
	tarballs, err := filepath.Glob(folder + "/*.tar.gz")
	if err != nil || len(tarballs) == 0 {
		return errors.Join(err, errors.New(folder+" has no tarballs"))
	}
	var all errgroup.Group
	all.SetLimit(n)
	for _, name := range tarballs {
		all.Go(func() error {
			f, err := os.Open(name)
			if err != nil {
				return err
			}
			return errors.Join(hashers[hasher](f), f.Close())
		})
	}
	return all.Wait()
}

const (
	hashTarball = 25_000_000 // bytes of one tarball when unpacked, about
	gunzipName  = "gunzip | sha1sum"
	oneName     = "offmirror's proof, one at a time"
	allName     = "offmirror's proof, all processors"
)

var (
	cpuRateColumn = Column{"bytes_per_cpu_second", "MB per CPU second", func(v float64) string { return fmt.Sprintf("%.0f", v/1e6) }}
	gunzipColumn  = Column{"gunzip_share", "of " + gunzipName, percent}
)

// juliaHash compares the proof of tarballs with what it cannot do without, by the rate on
// one processor: bytes of the unpacked tarballs for each second of CPU.
func juliaHash(ctx context.Context, b *Bench) (Table, error) {
	tarballs := b.Work + "/tarballs"
	bytes, err := writeTarballs(tarballs, b.HashBytes)
	if err != nil {
		return Table{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return Table{}, err
	}
	ours := func(name, hasher string, processors int) contender {
		n := strconv.Itoa(processors)
		c := Command{Args: []string{self, hashWord, hasher, tarballs, n}, Env: []string{"GOMAXPROCS=" + n}}
		return contender{names: []string{name}, run: b.running(c)}
	}
	contenders := []contender{
		ours("compress/gzip and crypto/sha1", "compress", 1),
		ours("klauspost's gzip and crypto/sha1", "klauspost", 1),
		ours(oneName, "proof", 1),
		ours(allName, "proof", runtime.NumCPU()),
	}
	_, gunzip := exec.LookPath("gunzip")
	_, sha1sum := exec.LookPath("sha1sum")
	if gunzip == nil && sha1sum == nil {
		c := shell(tarballs, `for f in *.tar.gz; do gunzip -c "$f" | sha1sum >/dev/null; done`)
		contenders = append([]contender{{names: []string{gunzipName}, run: b.running(c)}}, contenders...)
	}
	runs, err := b.compete(ctx, "julia-hash", contenders)
	if err != nil {
		return Table{}, err
	}
	t := Table{
		Section: "julia-hash",
		Title:   fmt.Sprintf("tree hashes of tarballs, %.0f MB when unpacked, already read once", float64(bytes)/1e6),
		Columns: []Column{wallColumn, rateColumn, cpuColumn, cpuRateColumn, gunzipColumn, spreadColumn},
	}
	if len(runs[gunzipName]) == 0 {
		t.Rows = append(t.Rows, Row{Name: gunzipName, Remark: "missing"})
	}
	for _, c := range contenders {
		m := medianByWall(runs[c.names[0]])
		r := Row{Name: c.names[0], Figures: commonFigures(runs[c.names[0]])}
		r.Figures[rateColumn.Key] = float64(bytes) / m.Wall.Seconds()
		r.Figures[cpuRateColumn.Key] = float64(bytes) / m.CPU.Seconds()
		if all := runs[gunzipName]; len(all) > 0 {
			r.Figures[gunzipColumn.Key] = ratio(medianByWall(all).CPU, m.CPU)
		}
		t.Rows = append(t.Rows, r)
	}
	return t, nil
}

// running returns what a contender does that is one command without an upstream.
func (b *Bench) running(c Command) func(context.Context, string) ([]Measurement, error) {
	return func(ctx context.Context, _ string) ([]Measurement, error) {
		m, err := b.measure(ctx, nil, c)
		return []Measurement{m}, err
	}
}

// writeTarballs makes a folder of tarballs that unpack to about so many bytes in all, and are
// called as their tree hash. They hold what packages hold: texts of some kilobytes. It returns
// how many bytes they are when unpacked.
func writeTarballs(folder string, size int64) (int64, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return 0, err
	}
	random := rand.New(rand.NewPCG(1, 2))
	unpacked := int64(0)
	for unpacked < size {
		var tarball bytes.Buffer
		if err := writePackage(&tarball, random, min(hashTarball, size-unpacked)); err != nil {
			return 0, err
		}
		sums, err := treehash.Sum(bytes.NewReader(tarball.Bytes()), treehash.Limits{})
		if err != nil {
			return 0, err
		}
		unpacked += sums.Bytes
		if err := os.WriteFile(folder+"/"+sums.GitTools.String()+".tar.gz", tarball.Bytes(), 0o644); err != nil {
			return 0, err
		}
	}
	return unpacked, nil
}

func writePackage(dst io.Writer, random *rand.Rand, size int64) error {
	z := treetar.Gzip(dst)
	w := treetar.NewWriter(z)
	if err := w.Directory("src"); err != nil {
		return err
	}
	for i := 0; size > 0; i++ {
		source := juliaSource(random, min(1<<10+random.IntN(14<<10), int(size)))
		if err := w.File(fmt.Sprintf("src/part%05d.jl", i), int64(len(source)), false, strings.NewReader(source)); err != nil {
			return err
		}
		size -= int64(len(source)) + 1<<10
	}
	return errors.Join(w.Close(), z.Close())
}

// juliaSource returns a text that compresses about as well as sources do.
func juliaSource(random *rand.Rand, size int) string {
	words := strings.Fields("function end return using module struct where for in if else Float64 Vector convert push! @test ( ) = :: 0x1f 3.14")
	var b strings.Builder
	for b.Len() < size {
		if random.IntN(8) == 0 {
			fmt.Fprintf(&b, "%x ", random.Uint64())
		}
		b.WriteString(words[random.IntN(len(words))])
		b.WriteByte(" \n"[random.IntN(9)/8])
	}
	return b.String()
}
