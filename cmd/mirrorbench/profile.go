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
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/fetch"
)

// profileWord is the argument that makes a process of this program do what
// "offmirror sync" or "offmirror plan" does, and write profiles of it.
const profileWord = "profiled"

// profiledSync tells such a process what to do.
type profiledSync struct {
	Verb                string
	Julia               bool
	Root, Upstream, Key string
	Concurrency         int
	Profiles            string // path and first part of the name of each profile
}

// profiledCommand returns the command that syncs or plans and writes profiles whose names
// begin with name.
func (b *Bench) profiledCommand(u *Upstream, folder, verb, name string) (Command, error) {
	self, err := os.Executable()
	if err != nil {
		return Command{}, err
	}
	argument, err := json.Marshal(profiledSync{
		Verb: verb, Julia: u.Julia, Root: folder + "/mirror", Upstream: u.URL, Key: u.Folder + "/" + keyFile, Concurrency: b.Concurrency,
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
	err = p.run(ctx)
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

// run is the part of the command line's work that takes time.
func (p profiledSync) run(ctx context.Context) error {
	eco := hexpm.Ecosystem()
	if p.Julia {
		eco = julia.Ecosystem()
	}
	options := eco.Options()
	switch o := options.(type) {
	case *hexpm.Options:
		o.Upstream, o.PublicKey, o.Installs = p.Upstream, p.Key, "none"
	case *julia.Options:
		o.Upstream = p.Upstream
	}
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
	job := mirror.Job{Ecosystem: eco, Driver: driver, Options: options}
	if p.Verb == "plan" {
		_, err := m.Plan(ctx, job)
		return err
	}
	report, err := m.Sync(ctx, job)
	if err == nil && len(report.Missing) > 0 {
		err = fmt.Errorf("%d items are missing", len(report.Missing))
	}
	return err
}
