package localserver_test

import (
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest/pkgclient"
)

// Every version of Julia installs a private package that needs a public one, with artifacts of both,
// and nobody but this server is asked.
func TestJuliaClients(t *testing.T) {
	c := newCompany(t)
	c.public.PublishJLL("Gadget", "1.0.0", "x86_64-linux-gnu", "aarch64-apple-darwin14")
	c.corp.Publish("App", juliatest.Version{
		Number: "1.0.0", Deps: []string{"Secret 1", "Example@" + juliatest.UUID("Example").String() + " 0.5", "Gadget_jll@" + juliatest.UUID("Gadget_jll").String()},
		Artifacts: []juliatest.Artifact{blob(juliatest.Artifact{Name: "data"}, "app"), blob(juliatest.Artifact{Name: "later", Lazy: true}, "lazy")},
	})
	c.push()
	s := serveSite(t, c.config())
	for _, version := range []string{"1.4.2", "1.5.3", "1.6.7", "1.7.3", "1.8.5", "1.9.4", "1.10.9", "1.11.5", "1.12.0", "1.13.0"} {
		for _, base := range []string{s.URL, s.URL + "/julia"} {
			client := pkgclient.New(pkgclient.Julia(version), base, t.TempDir())
			if _, err := client.RegistryAdd(t.Context(), c.corp.UUID(), c.public.UUID()); err != nil {
				t.Fatalf("%s: %v", version, err)
			}
			report, err := client.Add(t.Context(), "App")
			if err != nil {
				t.Fatalf("%s: %v\n%v", version, err, report.Misses())
			}
			for _, name := range []string{"App", "Secret", "Example", "Gadget_jll"} {
				if _, ok := report.Package(name); !ok {
					t.Errorf("%s: %s is not installed", version, name)
				}
			}
			if len(report.Misses()) > 0 || len(report.Escapes) > 0 || len(report.Warnings) > 0 {
				t.Errorf("%s: misses %v, escapes %v, warnings %v", version, report.Misses(), report.Escapes, report.Warnings)
			}
			if _, err := client.UseLazy(t.Context(), "App", "later"); err != nil {
				t.Errorf("%s: %v", version, err)
			}
		}
	}
}
