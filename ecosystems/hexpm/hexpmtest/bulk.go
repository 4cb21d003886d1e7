package hexpmtest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
)

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Bulk describes a big repository for benchmarks.
type Bulk struct {
	Packages int   // named bulk_00000 and so on
	Releases int   // of each: 1.0.0, 1.1.0 and so on
	Bytes    int64 // of all tarballs together, about; sizes spread like those of hex.pm

	// Rebar3 makes every so-many-eth package a rebar3 project; 0: none.
	Rebar3 int
}

// smallest is about what a tarball without any filler has.
const smallest = 5 << 10

// PublishBulk adds the packages. They cost no memory to speak of: tarballs are
// generated when they are asked for. Each package depends on up to two others.
// Call [Upstream.Warm] before measuring anything.
func (u *Upstream) PublishBulk(b Bulk) {
	r := u.Repository
	random := rand.New(rand.NewPCG(u.seed, 0x6f66666d6972726f))
	count := b.Packages * b.Releases
	sizes := spread(random, count, b.Bytes)
	u.mu.Lock()
	defer u.mu.Unlock()
	now := u.now()
	start := now.AddDate(-5, 0, 0)
	step := now.Sub(start) / time.Duration(count+1)
	for i := range b.Packages {
		p := &pkg{name: fmt.Sprintf("bulk_%05d", i), builtAt: now}
		deps := dependencies(random, i)
		for j := range b.Releases {
			at := start.Add(time.Duration(j*b.Packages+i) * step).Truncate(time.Microsecond)
			s := spec{tool: Mix, deps: newSpec(deps).deps, filler: sizes[i*b.Releases+j], stored: true, publishedAt: at}
			if b.Rebar3 > 0 && i%b.Rebar3 == 0 {
				s.tool = Rebar3
			}
			p.add(&release{spec: s, version: fmt.Sprintf("1.%d.0", j), changedAt: at})
			p.updatedAt = at
		}
		if r.packages[p.name] != nil {
			panic(fmt.Sprintf("hexpmtest: package %s exists", p.name))
		}
		r.packages[p.name] = p
	}
	r.names, r.versions, r.rebuiltAt = nil, nil, now
}

// dependencies chooses up to two packages with lower numbers.
func dependencies(random *rand.Rand, i int) []ReleaseOption {
	chosen := map[int]bool{}
	var deps []ReleaseOption
	for range min(i, random.IntN(3)) {
		if d := random.IntN(i); !chosen[d] {
			chosen[d] = true
			deps = append(deps, Dep(fmt.Sprintf("bulk_%05d", d), "~> 1.0"))
		}
	}
	return deps
}

// spread returns sizes of filler with the long tail that package sizes have: most
// are small, few are hundreds of times larger.
func spread(random *rand.Rand, count int, total int64) []int64 {
	weights := make([]float64, count)
	sum := 0.0
	for i := range weights {
		weights[i] = math.Exp(1.1 * random.NormFloat64())
		sum += weights[i]
	}
	sizes := make([]int64, count)
	left := float64(max(0, total-int64(count)*smallest))
	for i, w := range weights {
		sizes[i] = int64(left * w / sum)
	}
	return sizes
}

// Warm builds every registry file and learns every checksum, on all processors,
// so that serving costs as little as it can.
func (u *Upstream) Warm() {
	u.mu.Lock()
	defer u.mu.Unlock()
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, r := range u.all() {
		r.buildIndexes()
		for _, p := range r.packages {
			g.Go(func() error {
				r.build(p)
				return nil
			})
		}
	}
	_ = g.Wait()
}

func (u *Upstream) all() []*Repository {
	repos := []*Repository{u.Repository}
	for _, r := range u.repos {
		repos = append(repos, r)
	}
	return repos
}

// Spool writes every tarball that exists now into a folder and serves them from
// there, as a server with a disk does. What is published later is generated when
// asked for.
func (u *Upstream) Spool(folder string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, r := range u.all() {
		for _, p := range r.packages {
			for _, rel := range p.releases {
				o := r.tarball(p, rel)
				g.Go(func() error {
					return os.WriteFile(filepath.Join(folder, spoolName(o)), o.generate(), 0o644)
				})
				rel.spooled = rel.generation + 1
			}
		}
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	u.spool = folder
	return nil
}

// Export writes everything that is served into a folder, path by path, as a
// static copy of the repository.
func (u *Upstream) Export(folder string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	for path := range u.Paths() {
		data, ok := u.File(path)
		if !ok {
			continue // removed meanwhile
		}
		name := filepath.FromSlash(path)
		if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return fmt.Errorf("export: %w", err)
		}
		if err := root.WriteFile(name, data, 0o644); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	return nil
}
