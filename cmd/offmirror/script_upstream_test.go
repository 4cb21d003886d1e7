package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
)

// scriptUpstream is a Hex repository that a script has started, with answers that it prescribes.
type scriptUpstream struct {
	*hexpmtest.Upstream
	mu      sync.Mutex
	answers map[string]int           // HTTP status by path; 0: wait for ever
	arrived map[string]chan struct{} // closed when a request for the path has come
	done    chan struct{}            // closed at the end of the script
}

const upstreamUsage = `usage:
upstream start                        sets $UPSTREAM, writes hexpm.pem and elixir.pem
upstream publish NAME VERSION [DEP]…  DEP is NAME:REQUIREMENT
upstream revert NAME VERSION
upstream tamper PATH                  changes a bit of what is served there
upstream answer PATH STATUS           answers with that status
upstream stall PATH                   never answers
upstream heal PATH                    ends any of those
upstream awaits PATH                  waits until PATH has been asked for
upstream forget                       empties the log
upstream log FILE                     writes "METHOD PATH STATUS" lines, sorted`

// upstream is the script command of that name.
func upstream(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf(upstreamUsage)
	}
	s := stageOf(ts)
	if args[0] == "start" {
		s.upstream = startUpstream(ts)
		return
	}
	up := s.upstream
	if up == nil {
		ts.Fatalf("upstream: not started")
	}
	switch verb, rest := args[0], args[1:]; {
	case verb == "publish" && len(rest) >= 2:
		var deps []hexpmtest.ReleaseOption
		for _, d := range rest[2:] {
			name, requirement, _ := strings.Cut(d, ":")
			deps = append(deps, hexpmtest.Dep(name, requirement))
		}
		up.Publish(rest[0], rest[1], deps...)
	case verb == "revert" && len(rest) == 2:
		up.Revert(rest[0], rest[1])
	case verb == "tamper" && len(rest) == 1:
		up.Tamper(rest[0], func(data []byte) []byte {
			data = slices.Clone(data)
			data[len(data)/2] ^= 1
			return data
		})
	case verb == "answer" && len(rest) == 2:
		status, err := strconv.Atoi(rest[1])
		ts.Check(err)
		up.prescribe(rest[0], status)
	case verb == "stall" && len(rest) == 1:
		up.prescribe(rest[0], 0)
	case verb == "heal" && len(rest) == 1:
		up.Tamper(rest[0], nil)
		up.mu.Lock()
		delete(up.answers, rest[0])
		up.mu.Unlock()
	case verb == "awaits" && len(rest) == 1:
		<-up.arrival(rest[0])
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
		ts.Fatalf(upstreamUsage)
	}
}

func startUpstream(ts *testscript.TestScript) *scriptUpstream {
	up := &scriptUpstream{
		Upstream: hexpmtest.New(),
		answers:  map[string]int{},
		arrived:  map[string]chan struct{}{},
		done:     make(chan struct{}),
	}
	up.Publish("mime", "2.0.6")
	up.Publish("plug", "1.15.2", hexpmtest.Dep("mime", "~> 2.0"))
	up.Publish("plug", "1.15.3", hexpmtest.Dep("mime", "~> 2.0"))
	up.Publish("jason", "1.4.4")
	up.PublishInstaller(hexpmtest.Installer{Tool: "hex", Version: "2.2.1", Elixir: []string{"1.18.0"}, OTP: "27", Data: []byte("archive")})
	up.Intercept(up.intercept)
	server := httptest.NewServer(up)
	ts.Defer(func() {
		close(up.done)
		server.Close()
	})
	ts.Setenv("UPSTREAM", server.URL)
	for name, pem := range map[string][]byte{"hexpm.pem": up.PublicKey().PEM(), "elixir.pem": up.ElixirKey().PEM()} {
		ts.Check(os.WriteFile(ts.MkAbs(name), pem, 0o600))
	}
	return up
}

func (up *scriptUpstream) prescribe(path string, status int) {
	up.mu.Lock()
	defer up.mu.Unlock()
	up.answers[path] = status
}

func (up *scriptUpstream) arrival(path string) chan struct{} {
	up.mu.Lock()
	defer up.mu.Unlock()
	if up.arrived[path] == nil {
		up.arrived[path] = make(chan struct{})
	}
	return up.arrived[path]
}

func (up *scriptUpstream) intercept(w http.ResponseWriter, r *http.Request) bool {
	path := strings.TrimPrefix(r.URL.Path, "/")
	arrival := up.arrival(path)
	up.mu.Lock()
	select {
	case <-arrival:
	default:
		close(arrival)
	}
	status, prescribed := up.answers[path]
	up.mu.Unlock()
	switch {
	case !prescribed:
		return false
	case status == 0:
		select {
		case <-r.Context().Done():
		case <-up.done:
		}
		panic(http.ErrAbortHandler)
	}
	http.Error(w, http.StatusText(status), status)
	return true
}
