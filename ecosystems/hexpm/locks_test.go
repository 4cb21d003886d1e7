package hexpm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
)

func TestLocksOfEveryClient(t *testing.T) {
	w := newWorld(t)
	w.library()
	sum := func(name, v string) (inner, outer string) {
		r, _ := w.Package(name).Release(v)
		return strings.ToUpper(r.InnerChecksum.String()), strings.ToUpper(r.OuterChecksum.String())
	}
	inner, outer := sum("middle", "1.0.0")
	rebar := fmt.Sprintf(`{"1.2.0",[{<<"middle">>,{pkg,<<"middle">>,<<"1.0.0">>},0}]}.
[{pkg_hash,[{<<"middle">>, <<%q>>}]},{pkg_hash_ext,[{<<"middle">>, <<%q>>}]}].
`, inner, outer)
	_, outer = sum("unrelated", "1.0.0")
	gleam := fmt.Sprintf(`packages = [
  { name = "unrelated", version = "1.0.0", build_tools = ["gleam"], requirements = [], otp_app = "unrelated", source = "hex", outer_checksum = %q },
]
[requirements]
unrelated = { version = ">= 1.0.0" }
`, outer)
	w.options.Locks = []string{
		w.mixLock("base 1.0.0", "old_only 1.0.0"), w.file("rebar.lock", []byte(rebar)), w.file("manifest.toml", []byte(gleam)),
	}
	w.mustSync()
	w.wantTarballs("base-1.0.0", "middle-1.0.0", "old_only-1.0.0", "unrelated-1.0.0")
}

func TestChangedLockIsNoticed(t *testing.T) {
	w := newWorld(t)
	w.library()
	w.options.Locks = []string{w.mixLock("base 1.0.0")}
	w.mustSync()
	w.options.Locks = []string{w.mixLock("base 1.1.0")}
	w.mustSync()
	w.wantTarballs("base-1.1.0")
}

func TestLockedToOtherBytes(t *testing.T) {
	w := newWorld(t)
	w.library()
	w.options.Locks = []string{w.mixLock("base 1.0.0", "middle 2.0.0")}
	w.Replace("base", "1.0.0", hexpmtest.Source("README.md", "again"))
	err := w.mustFail(ecosystems.Selection{}, "mix.lock", "base 1.0.0", "outer checksum", "replaced")
	if strings.Contains(err.Error(), "middle") {
		t.Errorf("error %q blames the wrong package", err)
	}
	w.Replace("middle", "2.0.0", hexpmtest.Dep("base", "~> 2.0"), hexpmtest.Source("README.md", "again"))
	w.mustFail(ecosystems.Selection{}, "base 1.0.0", "and 1 more")
	run := w.mustSync(ecosystems.Selection{AllowPartial: true})
	w.wantNotice(run, "lock-mismatch", "base 1.0.0")
	w.wantNotice(run, "lock-mismatch", "middle 2.0.0")
	w.wantTarballs("base-1.0.0", "middle-2.0.0", "base-2.0.0", "base-2.1.0-rc.1")
}

func TestLockedReleaseThatIsGone(t *testing.T) {
	w := newWorld(t)
	w.library()
	w.options.Locks = []string{w.mixLock("base 1.0.0", "unrelated 1.0.0", "middle 7.0.0")}
	w.RemovePackage("unrelated")
	run := w.sync()
	if run.Err != nil || len(run.Missing) != 2 {
		t.Fatalf("missing %+v, error %v", run.Missing, run.Err)
	}
	for i, name := range []string{"middle 7.0.0", "unrelated 1.0.0"} {
		if m := run.Missing[i]; m.Name != name || !m.Absent || !strings.Contains(m.Reason, "mix.lock") {
			t.Errorf("missing %+v, want %s", m, name)
		}
	}
	w.wantTarballs("base-1.0.0")
}

func TestOutsideOfHex(t *testing.T) {
	w := newWorld(t)
	w.library()
	w.Publish("uses_fork", "1.0.0", hexpmtest.Dep("unrelated", "~> 1.0"))
	lock := w.file("mix.lock", []byte(`%{
  "unrelated": {:git, "https://git.example/unrelated.git", "0123456789abcdef0123456789abcdef01234567", []},
  "other": {:hex, :other, "1.0.0", "`+strings.Repeat("0", 64)+`", [:mix], [], "elsewhere", "`+strings.Repeat("0", 64)+`"},
`+strings.TrimPrefix(string(w.lockLines("uses_fork 1.0.0")), "%{\n")))
	w.options.Locks = []string{lock}
	run := w.mustSync()
	w.wantNotice(run, "out-of-scope", "git https://git.example/unrelated.git")
	w.wantNotice(run, "out-of-scope", "elsewhere")
	// The fork replaces Hex's package; only its registry file is asked for by clients.
	w.wantTarballs("uses_fork-1.0.0")
	w.wantPackages("uses_fork", "unrelated")
}

func TestBadLocks(t *testing.T) {
	w := newWorld(t)
	w.library()
	w.options.Locks = []string{"/no/such/mix.lock"}
	w.mustFail(ecosystems.Selection{}, "hex.locks", "/no/such/mix.lock")
	w.options.Locks = []string{w.file("mix.lock", []byte("%{ garbage"))}
	w.mustFail(ecosystems.Selection{}, "hex.locks", "mix.lock:1")
}
