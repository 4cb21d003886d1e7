package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/fetch"
)

// profileWord is the argument that makes a process of this program do what
// "offmirror sync hex" does, and write profiles of it.
const profileWord = "sync-profiled"

// profiledSync tells such a process what to do.
type profiledSync struct {
	Root, Upstream, Key string
	Concurrency         int
	Profiles            string // path and first part of the name of each profile
}

// profiledCommand returns the command that syncs and writes profiles whose names
// begin with name.
func (b *Bench) profiledCommand(u *Upstream, folder, name string) (Command, error) {
	self, err := os.Executable()
	if err != nil {
		return Command{}, err
	}
	argument, err := json.Marshal(profiledSync{
		Root: folder + "/mirror", Upstream: u.URL, Key: u.Folder + "/" + keyFile, Concurrency: b.Concurrency,
		Profiles: b.Profile + "/" + name,
	})
	return Command{Args: []string{self, profileWord, string(argument)}, Dir: folder}, err
}

// syncProfiled is that process.
func syncProfiled(ctx context.Context, argument string) (err error) {
	var p profiledSync
	if err := json.Unmarshal([]byte(argument), &p); err != nil {
		return err
	}
	cpu, err := os.Create(p.Profiles + ".cpu.prof")
	if err != nil {
		return err
	}
	runtime.SetBlockProfileRate(int(10 * time.Microsecond))
	runtime.SetMutexProfileFraction(10)
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return err
	}
	err = syncHex(ctx, p)
	pprof.StopCPUProfile()
	err = errors.Join(err, cpu.Close())
	for _, kind := range []string{"allocs", "block", "mutex"} {
		err = errors.Join(err, writeProfile(p.Profiles+"."+kind+".prof", kind))
	}
	return err
}

func writeProfile(file, kind string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup(kind).WriteTo(f, 0), f.Close())
}

// syncHex is the part of the command line's sync that takes time.
func syncHex(ctx context.Context, p profiledSync) error {
	eco := hexpm.Ecosystem()
	options := eco.Options().(*hexpm.Options)
	options.Upstream, options.PublicKey, options.Installs = p.Upstream, p.Key, "none"
	driver, err := eco.New(options)
	if err != nil {
		return err
	}
	c := mirror.Config{Fetch: fetch.DefaultConfig()}
	c.Fetch.Concurrency, c.Fetch.PerHost = p.Concurrency, p.Concurrency
	m, err := mirror.Create(p.Root, c)
	if err != nil {
		return err
	}
	defer m.Close()
	report, err := m.Sync(ctx, mirror.Job{Ecosystem: eco, Driver: driver, Options: options})
	if err == nil && len(report.Missing) > 0 {
		err = fmt.Errorf("%d items are missing", len(report.Missing))
	}
	return err
}
