package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest/pkgclient"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

const juliaUsage = `usage:
julia start                              sets $JULIA
julia publish NAME VERSION [DEP]…        DEP is "NAME" or "NAME COMPAT"
julia missing NAME VERSION               the same, but no server has it
julia jll NAME VERSION PLATFORM…         binaries
julia private NAME VERSION [DEP]…        a version in another registry, Corp, which is not listed
julia git                                writes Corp and its packages as repositories below git
julia itself VERSION…                    releases of Julia
julia path VARIABLE NAME VERSION         sets it to the package's path, and VARIABLE_0 … to its artifacts'
julia registry VARIABLE                  sets it to the path of General as it is now
julia manifest FILE NAME VERSION…        writes a Manifest.toml
julia tamper PATH                        changes a bit of what is served there
julia answer PATH STATUS                 answers with that status
julia heal PATH                          ends either
julia forget                             empties the log
julia log FILE                           writes "METHOD PATH STATUS" lines, sorted
julia client FILE VERSION URL DEPOT add NAME… | update | registry
                                         plays that version of Julia; writes what it has then`

// juliaCommand is the script command julia.
func juliaCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf(juliaUsage)
	}
	s := stageOf(ts)
	verb, rest := args[0], args[1:]
	if verb == "start" {
		up, stop, err := juliatest.Start(juliatest.WithRepos("file://" + ts.MkAbs("git")))
		ts.Check(err)
		ts.Defer(stop)
		s.julia = up
		ts.Setenv("JULIA", up.BaseURL())
		return
	}
	if verb == "client" && len(rest) >= 5 {
		juliaClient(ts, rest[0], rest[1], rest[2], ts.MkAbs(rest[3]), rest[4:])
		return
	}
	up := s.julia
	if up == nil {
		ts.Fatalf("julia: not started")
	}
	switch {
	case verb == "publish" && len(rest) >= 2:
		up.Publish(rest[0], juliatest.Version{Number: rest[1], Deps: rest[2:]})
	case verb == "private" && len(rest) >= 2:
		if s.corp == nil {
			s.corp = up.AddRegistry("Corp", uuid.UUID{})
			s.corp.Hide(true)
		}
		s.corp.Publish(rest[0], juliatest.Version{Number: rest[1], Deps: rest[2:]})
	case verb == "itself" && len(rest) > 0:
		for _, number := range rest {
			up.PublishJulia(juliatest.Julia{Version: number})
		}
	case verb == "git" && len(rest) == 0:
		ts.Check(up.WriteGit(context.Background(), ts.MkAbs("git")))
	case verb == "missing" && len(rest) == 2:
		up.Publish(rest[0], juliatest.Version{Number: rest[1], Missing: true})
	case verb == "jll" && len(rest) >= 3:
		up.PublishJLL(rest[0], rest[1], rest[2:]...)
	case verb == "path" && len(rest) == 3:
		r := juliaRelease(ts, up, rest[1], rest[2])
		ts.Setenv(rest[0], r.Path)
		for i, a := range r.Artifacts {
			ts.Setenv(rest[0]+"_"+strconv.Itoa(i), a.Path)
		}
	case verb == "registry" && len(rest) == 1:
		ts.Setenv(rest[0], pkgserver.RegistryPath(up.UUID(), up.Hash()))
	case verb == "manifest" && len(rest) >= 3 && len(rest)%2 == 1:
		var m juliatest.Manifest
		for pair := range slices.Chunk(rest[1:], 2) {
			m.Releases = append(m.Releases, juliaRelease(ts, up, pair[0], pair[1]))
		}
		ts.Check(os.WriteFile(ts.MkAbs(rest[0]), []byte(up.Manifest(m)), 0o600))
	case verb == "tamper" && len(rest) == 1:
		up.Tamper(rest[0], juliatest.FlipByte)
	case verb == "answer" && len(rest) == 2:
		status, err := strconv.Atoi(rest[1])
		ts.Check(err)
		up.Fail(rest[0], status, -1, "")
	case verb == "heal" && len(rest) == 1:
		up.Tamper(rest[0], nil)
		up.Recover()
	case verb == "forget" && len(rest) == 0:
		up.ResetLog()
	case verb == "log" && len(rest) == 1:
		var lines []string
		for _, r := range up.Requests() {
			lines = append(lines, fmt.Sprintf("%s %s %d\n", r.Method, r.Path, r.Status))
		}
		slices.Sort(lines)
		ts.Check(os.WriteFile(ts.MkAbs(rest[0]), []byte(strings.Join(lines, "")), 0o600))
	default:
		ts.Fatalf(juliaUsage)
	}
}

func juliaRelease(ts *testscript.TestScript, up *juliatest.Upstream, name, number string) juliatest.Release {
	r, ok := up.Release(name, number)
	if !ok {
		ts.Fatalf("nobody has published %s %s", name, number)
	}
	return r
}

// juliaClient plays Julia. Nothing may be missing, and nobody else be asked.
func juliaClient(ts *testscript.TestScript, file, version, url, depot string, command []string) {
	c := pkgclient.New(pkgclient.Julia(version), url, depot)
	var r *pkgclient.Report
	var err error
	switch ctx := context.Background(); {
	case command[0] == "add" && len(command) > 1:
		r, err = c.Add(ctx, command[1:]...)
	case command[0] == "update" && len(command) == 1:
		r, err = c.Update(ctx)
	case command[0] == "registry" && len(command) == 1:
		r, err = c.RegistryUpdate(ctx)
	default:
		ts.Fatalf(juliaUsage)
	}
	ts.Check(err)
	for _, miss := range r.Misses() {
		ts.Fatalf("Julia %s: %s %s: %d, want %d", version, miss.Method, miss.Path, miss.Status, http.StatusOK)
	}
	var b strings.Builder
	for _, p := range r.Packages {
		fmt.Fprintln(&b, p)
	}
	for _, a := range r.Artifacts {
		fmt.Fprintln(&b, "artifact", a.Name, "of", a.Package)
	}
	ts.Check(os.WriteFile(ts.MkAbs(file), []byte(b.String()), 0o600))
}
