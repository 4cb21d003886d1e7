package create

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// shapes are mirrors to make bundles of: how many objects of which size.
var shapes = map[string][2]int{
	"large":  {8, 64 << 20},
	"medium": {2_000, 256 << 10},
	"small":  {20_000, 8 << 10},
}

// shaped is a mirror of a shape.
func shaped(b *testing.B, objects, size int) *mirror {
	b.Helper()
	m := openMirror(b, b.TempDir())
	random := rand.NewChaCha8([32]byte{1})
	data := make([]byte, size)
	var entries []layout.Entry
	for i := range objects {
		random.Read(data)
		entries = append(entries, layout.Entry{Path: fmt.Sprint("file-", i), Object: m.put(string(data)), Size: int64(size)})
	}
	m.publishEntries("hex", entries)
	must(b, exec.Command("sync").Run())
	return m
}

func (m *mirror) publishEntries(ecosystem string, entries []layout.Entry) {
	m.t.Helper()
	h := m.history(ecosystem)
	s, err := h.Write(context.Background(), layout.Header{Time: time.Unix(1_760_000_000, 0)}, slices.Values(entries))
	must(m.t, err)
	must(m.t, m.root.MkdirAll("snapshots/"+ecosystem, 0o755))
	must(m.t, m.root.Symlink(s.ID, "snapshots/"+ecosystem+"/current"))
	must(m.t, h.Confirm(s.ID, time.Unix(4_000_000_000, 0)))
}

// BenchmarkCreate writes bundles. The yardstick is BenchmarkTar: stock tar with the same files and the same disk, and
// an fsync, without hashes.
func BenchmarkCreate(b *testing.B) {
	for name, shape := range shapes {
		b.Run(name, func(b *testing.B) {
			m := shaped(b, shape[0], shape[1])
			out := b.TempDir()
			b.SetBytes(int64(shape[0] * shape[1]))
			for b.Loop() {
				m.create(Options{Out: []string{out}})
				b.StopTimer()
				must(b, os.RemoveAll(out))
				b.StartTimer()
			}
		})
	}
}

func BenchmarkTar(b *testing.B) {
	for name, shape := range shapes {
		b.Run(name, func(b *testing.B) {
			m := shaped(b, shape[0], shape[1])
			var list strings.Builder
			for info, err := range m.store.All() {
				must(b, err)
				list.WriteString(m.store.Path(info.ID) + "\n")
			}
			out := filepath.Join(b.TempDir(), "tar")
			b.SetBytes(int64(shape[0] * shape[1]))
			for b.Loop() {
				cmd := exec.Command("tar", "-cf", out, "-T", "-")
				cmd.Dir, cmd.Stdin = m.root.Name(), strings.NewReader(list.String())
				must(b, cmd.Run())
				must(b, exec.Command("sync", out).Run())
				b.StopTimer()
				must(b, os.Remove(out))
				b.StartTimer()
			}
		})
	}
}

// BenchmarkPlanMillion plans a bundle of a million objects, half of which the receiver has, in a process of its own,
// which says how much memory it took at most. A bundle never takes more for its lists.
func BenchmarkPlanMillion(b *testing.B) {
	m := openMirror(b, b.TempDir())
	m.publishEntries("hex", million(0))
	old, err := m.history("hex").Write(b.Context(), layout.Header{Time: time.Unix(1_750_000_000, 0)}, slices.Values(million(500_000)))
	must(b, err)
	var peak int64
	for b.Loop() {
		cmd := exec.CommandContext(b.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), planVariable+"="+m.root.Name()+" "+old.ID)
		out, err := cmd.Output()
		must(b, err)
		var objects int
		_, err = fmt.Sscan(string(out), &objects, &peak)
		must(b, err)
		if objects != 500_000 {
			b.Fatal(objects)
		}
	}
	b.ReportMetric(float64(peak)/(1<<20), "MiB-peak")
}

// planVariable makes this program one that plans: "ROOT BASE".
const planVariable = "CREATE_TEST_PLAN"

func TestMain(m *testing.M) {
	if order := os.Getenv(planVariable); order != "" {
		if err := planChild(order); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func planChild(order string) error {
	debug.SetGCPercent(40) // as the program does
	dir, base, _ := strings.Cut(order, " ")
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	objects, err := store.Open(root)
	if err != nil {
		return err
	}
	s := &source{root, objects}
	_, p, _, err := s.plan(context.Background(), &Options{Base: map[string][]string{"hex": {base}}, VolumeSize: DefaultVolumeSize})
	if err == nil {
		_, err = p.writeTail(io.Discard, 1, store.ID{})
	}
	if err == nil {
		fmt.Println(len(p.objects), peak())
	}
	return err
}

func million(from int) []layout.Entry {
	entries := make([]layout.Entry, 1_000_000)
	var seed [8]byte
	for i := range entries {
		binary.BigEndian.PutUint64(seed[:], uint64(from+i))
		entries[i] = layout.Entry{Path: fmt.Sprintf("tarballs/some_package_%07d-1.2.3.tar", i), Object: store.ID(sha256.Sum256(seed[:])), Size: int64(i % 100_000)}
	}
	return entries
}

// peak is the most memory that this process has had, in bytes, where the system tells.
func peak() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	var n int64
	fmt.Sscan(string(rest), &n)
	return n << 10
}
