package hexpmtest

import (
	"crypto/sha512"
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/hexpm/installs"
)

// Installer is an archive or escript that `mix local.hex` or `mix local.rebar`
// installs.
type Installer struct {
	Tool    string   // "hex", "rebar3" or "rebar"
	Version string   // of the tool
	Elixir  []string // versions that it was built for; the newer family of lists takes one
	OTP     string   // release that it was built for; empty: the older family of lists
	Data    []byte
}

// PublishInstaller stores an installer and adds a row to its list, which is
// signed anew. The same (version, Elixir) may be published again: the old row
// stays, the old bytes do not.
func (u *Upstream) PublishInstaller(i Installer) {
	list := slices.IndexFunc(installs.Lists(), func(l installs.List) bool { return l.Tool == i.Tool && l.OTP == (i.OTP != "") })
	if list < 0 || i.OTP != "" && len(i.Elixir) != 1 {
		panic(fmt.Sprintf("hexpmtest: no list for installer %s %s, Elixir %s, OTP %q", i.Tool, i.Version, i.Elixir, i.OTP))
	}
	l := installs.Lists()[list]
	columns := append([]string{i.Version, fmt.Sprintf("%x", sha512.Sum512(i.Data))}, i.Elixir...)
	if i.OTP != "" {
		columns = append(columns, i.OTP)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.lists[l.Path()] = append(u.lists[l.Path()], strings.Join(columns, ","))
	csv := []byte(strings.Join(u.lists[l.Path()], "\n") + "\n")
	rows, err := l.Parse(csv)
	if err != nil {
		panic("hexpmtest: " + err.Error())
	}
	signed, err := installs.Sign(csv, u.elixirKey)
	if err != nil {
		panic("hexpmtest: " + err.Error())
	}
	now := u.now()
	u.files[l.Path()] = newObject(csv, now, cacheTarball)
	u.files[l.SignaturePath()] = newObject(signed, now, cacheTarball)
	for _, a := range l.All(rows[len(rows)-1:]) {
		u.files[a.Path] = newObject(i.Data, now, cacheTarball)
	}
}

// PublishElixir stores a precompiled Elixir and lists it in builds/elixir/builds.txt.
// name is "v1.18.3-otp-27", "main" and the like. A branch may be published again.
func (u *Upstream) PublishElixir(name string, data []byte) {
	u.publishBuild("builds/elixir", name, ".zip", " ", data)
}

// PublishOTP stores a precompiled OTP and lists it in the builds.txt of its
// system. name is "OTP-27.0", "maint-27" and the like; arch may be empty, for the
// layout of old systems.
func (u *Upstream) PublishOTP(name, os, arch string, data []byte) {
	folder := "builds/otp/"
	if arch != "" {
		folder += arch + "/"
	}
	u.publishBuild(folder+os, name, ".tar.gz", "", data)
}

func (u *Upstream) publishBuild(folder, name, extension, trailer string, data []byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := u.now()
	list := folder + "/builds.txt"
	lines := slices.DeleteFunc(u.lists[list], func(line string) bool { return strings.HasPrefix(line, name+" ") })
	lines = append(lines, fmt.Sprintf("%s %s %s %s%s", name, sha256Hex([]byte(name))[:40], now.Format("2006-01-02T15:04:05Z"), sha256Hex(data), trailer))
	slices.Sort(lines)
	u.lists[list] = lines
	u.files[folder+"/"+name+extension] = newObject(data, now, cacheBuilds)
	u.files[list] = newObject([]byte(strings.Join(lines, "\n")+"\n"), now, cacheBuilds)
}
