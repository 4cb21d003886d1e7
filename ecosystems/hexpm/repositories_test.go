package hexpm_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm"
	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// company adds a private repository with a package that needs a public one.
func (w *world) company(token string) *hexpmtest.Repository {
	acme := w.AddRepository("acme", token)
	acme.Publish("secret", "1.0.0", hexpmtest.Dependency(registry.Dependency{Package: "jason", Requirement: "~> 1.0", Repository: "hexpm"}))
	acme.Publish("other", "1.0.0")
	return acme
}

func TestPrivateRepository(t *testing.T) {
	w := newSerialWorld(t)
	w.small()
	acme := w.company("s3cret")
	w.options.Repositories = []hexpm.Repository{{Name: "acme", TokenEnv: "ACME_KEY"}}

	t.Setenv("ACME_KEY", "")
	w.mustFail(ecosystems.Selection{}, "ACME_KEY")
	t.Setenv("ACME_KEY", "wrong")
	w.mustFail(ecosystems.Selection{}, "repos/acme", "not authorized")

	t.Setenv("ACME_KEY", "s3cret")
	w.mustSync()
	files := w.root.Files()
	for _, path := range []string{"names", "versions", "public_key", "packages/secret", "tarballs/secret-1.0.0.tar", "tarballs/other-1.0.0.tar"} {
		if files["repos/acme/"+path] == "" {
			t.Errorf("repos/acme/%s is not here", path)
		}
	}
	for _, r := range w.Requests() {
		private := len(r.Path) > 11 && r.Path[:11] == "repos/acme/"
		if r.Authorized != private {
			t.Errorf("%s: credentials sent: %v", r.Path, r.Authorized)
		}
	}
	if run := w.mustSync(); !run.Unchanged || len(w.asked()) != 4 {
		t.Errorf("second sync asks for %v", w.asked())
	}
	acme.Publish("secret", "1.1.0")
	w.mustSync()
	if w.root.Files()["repos/acme/tarballs/secret-1.1.0.tar"] == "" {
		t.Error("the new release did not arrive")
	}
}

func TestSelectionAcrossRepositories(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.company("")
	w.options.Packages = []string{"telemetry"}
	w.options.Repositories = []hexpm.Repository{{Name: "acme", Packages: []string{"secret"}}}
	w.mustSync()
	w.wantTarballs("jason-1.4.1", "telemetry-1.0.0") // jason for secret
	if files := w.root.Files(); files["repos/acme/tarballs/secret-1.0.0.tar"] == "" || files["repos/acme/packages/other"] != "" {
		t.Error("the selection of acme is not what was asked for")
	}
}

func TestWholeRepositoryBesideASelection(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.company("")
	w.options.Packages = []string{"telemetry"}
	w.options.Repositories = []hexpm.Repository{{Name: "acme"}}
	w.mustSync()
	w.wantTarballs("jason-1.4.1", "telemetry-1.0.0")
	for _, path := range []string{"tarballs/secret-1.0.0.tar", "tarballs/other-1.0.0.tar"} {
		if w.root.Files()["repos/acme/"+path] == "" {
			t.Errorf("%s is not here", path)
		}
	}
	w.options.Packages, w.options.Repositories[0].Packages = nil, []string{"secret"}
	w.mustSync()
	if files := w.root.Files(); len(w.tarballs()) != 7 || files["repos/acme/tarballs/other-1.0.0.tar"] != "" {
		t.Errorf("everything of one and a selection of the other: %v", w.tarballs())
	}
}

func TestUnknownRepositoryOfADependency(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.Publish("uses_acme", "1.0.0", hexpmtest.Dependency(registry.Dependency{Package: "secret", Requirement: "~> 1.0", Repository: "acme"}))
	w.options.Packages = []string{"uses_acme"}
	run := w.mustSync()
	w.wantNotice(run, "missing-dependency", "repository acme")
}

func TestLockOfAnOrganization(t *testing.T) {
	w := newWorld(t)
	w.small()
	acme := w.company("")
	r, _ := acme.Package("secret").Release("1.0.0")
	w.options.Repositories = []hexpm.Repository{{Name: "acme"}}
	w.options.Locks = []string{w.file("mix.lock", []byte(`%{
  "secret": {:hex, :secret, "1.0.0", "`+r.InnerChecksum.String()+`", [:mix], [], "hexpm:acme", "`+r.OuterChecksum.String()+`"},
}`))}
	w.mustSync()
	if w.root.Files()["repos/acme/tarballs/secret-1.0.0.tar"] == "" {
		t.Error("the locked release of the organisation is not here")
	}
}

func TestPolicies(t *testing.T) {
	for _, index := range []string{"verbatim", "filtered"} {
		t.Run(index, func(t *testing.T) {
			w := newWorld(t)
			w.small()
			acme := w.company("")
			acme.PublishPolicy(registry.Policy{Repository: "acme", Name: "strict", Public: true})
			w.options.Repositories = []hexpm.Repository{{Name: "acme", Policies: []string{"strict"}}}
			if w.options.Index = index; index == "filtered" {
				w.options.SigningKey = w.siteKey()
			}
			w.mustSync()
			trust := w.trust()
			trust.Repository = "acme"
			if _, err := trust.Policy(w.read("repos/acme/policies/strict"), "strict"); err != nil {
				t.Error(err)
			}
			if run := w.mustSync(); !run.Unchanged || !slices.Contains(w.asked(), "repos/acme/policies/strict") {
				t.Errorf("second sync asks for %v", w.asked())
			}
			acme.PublishPolicy(registry.Policy{Repository: "acme", Name: "strict", Public: true, Description: "new"})
			if run := w.mustSync(); !run.Published {
				t.Error("the changed policy did not arrive")
			}
		})
	}
}

func TestRepositoryOfAnotherName(t *testing.T) {
	w := newWorld(t, hexpmtest.WithName("toy"))
	w.small()
	w.mustFail(ecosystems.Selection{}, "toy", "hexpm")
	w.options.Name = "toy"
	w.mustSync()
}

func TestMirrorsOfTheUpstream(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.options.Mirrors = []string{w.url + "/"}
	w.options.Upstream = "http://127.0.0.1:1" // nobody listens there
	w.mustSync()
}

func TestForeignPublicKeyIsNoticed(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.Tamper("public_key", func([]byte) []byte { return siteKey().Public().PEM() })
	run := w.mustSync()
	w.wantNotice(run, "public-key", siteKey().Public().Fingerprint())
	if string(w.read("public_key")) != string(w.PublicKey().PEM()) {
		t.Error("the downloaded key was published")
	}
}

// Whoever writes a password into a URL finds it nowhere else.
func TestPasswordInTheUpstream(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.options.Upstream = strings.Replace(w.url, "://", "://user:hunter2@", 1)
	w.options.Installs = "latest"
	w.mustSync()
	w.RemovePackage("jason")
	w.RemovePackage("plug")
	if err := w.mustFail(ecosystems.Selection{}, "--allow-shrink"); strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %q", err)
	}
	err := filepath.WalkDir(w.root.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("hunter2")) {
			t.Errorf("%s holds the password", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
